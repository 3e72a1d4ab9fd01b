"""PiQrypt's `AgentSession`: `from chancery.compat.session import AgentSession` where `from piqrypt_session import
AgentSession` was.

The daemon signs for all members, so the client is that of whoever has the home. Every pair shakes hands, every interaction is
one record that both sides sign, and at the end all members seal the whole. `chancery session verify` checks the export with
nothing but public documents.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import chancery

from .. import _binary
from .._flow import Reader


class AgentMember:
    def __init__(self, name: str) -> None:
        self.name = name
        self.agent_id = ""
        self.events: list[dict[str, Any]] = []

    @property
    def event_count(self) -> int:
        return len(self.events)


class AgentSession:
    """`agents` are those of the home, by `name`, with a `role` if they have one in this session. An `identity_file` is not
    read: the home has the keys.
    """

    def __init__(
        self,
        agents: Sequence[Mapping[str, Any]],
        client: chancery.Client | None = None,
        lifetime: int | None = None,
    ) -> None:
        names = [str(agent["name"]) for agent in agents]
        if len(set(names)) != len(names):
            raise ValueError("two agents have one name")
        self._client = client or chancery.connect()
        self._roles = {str(agent["name"]): agent.get("role") for agent in agents}
        self._lifetime = lifetime
        self._session: chancery.AgentSession | None = None
        self._opened: dict[str, Any] = {}
        self.agents = {name: AgentMember(name) for name in names}

    @property
    def session_id(self) -> str:
        return self._open().id

    def _open(self) -> chancery.AgentSession:
        if self._session is None:
            raise RuntimeError("the session has not started: start()")
        return self._session

    def get_agent(self, name: str) -> AgentMember:
        if name not in self.agents:
            raise KeyError(f"`{name}` is no member of this session")
        return self.agents[name]

    def start(self) -> AgentSession:
        """Every pair of members shakes hands; each handshake is signed by both."""
        if self._session is not None:
            raise RuntimeError("the session has started")
        for member in self.agents.values():
            member.agent_id = self._client.acting_as(member.name).whoami().agent_id
        seats = [{"name": name, "role": role} for name, role in self._roles.items()]
        self._session = self._client.session(seats, self._lifetime)
        self._opened = dict(self._session.opened)
        return self

    def stamp(
        self, agent_name: str, event_type: str, payload: Mapping[str, Any], peer: str | None = None
    ) -> tuple[dict[str, Any], str | None]:
        """One step: what is on record of it, and with `peer` the hash that both sides signed.

        Values are hashed, those whose keys end in `_hash` or `_id` apart.
        """
        sender = self.get_agent(agent_name)
        other = None if peer is None else self.get_agent(peer)
        event = dict(self._open().stamp(agent_name, payload, event_type, peer))
        sender.events.append(event)
        if other is None:
            return event, None
        # The same record for both: there is no second one that could say something else.
        other.events.append({**event, "event_type": f"{event_type}_received"})
        return event, event["interaction_hash"]

    def end(self) -> dict[str, Any]:
        """Ends the session; every member seals it."""
        answer = dict(self._open().end(next(iter(self.agents))))
        return {**answer, **self.summary()}

    def export(self, path: str | os.PathLike[str]) -> str:
        """Writes the audit and returns where. A session that has not ended is ended: only then all have sealed it."""
        session = self._open()
        if not session.has_ended:
            self.end()
        Path(path).write_bytes(session.export())
        return os.fspath(path)

    def summary(self) -> dict[str, Any]:
        members = {name: {"agent_id": m.agent_id, "event_count": m.event_count} for name, m in self.agents.items()}
        pairs = len(members) * (len(members) - 1) // 2
        return {"session_id": self.session_id, "agents": members, "handshakes": pairs}


def verify_session(path: str | os.PathLike[str], identities: Sequence[str | os.PathLike[str]]) -> bool:
    """Whether an export is what its members signed and sealed, by their public documents alone: `piqrypt session-verify`."""
    pins = [word for document in identities for word in ("--identity", os.fspath(document))]
    return Reader(_binary.ask("session", "verify", os.fspath(path), *pins), "the verdict").truth("valid")
