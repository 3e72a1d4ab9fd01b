"""Keys, agent ids, identity documents, and how one key hands over to the next."""

from __future__ import annotations

import hashlib
import time
from typing import Any

from .canonical import canonicalize
from .crypto import ed25519
from .encoding import base58, base64_decoded, base64_text
from .exceptions import InvalidIdentityError, InvalidSignatureError

AISS1 = "AISS-1.0"


def generate_keypair() -> tuple[bytes, bytes]:
    """A fresh Ed25519 pair: (private, public), 32 bytes each."""
    return ed25519.generate_keypair()


def derive_agent_id(public_key: bytes) -> str:
    """The first 32 characters of Base58(SHA-256(public key)): deterministic, no registry."""
    if len(public_key) != ed25519.PUBLIC_BYTES:
        raise InvalidIdentityError(f"an Ed25519 public key has 32 bytes, not {len(public_key)}")
    return base58(hashlib.sha256(public_key).digest())[:32]


def verify_agent_id(agent_id: str, public_key: bytes) -> bool:
    return agent_id == derive_agent_id(public_key)


def genesis_hash(public_key: bytes) -> str:
    """What the first event of a chain has as `previous_hash`: hex SHA-256 of the public key."""
    return hashlib.sha256(public_key).hexdigest()


def export_identity(agent_id: str, public_key: bytes, metadata: dict[str, Any] | None = None) -> dict[str, Any]:
    """The public document of an agent. An id that is not that of the key is refused."""
    if not verify_agent_id(agent_id, public_key):
        raise InvalidIdentityError("the agent id is not derived from this public key")
    document: dict[str, Any] = {
        "version": AISS1,
        "agent_id": agent_id,
        "public_key": base64_text(public_key),
        "algorithm": "Ed25519",
        "created_at": int(time.time()),
    }
    if metadata:
        document["metadata"] = metadata
    return document


def public_key_of(identity: dict[str, Any] | bytes) -> bytes:
    """The key of an identity document whose id is its own, or the raw key itself."""
    if isinstance(identity, (bytes, bytearray)):
        derive_agent_id(identity)
        return bytes(identity)
    if not isinstance(identity, dict) or "public_key" not in identity:
        raise InvalidIdentityError("identity has no public_key")
    try:
        key = base64_decoded(identity["public_key"])
    except ValueError as error:
        raise InvalidIdentityError(f"public_key: {error}") from error
    if identity.get("algorithm", "Ed25519") != "Ed25519":
        raise InvalidIdentityError("the algorithm of an AISS-1 identity is Ed25519")
    if identity.get("agent_id") != derive_agent_id(key):
        raise InvalidIdentityError("agent_id is not derived from public_key")
    return key


def create_rotation_attestation(
    old_private_key: bytes,
    old_agent_id: str,
    new_agent_id: str,
    new_public_key: bytes,
    reason: str | None = None,
) -> dict[str, Any]:
    """The old key's word that the new one follows it.

    The seed's call gives no `new_public_key`, and an attestation without it would say nothing that a verifier can hold the
    new chain against.
    """
    old_public_key = ed25519.public_key(old_private_key)
    if not verify_agent_id(old_agent_id, old_public_key) or not verify_agent_id(new_agent_id, new_public_key):
        raise InvalidIdentityError("an agent id is not derived from its key")
    if old_public_key == new_public_key:
        raise InvalidIdentityError("a key does not follow itself")
    attestation: dict[str, Any] = {
        "version": AISS1,
        "attestation_type": "key_rotation",
        "previous_agent_id": old_agent_id,
        "previous_public_key": base64_text(old_public_key),
        "new_agent_id": new_agent_id,
        "new_public_key": base64_text(new_public_key),
        "rotation_timestamp": int(time.time()),
    }
    if reason is not None:
        attestation["reason"] = reason
    attestation["rotation_signature"] = base64_text(ed25519.sign(old_private_key, canonicalize(attestation)))
    return attestation


def verify_rotation_attestation(attestation: dict[str, Any]) -> bool:
    """Whether the previous key signed this, and both ids are those of their keys."""
    try:
        previous = base64_decoded(attestation["previous_public_key"])
        following = base64_decoded(attestation["new_public_key"])
        signed = {name: value for name, value in attestation.items() if name != "rotation_signature"}
        ed25519.verify(previous, canonicalize(signed), base64_decoded(attestation["rotation_signature"]))
    except (KeyError, ValueError, TypeError, InvalidSignatureError):
        return False
    return (
        attestation.get("attestation_type") == "key_rotation"
        and len(following) == ed25519.PUBLIC_BYTES
        and verify_agent_id(str(attestation.get("previous_agent_id")), previous)
        and verify_agent_id(str(attestation.get("new_agent_id")), following)
    )


def create_rotation_pcp_event(
    old_private_key: bytes,
    old_agent_id: str,
    new_agent_id: str,
    attestation: dict[str, Any],
    previous_hash: str,
) -> dict[str, Any]:
    """The last event of the old chain, by the old key, with the attestation in it."""
    from .stamp import stamp_event

    if not verify_rotation_attestation(attestation) or attestation["new_agent_id"] != new_agent_id:
        raise InvalidIdentityError("the attestation is not the old key's word about this new id")
    payload = {"event_type": "key_rotation", **{k: v for k, v in attestation.items() if k != "version"}}
    return stamp_event(old_private_key, old_agent_id, payload, previous_hash=previous_hash)
