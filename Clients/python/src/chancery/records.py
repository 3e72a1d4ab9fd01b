"""What the daemon keeps, as it tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _json
from ._flow import Reader
from .errors import Malformed


@dataclass(frozen=True)
class Receipt:
    """An event is durable: its place in the agent's chain, its hash, and its position in the log."""

    agent_id: str
    sequence: int
    hash: str
    position: int

    @staticmethod
    def read(value: Any) -> Receipt:
        reader = Reader(value, "a receipt")
        return Receipt(reader.text("agent_id"), reader.count("sequence"), reader.hex("hash", 32, 64), reader.count("position"))


@dataclass(frozen=True)
class Agent:
    """An agent as the home knows it."""

    name: str
    did: str
    agent_id: str
    role: str
    status: str
    raw: Mapping[str, Any]

    @staticmethod
    def read(value: Any) -> Agent:
        reader = Reader(value, "an agent")
        name, did, agent_id = reader.text("name"), reader.text("did"), reader.text("agent_id")
        return Agent(name, did, agent_id, reader.text("role"), reader.text("status"), reader.value)


@dataclass(frozen=True)
class Event:
    """A signed event of a chain. `raw` is all of it, `text` its own bytes where JSON would not keep them."""

    sequence: int
    raw: Mapping[str, Any]
    text: str | None = None

    @property
    def payload(self) -> Mapping[str, Any]:
        payload = self.raw.get("payload")
        return payload if isinstance(payload, dict) else {}

    @property
    def event_type(self) -> str | None:
        kind = self.payload.get("event_type")
        return kind if isinstance(kind, str) else None

    @property
    def timestamp(self) -> int | None:
        time = self.raw.get("timestamp")
        return time if isinstance(time, int) else None

    @staticmethod
    def read(value: Any, sequence: int) -> Event:
        if isinstance(value, str):
            return Event(sequence, _json.parse_object(value.encode(), "an event"), value)
        if not isinstance(value, dict):
            raise Malformed("client.malformed_answer", "an event is no object")
        return Event(sequence, value)


@dataclass(frozen=True)
class Record:
    """A record that a search found."""

    position: int
    kind: str
    agent: str
    id: str
    time: str
    event_type: str | None
    sequence: int | None
    session: str | None
    record: Any

    @property
    def payload(self) -> Mapping[str, Any]:
        """What an event says; empty for what is no event. Some forms of events are kept as the text that they are."""
        record = _json.parse(self.record.encode(), "a record") if isinstance(self.record, str) else self.record
        payload = record.get("payload") if isinstance(record, dict) else None
        return payload if isinstance(payload, dict) else {}

    @staticmethod
    def read(value: Any) -> Record:
        reader = Reader(value, "a record")
        return Record(
            reader.count("position"),
            reader.text("kind"),
            reader.text("agent"),
            reader.hex("id", 32, 64),
            reader.text("time"),
            reader.optional_text("event_type"),
            reader.optional_count("sequence"),
            reader.optional_text("session"),
            reader.value.get("record"),
        )


@dataclass(frozen=True)
class Artifact:
    """A version of what a vault holds."""

    name: str
    artifact: str
    version: int
    kind: str
    length: int
    manifest: str
    status: str
    tier: int
    raw: Mapping[str, Any]

    @staticmethod
    def read(value: Any) -> Artifact:
        reader = Reader(value, "an artifact")
        return Artifact(
            reader.text("name"),
            reader.text("artifact"),
            reader.count("version"),
            reader.text("kind"),
            reader.count("length"),
            reader.hex("manifest", 32),
            reader.text("status"),
            reader.count("tier"),
            reader.value,
        )


@dataclass(frozen=True)
class Handshake:
    """Two agents of the home agreed on what they do together."""

    raw: Mapping[str, Any]
