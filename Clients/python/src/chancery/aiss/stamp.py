"""Signed events of AISS-1.0."""

from __future__ import annotations

import time
import uuid
from typing import Any

from .canonical import canonicalize
from .crypto import ed25519
from .encoding import base64_text
from .exceptions import InvalidEventError, InvalidIdentityError
from .identity import AISS1, derive_agent_id, genesis_hash

DETACHED = frozenset({"signature", "trusted_timestamp"})


def signed_bytes(event: dict[str, Any]) -> bytes:
    """What the signature of an AISS-1.0 event covers: everything but itself and a timestamp token."""
    return canonicalize({name: value for name, value in event.items() if name not in DETACHED})


def stamp_event(
    private_key: bytes | bytearray,
    agent_id: str,
    payload: dict[str, Any],
    previous_hash: str | None = None,
    *,
    timestamp: int | None = None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """An event, signed. `previous_hash` is `compute_event_hash` of the one before; without it the event is in no chain.

    The id must be that of the key: no event is made that its own verifier would refuse.
    """
    if not isinstance(payload, dict):
        raise InvalidEventError("a payload is an object")
    if agent_id != derive_agent_id(ed25519.public_key(private_key)):
        raise InvalidIdentityError("agent_id is not that of the private key")
    event: dict[str, Any] = {
        "version": AISS1,
        "agent_id": agent_id,
        "timestamp": int(time.time()) if timestamp is None else timestamp,
        "nonce": str(uuid.uuid4()) if nonce is None else nonce,
        "payload": payload,
        "previous_hash": previous_hash,
    }
    event["signature"] = base64_text(ed25519.sign(private_key, signed_bytes(event)))
    return event


def stamp_genesis_event(
    private_key: bytes | bytearray,
    public_key: bytes,
    agent_id: str,
    payload: dict[str, Any],
    **fixed: Any,
) -> dict[str, Any]:
    """The first event of a chain: it follows the public key itself."""
    return stamp_event(private_key, agent_id, payload, previous_hash=genesis_hash(public_key), **fixed)
