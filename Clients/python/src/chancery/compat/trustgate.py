"""PiQrypt's policy evaluation: `EvaluationContext`, `load_policy`, `evaluate`.

A rehearsal by the policy engine of the `chancery` binary: it decides nothing and lets nothing happen. What an agent may do
the gate of a home says, on facts that it knows itself (`client.gate`); here the caller states them.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import _binary
from .._flow import Reader

OUTCOMES = ("ALLOW", "ALLOW_WITH_LOG", "RESTRICTED", "REQUIRE_HUMAN", "BLOCK")


@dataclass(frozen=True)
class Policy:
    """A policy's text, as it was when it was loaded."""

    text: str
    policy_hash: str


def load_policy(path: str | os.PathLike[str], verify_hash: str | None = None) -> Policy:
    """Reads a policy that is valid; with `verify_hash`, only the one of this SHA-256."""
    content = Path(path).expanduser().read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if verify_hash is not None and digest != verify_hash:
        raise ValueError("the policy is not the one of this hash")
    policy = Policy(content.decode(), digest)
    evaluate(EvaluationContext("", "", "lint", {}, "none", 0.0, "STABLE"), policy)
    return policy


@dataclass(frozen=True)
class EvaluationContext:
    agent_id: str
    agent_name: str
    action: str
    payload: Mapping[str, Any]
    role: str
    vrs: float
    tsi_state: str
    a2c_score: float = 0.0
    trust_score: float = 1.0
    target_domain: str | None = None


@dataclass(frozen=True)
class Decision:
    outcome: str
    reason: str
    rule: str
    policy_hash: str
    raw: Mapping[str, Any] = field(repr=False)


def evaluate(context: EvaluationContext, policy: Policy) -> Decision:
    """What the policy makes of it: the same input, the same answer. What is not understood is an error and no permission."""
    facts = {
        "role": context.role, "risk": context.vrs, "stability": context.tsi_state,
        "collusion": context.a2c_score, "trust": context.trust_score,
    }  # fmt: skip
    payload = json.dumps(dict(context.payload), allow_nan=False).encode()
    # The text as it was loaded: its file may have changed since.
    with tempfile.NamedTemporaryFile(suffix=".policy") as file:
        file.write(policy.text.encode())
        file.flush()
        command = ["policy", "explain", f"--policy={file.name}", f"--action={context.action}", "--payload=-"]
        command.append(f"--facts={json.dumps(facts, allow_nan=False)}")
        if context.target_domain is not None:
            command.append(f"--target={context.target_domain}")
        answer = _binary.ask(*command, input=payload)
    verdict = Reader(Reader(answer, "the explanation").value.get("verdict"), "the verdict")
    outcome = verdict.text("effect")
    if outcome not in OUTCOMES:
        raise verdict.fail("effect")
    return Decision(outcome, verdict.text("reason"), verdict.text("rule"), policy.policy_hash, answer)
