"""What can be wrong with keys, events and chains. The names are PiQrypt's."""

from __future__ import annotations


class AISSError(Exception):
    """Base of every error of `chancery.aiss`."""


class CanonicalError(AISSError):
    """The value has no canonical form: NaN, a lone surrogate, a key that is no text."""


class InvalidSignatureError(AISSError):
    """A signature is missing, malformed, or not one of this key over these bytes."""


class InvalidEventError(AISSError):
    """A member of an event is missing or has another type."""


class ProfileMismatchError(InvalidEventError):
    """An event claims a version whose signatures it does not carry. It is never read as a lower one."""


class InvalidIdentityError(AISSError):
    """An identity document whose id is not that of its key, or that has no usable key."""


class InvalidChainError(AISSError):
    """A chain is broken. `event_index` counts from 0; the hashes are given where a link broke."""

    def __init__(
        self,
        message: str,
        event_index: int | None = None,
        expected_hash: str = "",
        actual_hash: str = "",
    ) -> None:
        super().__init__(message if event_index is None else f"{message} (at event index {event_index})")
        self.event_index = event_index
        self.expected_hash = expected_hash
        self.actual_hash = actual_hash


class ForkDetected(AISSError):
    """Two events follow the same one."""

    def __init__(self, hash: str, events: list[dict[str, object]]) -> None:
        super().__init__(f"{len(events)} events follow {hash[:16]}")
        self.hash = hash
        self.events = events


class ReplayAttackDetected(AISSError):
    """A nonce was used before by the same agent."""

    def __init__(self, nonce: str, event_index: int | None = None) -> None:
        super().__init__(f"nonce {nonce} was used before")
        self.nonce = nonce
        self.event_index = event_index


class KeyFileCorrupted(AISSError):
    """The file is not a key file, or one of another version."""


class InvalidPassphrase(AISSError):
    """The passphrase does not open this key file."""


class AgentExists(AISSError):
    """An agent of this name is there already. Its keys are never overwritten."""


class UnknownAgent(AISSError):
    """No agent of this name or id is registered."""


class MemoryLocked(AISSError):
    """The agent's memory is encrypted and was not unlocked."""


class InvalidHandshakeError(AISSError):
    """A proposal, a response or a co-signed event does not say what both sides signed."""
