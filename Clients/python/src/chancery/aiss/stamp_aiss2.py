"""Events of AISS-2.0: two signatures over the same bytes."""

from __future__ import annotations

import time
import uuid
from typing import Any

from .crypto import dilithium, ed25519
from .encoding import base58, base64_text
from .exceptions import InvalidEventError, InvalidIdentityError
from .identity import derive_agent_id
from .verify_aiss2 import signed_message


def stamp_event_aiss2(
    ed25519_private_key: bytes,
    dilithium_private_key: bytes,
    agent_id: str,
    payload: dict[str, Any],
    previous_hash: str | None = None,
    *,
    timestamp: int | None = None,
    nonce: str | None = None,
) -> dict[str, Any]:
    """An event signed by Ed25519 and by ML-DSA-65 of FIPS 204, under the id of the Ed25519 key."""
    if not isinstance(payload, dict):
        raise InvalidEventError("a payload is an object")
    if agent_id != derive_agent_id(ed25519.public_key(ed25519_private_key)):
        raise InvalidIdentityError("agent_id is not that of the Ed25519 key")
    event: dict[str, Any] = {
        "version": "AISS-2.0",
        "agent_id": agent_id,
        "timestamp": int(time.time()) if timestamp is None else timestamp,
        "nonce": str(uuid.uuid4()) if nonce is None else nonce,
        "payload": payload,
        "previous_hash": previous_hash,
    }
    message = signed_message(event)
    event["signatures"] = {
        "classical": {"algorithm": "Ed25519", "signature": base58(ed25519.sign(ed25519_private_key, message))},
        "post_quantum": {
            "algorithm": "ML-DSA-65",
            "signature": base64_text(dilithium.sign(dilithium_private_key, message)),
        },
    }
    return event
