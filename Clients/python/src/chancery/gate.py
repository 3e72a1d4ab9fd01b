"""Has an action decided before it happens, uses the permission once, and says what came of it."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING

from ._begun import Function, aside, settled
from ._decisions import (
    ALLOWING,
    BLOCK,
    REQUIRE_HUMAN,
    STATUSES,
    Action,
    Decision,
    Obligation,
    Payload,
    Permit,
    acquire,
    decide,
    outcome,
    redeem,
    settle,
    standing,
)
from ._guarding import INTERRUPTED, NOT_UNDERSTOOD, Terms, behind_async_gate, behind_gate, came_to_nothing
from ._heard import Heard
from ._portable import TEXT_LIMIT
from .errors import ChanceryError, Malformed

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .client import Client

__all__ = [
    "ALLOWING",
    "BLOCK",
    "REQUIRE_HUMAN",
    "STATUSES",
    "Action",
    "AsyncGate",
    "AsyncGuard",
    "Decision",
    "Gate",
    "Guard",
    "Obligation",
    "Permit",
    "outcome",
]


class Gate:
    """The gate of a blocking client."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def decide(
        self,
        action: str,
        payload: Payload | None = None,
        target: str | None = None,
        dry_run: bool = False,
        labels: tuple[str, ...] = (),
    ) -> Decision:
        """What the gate says about an action. To act, `guard` it: a decision alone is not used yet."""
        terms = Action.of(action, payload, target, labels)
        return self._client.run(decide(terms, self._client.agent, self._client.gate_timeout, dry_run))

    def redeem(
        self,
        decision: Decision,
        action: str,
        payload: Payload | None = None,
        target: str | None = None,
        labels: tuple[str, ...] = (),
    ) -> Permit:
        """Uses the permission for exactly what was decided. Whoever hears an error must not act."""
        terms = Action.of(action, payload, target, labels)
        self._client.run(redeem(decision, terms, self._client.agent, self._client.gate_timeout))
        return Permit(decision, terms)

    def state(self, decision: Decision) -> str:
        """`allowed`, `blocked`, `waiting`, `approved`, `rejected`, `lapsed` or `redeemed`."""
        return self._client.run(standing(decision, self._client.gate_timeout))[0]

    def guard(
        self,
        action: str,
        payload: Payload | None = None,
        wait: float | None = None,
        target: str | None = None,
        labels: tuple[str, ...] = (),
    ) -> Guard:
        """Lets the body of a `with` happen only when it may: the permission is used before, the outcome noted after.

        Raises Denied or ApprovalRequired; with `wait`, so many seconds are given to a person to say yes.
        """
        return Guard(self, lambda: Action.of(action, payload, target, labels), wait)

    def guarded(
        self,
        action: str,
        payload: Payload | Callable[..., Payload] | None = None,
        wait: float | None = None,
        target: str | Callable[..., str | None] | None = None,
        labels: tuple[str, ...] = (),
        limit: int = TEXT_LIMIT,
    ) -> Callable[[Function], Function]:
        """Puts a function behind the gate; its arguments are the payload, unless `payload` says what is.

        A generator is decided when it is first advanced and over when it is exhausted, closed or fails, and a coroutine when it
        was awaited, whatever kind of function returned it; one that nobody advances or awaits has failed.
        """

        def wrap(function: Function) -> Function:
            terms = Terms(function, action, payload, target, labels, limit)
            return behind_gate(function, terms, lambda wanted: self._acquire(wanted, wait), self._settle)

        return wrap

    def _acquire(self, action: Callable[[], Action], wait: float | None) -> Permit:
        agent, timeout, heard = self._client.agent, self._client.gate_timeout, Heard()
        try:
            return self._client.run(acquire(action, agent, timeout, wait), heard=heard)
        except Malformed:
            self._client.run(came_to_nothing(heard, NOT_UNDERSTOOD, agent, timeout))
            raise
        except ChanceryError:
            raise
        except BaseException:
            # Such as a KeyboardInterrupt, after which the daemon says yes all the same.
            heard.afterwards(lambda: self._client.run_aside(came_to_nothing(heard, INTERRUPTED, agent, timeout)))
            raise

    def _settle(self, permit: Permit, error: BaseException | None) -> None:
        self._client.run(settle(permit, error, self._client.agent, self._client.gate_timeout))


