"""The asynchronous client: for any number of tasks."""

from __future__ import annotations

import asyncio
import datetime
import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from . import _calls
from ._aio_transport import AsyncTransport
from ._client import Connection, limited
from ._flow import NOTHING, Flow, Result, Step
from ._heard import Heard
from ._http import Request
from .chain import AsyncChain
from .compute import Compute
from .errors import ChanceryError
from .gate import AsyncGate, outcome
from .records import Agent, Handshake, Receipt, Record
from .sessions import AsyncAgentSession
from .vault import AsyncVault

Self = TypeVar("Self", bound="AsyncClient")


class AsyncClient(Connection):
    """Asks a daemon, over its Unix socket or over HTTP. Methods do what the blocking client's do."""

    gate: AsyncGate
    vault: AsyncVault
    # Blocks, as it runs a program: `asyncio.to_thread(client.compute.eval, …)`.
    compute: Compute

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._transport = AsyncTransport(self.place, self.timeout)
        self.compute = Compute()
        self._adopt()

    def _adopt(self) -> None:
        self.gate = AsyncGate(self)
        self.vault = AsyncVault(self)

    async def run(self, flow: Flow[Result], timeout: float | None = None, heard: Heard | None = None) -> Result:
        """Carries a flow out. `timeout` is for each request that has none of its own; `heard` is for who may be interrupted."""
        flow = self._with_session(flow)
        try:
            step: Step = next(flow)
            while True:
                reply = NOTHING
                try:
                    if isinstance(step, Request):
                        reply = await self._transport.exchange(limited(step, timeout), heard)
                    else:
                        await asyncio.sleep(step.seconds)
                except ChanceryError as error:
                    step = flow.throw(error)
                else:
                    step = flow.send(reply)
        except StopIteration as stop:
            value: Result = stop.value
            return value

    async def stamp(self, event: Mapping[str, Any], profile: str | None = None) -> Receipt:
        return (await self.run(_calls.stamp(self.agent, [event], profile)))[0]

    async def stamp_many(self, events: Iterable[Mapping[str, Any]], profile: str | None = None) -> list[Receipt]:
        return await self.run(_calls.stamp(self.agent, list(events), profile))

    async def register(self, name: str, role: str, profile: str | None = None) -> Agent:
        return await self.run(_calls.register(name, role, profile))

    async def whoami(self) -> Agent:
        return await self.run(_calls.agent(_calls.named(self.agent)))

    def chain(self, agent: str | None = None) -> AsyncChain:
        return AsyncChain(self, _calls.named(agent or self.agent))

    async def search(
        self,
        type: str | None = None,
        agent: str | None = None,
        since: str | datetime.datetime | None = None,
        until: str | datetime.datetime | None = None,
        session: str | None = None,
        limit: int = 50,
        kind: str | None = None,
        oldest_first: bool = False,
    ) -> list[Record]:
        return await self.run(_calls.search(_calls.Search(type, agent, since, until, session, kind, limit, oldest_first)))

    async def session(
        self, agents: Iterable[str | _calls.Member | Mapping[str, Any]], lifetime: int | None = None
    ) -> AsyncAgentSession:
        seats = [_calls.Member.of(one) for one in agents]
        opened = await self.run(_calls.start_session(seats, lifetime))
        return AsyncAgentSession(self, opened, [seat.name for seat in seats])

    async def handshake(self, peer: str, capabilities: Iterable[str] = ()) -> Handshake:
        return await self.run(_calls.handshake(self.agent, peer, capabilities))

    async def outcome(self, decision_id: str, status: str, result_hash: str | None = None, detail: str | None = None) -> None:
        await self.run(outcome(decision_id, status, result_hash, detail, self.agent, self.gate_timeout))

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def connect_async(
    socket: str | os.PathLike[str] | None = None,
    url: str | None = None,
    key: str | os.PathLike[str] | None = None,
    agent: str | None = None,
    **settings: Any,
) -> AsyncClient:
    """As `connect`; nothing has to be awaited yet."""
    return AsyncClient(socket, url, key, agent, **settings)
