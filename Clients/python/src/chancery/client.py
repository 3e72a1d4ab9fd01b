"""The blocking client: for any number of threads, and after a fork."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from . import _calls
from ._client import Connection, carried_out
from ._flow import Flow, Result
from ._heard import Heard
from ._transport import Transport
from .chain import Chain
from .compute import Compute
from .gate import Gate, outcome
from .records import Agent, Handshake, Receipt, Record
from .sessions import AgentSession
from .vault import Vault

Self = TypeVar("Self", bound="Client")


class Client(Connection):
    """Asks a daemon, over its Unix socket or over HTTP."""

    gate: Gate
    vault: Vault
    compute: Compute

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        super().__init__(*arguments, **keywords)
        self._transport = Transport(self.place, self.timeout)
        self.compute = Compute()
        self._adopt()

    def _adopt(self) -> None:
        self.gate = Gate(self)
        self.vault = Vault(self)

    def run(self, flow: Flow[Result], timeout: float | None = None, heard: Heard | None = None) -> Result:
        """Carries a flow out. `timeout` is for each request that has none of its own; `heard` is for who may be interrupted."""
        return carried_out(self._with_session(flow), self._transport, timeout, heard)

    def stamp(self, event: Mapping[str, Any], profile: str | None = None) -> Receipt:
        """Puts an event onto the agent's chain: durable on return. Asking again after a lost answer stamps it twice."""
        return self.run(_calls.stamp(self.agent, [event], profile))[0]

    def stamp_many(self, events: Iterable[Mapping[str, Any]], profile: str | None = None) -> list[Receipt]:
        """Puts events onto the agent's chain in order; up to a thousand are durable together."""
        return self.run(_calls.stamp(self.agent, list(events), profile))

    def register(self, name: str, role: str, profile: str | None = None) -> Agent:
        """Makes an agent; for whoever has the home."""
        return self.run(_calls.register(name, role, profile))

    def whoami(self) -> Agent:
        """The agent that this client is for, as the home knows it."""
        return self.run(_calls.agent(_calls.named(self.agent)))

    def chain(self, agent: str | None = None) -> Chain:
        """The chain of an agent, this client's unless another is named."""
        return Chain(self, _calls.named(agent or self.agent))

    def search(
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
        """Records of the store; for those who oversee the house."""
        return self.run(_calls.search(_calls.Search(type, agent, since, until, session, kind, limit, oldest_first)))

    def session(self, agents: Iterable[str | _calls.Member | Mapping[str, Any]], lifetime: int | None = None) -> AgentSession:
        """Begins a session of agents of the home; every pair shakes hands."""
        seats = [_calls.Member.of(one) for one in agents]
        return AgentSession(self, self.run(_calls.start_session(seats, lifetime)), [seat.name for seat in seats])

    def handshake(self, peer: str, capabilities: Iterable[str] = ()) -> Handshake:
        """Agrees with another agent of the home on what they do together; both sign."""
        return self.run(_calls.handshake(self.agent, peer, capabilities))

    def outcome(self, decision_id: str, status: str, result_hash: str | None = None, detail: str | None = None) -> None:
        """Notes what came of an action whose permission was used: `done`, `failed` or `unknown`."""
        self.run(outcome(decision_id, status, result_hash, detail, self.agent, self.gate_timeout))

    def close(self) -> None:
        self._transport.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def connect(
    socket: str | os.PathLike[str] | None = None,
    url: str | None = None,
    key: str | os.PathLike[str] | None = None,
    agent: str | None = None,
    **settings: Any,
) -> Client:
    """A client of the daemon at `socket`, or at `url` with the key of a client; else CHANCERY_SOCKET or CHANCERY_URL say
    where, CHANCERY_KEY with what key, and CHANCERY_AGENT for which agent.

    `settings`: `passphrase` of the key file, `tls` (a node's folder, or a context), `timeout` and `gate_timeout` in seconds.
    """
    return Client(socket, url, key, agent, **settings)
