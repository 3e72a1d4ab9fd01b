"""Events with two signatures: AISS-2.0 and AISS-2.1. Both must verify, or the event does not."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from .canonical import canonicalize, canonicalize_jcs
from .crypto import dilithium, ed25519
from .encoding import base58, base58_decoded, base64_decoded
from .exceptions import InvalidIdentityError, InvalidSignatureError, ProfileMismatchError
from .identity import public_key_of

Event = dict[str, Any]
_LABEL = b"Ed25519+ML-DSA-65"
_PREFIX = "base64:"


@dataclass(frozen=True)
class HybridKeys:
    agent_id: str
    classical: bytes
    post_quantum: bytes


def derive_agent_id_aiss21(classical: bytes, post_quantum: bytes) -> str:
    framed = b"".join(len(key).to_bytes(4, "big") + key for key in (classical, post_quantum))
    return base58(hashlib.sha512(b"PiQrypt-AISS-2.1-agent-id\0" + framed).digest())[:32]


def genesis_hash_aiss21(agent_id: str) -> str:
    return hashlib.sha512(b"PiQrypt-AISS-2.1-genesis\0" + agent_id.encode()).hexdigest()


def _prefixed(text: object) -> bytes:
    if not isinstance(text, str) or not text.startswith(_PREFIX):
        raise ValueError("not `base64:` text")
    return base64_decoded(text[len(_PREFIX) :])


def hybrid_keys(identity: Any) -> HybridKeys:
    """The two keys of a native hybrid identity (AISS-2.1), or of a pair beside an AISS-1.0 identity (AISS-2.0)."""
    if not isinstance(identity, dict):
        raise InvalidIdentityError("an event with two signatures needs an identity document with both keys")
    try:
        if "public_key_classical" in identity:
            if "public_key" in identity or "binding" in identity:
                raise InvalidIdentityError("ambiguous identity: two forms in one document")
            classical = _prefixed(identity["public_key_classical"])
            post_quantum = _prefixed(identity["public_key_pq"])
            agent_id = derive_agent_id_aiss21(classical, post_quantum)
            if identity.get("agent_id") != agent_id:
                raise InvalidIdentityError("agent_id is not derived from the two keys")
        else:
            if "binding" in identity:
                raise InvalidIdentityError("an upgraded identity is read by `chancery verify`, not here")
            classical = public_key_of(identity)
            post_quantum = _prefixed(identity["public_key_pq"])
            agent_id = str(identity["agent_id"])
    except KeyError as error:
        raise InvalidIdentityError(f"identity has no {error}") from error
    except ValueError as error:
        raise InvalidIdentityError(str(error)) from error
    if len(classical) != ed25519.PUBLIC_BYTES or len(post_quantum) != dilithium.PUBLIC_BYTES:
        raise InvalidIdentityError("a key is not of its size")
    return HybridKeys(agent_id, classical, post_quantum)


def signed_message(event: Event) -> bytes:
    """What both algorithms sign."""
    body = {name: value for name, value in event.items() if name not in ("signatures", "trusted_timestamp")}
    if event.get("version") == "AISS-2.0":
        return canonicalize(body)
    return b"PiQrypt-AISS-2.1\0" + bytes([len(_LABEL)]) + _LABEL + b"\0" + canonicalize_jcs(body)


def verify_aiss2_conformance(event: Event) -> bool:
    """True, or `ProfileMismatchError`: an event that claims two signatures carries both, named as FIPS 204 and RFC 8032 name
    them.
    """
    version = event.get("version")
    if version not in ("AISS-2.0", "AISS-2.1"):
        raise ProfileMismatchError(f"`{version}` is no hybrid profile")
    signatures = event.get("signatures")
    if not isinstance(signatures, dict):
        raise ProfileMismatchError(f"{version} event has no signatures")
    for part, algorithm in (("classical", "Ed25519"), ("post_quantum", "ML-DSA-65")):
        signature = signatures.get(part)
        if not isinstance(signature, dict) or not isinstance(signature.get("signature"), str):
            raise ProfileMismatchError(f"{version} event missing {algorithm} signature")
        if signature.get("algorithm") != algorithm:
            raise ProfileMismatchError(f"{version} event: {part} is not {algorithm}")
    if "signature" in event:
        raise ProfileMismatchError(f"{version} event carries a signature of AISS-1.0 too")
    return True


def verify_event_aiss2(event: Event, identity: Any) -> bool:
    """True, or an error. `identity` holds both public keys."""
    verify_aiss2_conformance(event)
    keys = hybrid_keys(identity)
    if event["agent_id"] != keys.agent_id:
        raise InvalidSignatureError("agent_id is not that of the identity")
    decode_classical = base58_decoded if event["version"] == "AISS-2.0" else _prefixed
    decode_post_quantum = base64_decoded if event["version"] == "AISS-2.0" else _prefixed
    try:
        classical = decode_classical(event["signatures"]["classical"]["signature"])
        post_quantum = decode_post_quantum(event["signatures"]["post_quantum"]["signature"])
    except ValueError as error:
        raise InvalidSignatureError(f"signature: {error}") from error
    message = signed_message(event)
    ed25519.verify(keys.classical, message, classical)
    dilithium.verify(keys.post_quantum, message, post_quantum)
    return True
