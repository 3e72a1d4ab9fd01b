"""The one verifier: signatures, ids, links, times and nonces, strictly.

What PiQrypt's own verifier lets through is refused here: a foreign `agent_id`, an identity whose id is not that of its key, a
chain without its beginning, unknown versions, missing members, loose Base64.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import verify_aiss2
from .chain import compute_event_hash, verify_chain_linkage, verify_monotonic_timestamps
from .crypto import ed25519
from .encoding import base64_decoded
from .exceptions import (
    AISSError,
    InvalidChainError,
    InvalidEventError,
    InvalidIdentityError,
    InvalidSignatureError,
    ProfileMismatchError,
    ReplayAttackDetected,
)
from .identity import AISS1, derive_agent_id, genesis_hash, public_key_of
from .replay import detect_replay_attacks
from .stamp import signed_bytes

Event = dict[str, Any]
Identity = dict[str, Any] | bytes

_MEMBERS: dict[str, type | tuple[type, ...]] = {
    "version": str,
    "agent_id": str,
    "timestamp": int,
    "nonce": str,
    "payload": dict,
    "previous_hash": (str, type(None)),
}


def checked_event(event: Any) -> Event:
    """An object with the members of an event, each of its type."""
    if not isinstance(event, dict):
        raise InvalidEventError("an event is an object")
    for name, kind in _MEMBERS.items():
        if name not in event:
            raise InvalidEventError(f"`{name}` is missing")
        if not isinstance(event[name], kind) or isinstance(event[name], bool):
            raise InvalidEventError(f"`{name}` has another type")
    if not event["nonce"] or event["timestamp"] < 0:
        raise InvalidEventError("an event has a nonce and a time after 1970")
    return event


def verify_signature(event: Event, public_key: bytes) -> bool:
    """True, or `InvalidSignatureError`: an AISS-1.0 event against a key."""
    checked_event(event)
    if event["version"] != AISS1:
        raise ProfileMismatchError(f"`{event['version']}` is not verified with an Ed25519 key alone")
    if "signature" not in event:
        raise InvalidSignatureError("event has no signature")
    try:
        signature = base64_decoded(event["signature"])
    except ValueError as error:
        raise InvalidSignatureError(f"signature: {error}") from error
    ed25519.verify(public_key, signed_bytes(event), signature)
    return True


def verify_event(event: Event, identity: Identity | None = None) -> bool:
    """True, or an error. An event carries no key: without `identity` its agent must be registered on this machine."""
    checked_event(event)
    if identity is None:
        from .agent_registry import public_key_for

        identity = public_key_for(event["agent_id"])
    if event["version"].startswith("AISS-2"):
        return verify_aiss2.verify_event_aiss2(event, identity)
    key = public_key_of(identity)
    if event["agent_id"] != derive_agent_id(key):
        raise InvalidSignatureError("agent_id is not that of the key")
    return verify_signature(event, key)


def verify_chain(
    events: Sequence[Event],
    identity: Identity,
    check_replay: bool = True,
    *,
    previous_hash: str | None = None,
) -> bool:
    """True, or the first thing that is wrong: `InvalidChainError` or `ReplayAttackDetected`.

    `identity` is the public key (seed) or the identity document (PiQrypt). A chain begins with the event that follows the
    public key, or after the `previous_hash` given, such as that of the rotation event of the key before.
    """
    if not events:
        return True
    try:
        genesis, hybrid = _beginning(identity)
    except InvalidIdentityError as error:
        raise InvalidChainError(f"identity: {error}") from error
    for index, event in enumerate(events):
        try:
            checked_event(event)
            if hybrid and event["version"] != "AISS-2.1":
                raise ProfileMismatchError("a hybrid identity signs AISS-2.1 events only")
            verify_event(event, identity)
        except AISSError as error:
            raise InvalidChainError(f"event is not valid: {error}", index) from error
        if index + 1 < len(events) and event["payload"].get("event_type") == "key_rotation":
            raise InvalidChainError("events follow the rotation of their key", index + 1)
    verify_chain_linkage(events)
    expected = genesis if previous_hash is None else previous_hash
    if events[0]["previous_hash"] != expected:
        raise InvalidChainError("the chain does not begin at its genesis", 0, expected, str(events[0]["previous_hash"]))
    verify_monotonic_timestamps(events)
    if check_replay:
        replays: list[ReplayAttackDetected] = detect_replay_attacks(events)
        if replays:
            raise replays[0]
    return True


def _beginning(identity: Identity) -> tuple[str, bool]:
    if isinstance(identity, dict) and "public_key_classical" in identity:
        return verify_aiss2.genesis_hash_aiss21(verify_aiss2.hybrid_keys(identity).agent_id), True
    return genesis_hash(public_key_of(identity)), False


def head_of(events: Sequence[Event]) -> str:
    """The hash that the next event of this chain carries."""
    return compute_event_hash(events[-1])
