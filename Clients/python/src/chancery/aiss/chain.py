"""Hashes of events, and what links them."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from .canonical import canonicalize, canonicalize_jcs
from .exceptions import CanonicalError, InvalidChainError
from .stamp import DETACHED

Event = dict[str, Any]


def compute_event_hash(event: Event) -> str:
    """The hex hash that the next event carries: SHA-256, and SHA-512 for AISS-2.1."""
    if event.get("version") == "AISS-2.1":
        left = {"signatures", "trusted_timestamp"}
        return hashlib.sha512(canonicalize_jcs({k: v for k, v in event.items() if k not in left})).hexdigest()
    return hashlib.sha256(canonicalize({k: v for k, v in event.items() if k not in DETACHED})).hexdigest()


def compute_chain_hash(events: Sequence[Event]) -> str:
    """Hex SHA-256 over the hex hashes of all events, one after the other."""
    return hashlib.sha256("".join(map(compute_event_hash, events)).encode()).hexdigest()


def verify_chain_linkage(events: Sequence[Event]) -> bool:
    """True, or `InvalidChainError` naming the first event whose predecessor is another.

    Says nothing about signatures, and a change of the last event is invisible to it: `verify_chain` looks at everything.
    """
    previous = None
    for index, event in enumerate(events):
        if not isinstance(event, dict):
            raise InvalidChainError("an event is an object", index)
        if previous is not None and event.get("previous_hash") != previous:
            raise InvalidChainError("chain broken: previous_hash mismatch", index, previous, str(event.get("previous_hash")))
        try:
            previous = compute_event_hash(event)
        except CanonicalError as error:
            raise InvalidChainError(str(error), index) from error
    return True


def verify_monotonic_timestamps(events: Sequence[Event]) -> bool:
    """True, or `InvalidChainError`: time may stand still and never goes back."""
    for index in range(1, len(events)):
        if events[index]["timestamp"] < events[index - 1]["timestamp"]:
            raise InvalidChainError("timestamps go back", index)
    return True