class Guard:
    """One action; used once."""

    def __init__(self, gate: Gate, action: Callable[[], Action], wait: float | None) -> None:
        self._gate = gate
        self._action = action
        self._wait = wait
        self._permit: Permit | None = None
        self._turn = threading.Lock()

    def __enter__(self) -> Permit:
        if not self._turn.acquire(blocking=False):
            raise RuntimeError("a guard is used once; each action is decided by itself")
        self._permit = self._gate._acquire(self._action, self._wait)
        return self._permit

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._permit is not None:
            self._gate._settle(self._permit, error)


class AsyncGate:
    """The gate of an asynchronous client."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def decide(
        self,
        action: str,
        payload: Payload | None = None,
        target: str | None = None,
        dry_run: bool = False,
        labels: tuple[str, ...] = (),
    ) -> Decision:
        """What the gate says about an action. To act, `guard` it: a decision alone is not used yet."""
        terms = Action.of(action, payload, target, labels)
        return await self._client.run(decide(terms, self._client.agent, self._client.gate_timeout, dry_run))

    async def redeem(
        self,
        decision: Decision,
        action: str,
        payload: Payload | None = None,
        target: str | None = None,
        labels: tuple[str, ...] = (),
    ) -> Permit:
        """Uses the permission for exactly what was decided. Whoever hears an error must not act."""
        terms = Action.of(action, payload, target, labels)
        await self._client.run(redeem(decision, terms, self._client.agent, self._client.gate_timeout))
        return Permit(decision, terms)

    async def state(self, decision: Decision) -> str:
        """`allowed`, `blocked`, `waiting`, `approved`, `rejected`, `lapsed` or `redeemed`."""
        return (await self._client.run(standing(decision, self._client.gate_timeout)))[0]

    def guard(
        self,
        action: str,
        payload: Payload | None = None,
        wait: float | None = None,
        target: str | None = None,
        labels: tuple[str, ...] = (),
    ) -> AsyncGuard:
        """As the blocking one, for `async with`."""
        return AsyncGuard(self, lambda: Action.of(action, payload, target, labels), wait)

    def guarded(
        self,
        action: str,
        payload: Payload | Callable[..., Payload] | None = None,
        wait: float | None = None,
        target: str | Callable[..., str | None] | None = None,
        labels: tuple[str, ...] = (),
        limit: int = TEXT_LIMIT,
    ) -> Callable[[Function], Function]:
        """As the blocking one, for `async def`."""

        def wrap(function: Function) -> Function:
            terms = Terms(function, action, payload, target, labels, limit)
            return behind_async_gate(
                function, terms, lambda wanted: self._acquire(wanted, wait), self._settle_aside, self._settle
            )

        return wrap

    async def _acquire(self, action: Callable[[], Action], wait: float | None) -> Permit:
        agent, timeout, heard = self._client.agent, self._client.gate_timeout, Heard()
        try:
            return await self._client.run(acquire(action, agent, timeout, wait), heard=heard)
        except Malformed:
            nothing = functools.partial(came_to_nothing, heard, NOT_UNDERSTOOD, agent, timeout)
            await settled(self._client.run(nothing()), lambda: self._client.run_aside(nothing()))
            raise
        except ChanceryError:
            raise
        except BaseException:
            # Cancelled or closed, after which the daemon says yes all the same.
            heard.afterwards(lambda: self._client.run_aside(came_to_nothing(heard, INTERRUPTED, agent, timeout)))
            raise

    async def _settle(self, permit: Permit, error: BaseException | None) -> None:
        await self._client.run(settle(permit, error, self._client.agent, self._client.gate_timeout))

    def _settle_aside(self, permit: Permit, error: BaseException | None) -> None:
        self._client.run_aside(settle(permit, error, self._client.agent, self._client.gate_timeout))


class AsyncGuard:
    """One action; used once."""

    def __init__(self, gate: AsyncGate, action: Callable[[], Action], wait: float | None) -> None:
        self._gate = gate
        self._action = action
        self._wait = wait
        self._permit: Permit | None = None
        self._was_entered = False

    async def __aenter__(self) -> Permit:
        if self._was_entered:
            raise RuntimeError("a guard is used once; each action is decided by itself")
        self._was_entered = True
        self._permit = await self._gate._acquire(self._action, self._wait)
        return self._permit

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._permit is None:
            return
        again = functools.partial(self._gate._settle_aside, self._permit, error)
        if kind is GeneratorExit:
            # Whoever closes a coroutine awaits nothing of it.
            return aside(again)
        # Also when the task is cancelled: what was begun is on record.
        await settled(self._gate._settle(self._permit, error), again)
