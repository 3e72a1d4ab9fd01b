"""Several agents of a home work together; each step is signed by both sides, and the whole by all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from . import _calls
from .chain import Verdict, verify_bytes

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .client import Client


class AgentSession:
    """A session that began. As a context manager, it ends with its block."""

    def __init__(self, client: Client, opened: Mapping[str, Any], agents: Sequence[str]) -> None:
        self._client = client
        self.id: str = opened["session"]
        self.opened = opened
        self.agents = tuple(agents)
        self.has_ended = False

    def stamp(
        self,
        agent: str,
        payload: Mapping[str, Any],
        event_type: str | None = None,
        peer: str | None = None,
        clear: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        """Puts a step on record; with `peer`, signed by both. Values are hashed unless `clear` names their key."""
        return self._client.run(_calls.session_event(self.id, agent, payload, event_type, peer, clear))

    def end(self, agent: str | None = None) -> Mapping[str, Any]:
        """Ends the session, by the first member unless another is named; every member seals it."""
        answer = self._client.run(_calls.end_session(self.id, agent or self.agents[0]))
        self.has_ended = True
        return answer

    def export(self) -> bytes:
        """The file that `chancery session verify` checks."""
        return self._client.run(_calls.export_session(self.id))

    def save(self, path: str | os.PathLike[str]) -> None:
        data = self.export()
        with open(path, "xb") as file:
            file.write(data)

    def verify(self, identity: Sequence[str | os.PathLike[str]] = (), home: str | None = None) -> Verdict:
        """Has `chancery verify` check the export, with keys of the documents given, or of this machine's home."""
        return verify_bytes(self.export(), identity, home)

    def __enter__(self) -> AgentSession:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if not self.has_ended:
            self.end()


class AsyncAgentSession:
    """As the blocking one."""

    def __init__(self, client: AsyncClient, opened: Mapping[str, Any], agents: Sequence[str]) -> None:
        self._client = client
        self.id: str = opened["session"]
        self.opened = opened
        self.agents = tuple(agents)
        self.has_ended = False

    async def stamp(
        self,
        agent: str,
        payload: Mapping[str, Any],
        event_type: str | None = None,
        peer: str | None = None,
        clear: Iterable[str] = (),
    ) -> Mapping[str, Any]:
        return await self._client.run(_calls.session_event(self.id, agent, payload, event_type, peer, clear))

    async def end(self, agent: str | None = None) -> Mapping[str, Any]:
        answer = await self._client.run(_calls.end_session(self.id, agent or self.agents[0]))
        self.has_ended = True
        return answer

    async def export(self) -> bytes:
        return await self._client.run(_calls.export_session(self.id))

    async def __aenter__(self) -> AsyncAgentSession:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self.has_ended:
            await self.end()
