"""`chancery.compat.trustgate`: PiQrypt's evaluation by the engine of the binary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from chancery import ChanceryError
from chancery.compat.trustgate import EvaluationContext, evaluate, load_policy

POLICIES = next(
    place / "piqrypt/policies"
    for place in (Path(__file__).parents[4] / "Tests/Vectors", Path(os.environ.get("CHANCERY_VECTORS", "/")))
    if (place / "piqrypt/policies").is_dir()
)


def context(**changes: Any) -> EvaluationContext:
    given = {
        "agent_id": "a",
        "agent_name": "n",
        "action": "read_db",
        "payload": {},
        "role": "operator",
        "vrs": 0.1,
        "tsi_state": "STABLE",
    }
    return EvaluationContext(**{**given, **changes})


def test_a_policy_answers_as_the_engine_of_the_gate() -> None:
    policy = load_policy(POLICIES / "like_nist_balanced.yaml")
    assert evaluate(context(), policy).outcome == "ALLOW"
    assert evaluate(context(), policy) == evaluate(context(), policy)
    for changes, outcome, rule in (
        ({"action": "shell"}, "BLOCK", "ROLE"),
        ({"vrs": 0.9}, "BLOCK", "VRS_BLOCK"),
        ({"vrs": 0.7}, "REQUIRE_HUMAN", "VRS_HUMAN"),
        ({"tsi_state": "CRITICAL"}, "BLOCK", "TSI_CRITICAL"),
        ({"payload": {"q": "rm\t-rf /"}}, "BLOCK", "DANGEROUS_PATTERN"),
    ):
        decision = evaluate(context(**changes), policy)
        assert (decision.outcome, decision.rule) == (outcome, rule)
        assert decision.policy_hash == policy.policy_hash


def test_what_the_reference_lets_through_by_mistake_is_refused() -> None:
    policy = load_policy(POLICIES / "like_nist_balanced.yaml")
    with pytest.raises((ChanceryError, ValueError)):
        evaluate(context(vrs=float("nan")), policy)
    with pytest.raises(ChanceryError):
        evaluate(context(tsi_state="critical"), policy)


def test_a_policy_that_does_not_load_or_has_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("thresholds: {vrs_blok: 0.5}\n")
    with pytest.raises(ChanceryError):
        load_policy(tmp_path / "p.yaml")
    with pytest.raises(ValueError, match="hash"):
        load_policy(POLICIES / "strict.yaml", verify_hash="0" * 64)
