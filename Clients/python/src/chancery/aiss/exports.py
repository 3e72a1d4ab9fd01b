"""Audit exports: one chain with the document of who signed it. `chancery verify FILE` reads them too."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .chain import compute_chain_hash
from .exceptions import AISSError, InvalidChainError
from .identity import genesis_hash, public_key_of
from .verify import verify_chain

SPEC = "AISS-1.0-AUDIT"


def export_audit_chain(
    identity: dict[str, Any], events: Sequence[dict[str, Any]], *, previous_hash: str | None = None
) -> dict[str, Any]:
    """The export of a chain. Only a chain that verifies is exported."""
    if not events:
        raise InvalidChainError("an export has events")
    verify_chain(events, identity, previous_hash=previous_hash)
    return {
        "spec": SPEC,
        "agent_identity": identity,
        "events": list(events),
        "chain_integrity_hash": compute_chain_hash(events),
        "exported_at": int(time.time()),
        "metadata": {
            "event_count": len(events),
            "first_timestamp": events[0]["timestamp"],
            "last_timestamp": events[-1]["timestamp"],
            "exporter": "chancery.aiss",
        },
    }


def _without_duplicates(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def verify_audit_export(export: str | os.PathLike[str] | dict[str, Any]) -> dict[str, Any]:
    """`valid`, `complete`, `event_count`, `chain_hash`, `agent_id` and `error`, of a file or of its content. Never raises for
    what the export says.

    Whose key it is, is for the caller to know: compare `agent_id` with the one that you expect. A part of a chain is valid
    and not `complete`; whether events are missing at the end, no export can say.
    """
    result: dict[str, Any] = {"valid": False, "complete": False, "event_count": 0}
    result.update(chain_hash=None, agent_id=None, error=None)
    try:
        audit = export
        if not isinstance(audit, dict):
            audit = json.loads(Path(audit).read_bytes(), object_pairs_hook=_without_duplicates)
        if not isinstance(audit, dict) or audit.get("spec") != SPEC or not isinstance(audit.get("events"), list):
            raise ValueError(f"not an export of {SPEC}")
        events, identity = audit["events"], audit.get("agent_identity")
        if not isinstance(identity, dict) or not events:
            raise ValueError("an export has an identity and events")
        genesis, first = genesis_hash(public_key_of(identity)), events[0].get("previous_hash")
        verify_chain(events, identity, previous_hash=first)
        result.update(event_count=len(events), agent_id=identity["agent_id"], chain_hash=compute_chain_hash(events))
        if audit.get("chain_integrity_hash") != result["chain_hash"]:
            raise ValueError("chain_integrity_hash is another")
        metadata = audit.get("metadata")
        if not isinstance(metadata, dict) or metadata.get("event_count") != len(events):
            raise ValueError("metadata counts other events")
        if not isinstance(audit.get("exported_at"), int):
            raise ValueError("exported_at is missing")
        result["complete"] = first == genesis
    except (AISSError, AttributeError, ValueError, KeyError, TypeError) as error:
        result["error"] = str(error)
        return result
    result["valid"] = True
    return result
