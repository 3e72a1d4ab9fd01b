"""Nonces that were used twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .exceptions import ReplayAttackDetected


def detect_replay_attacks(events: Sequence[dict[str, Any]]) -> list[ReplayAttackDetected]:
    """One entry for each event whose nonce its agent had used before, in linear time."""
    seen: set[tuple[Any, Any]] = set()
    found = []
    for index, event in enumerate(events):
        if event.get("nonce") is None:
            continue  # `verify_chain` refuses it
        use = (event.get("agent_id"), event["nonce"])
        if use in seen:
            found.append(ReplayAttackDetected(str(event.get("nonce")), index))
        seen.add(use)
    return found
