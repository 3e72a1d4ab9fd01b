"""Functions behind the gate, each of the kind that it was."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from ._begun import Call, Function, of_its_kind, settled
from ._decisions import Action, Permit, abandon, used
from ._flow import Flow
from ._heard import Heard
from .errors import Denied

_ONLY_ASYNC = "an asynchronous gate guards `async def`; use the blocking client for plain functions"
INTERRUPTED = "interrupted before the action began"
NOT_UNDERSTOOD = "the answer was not understood"
Wanted = Callable[[], Action]
Settle = Callable[[Permit, BaseException | None], None]
SettleAsync = Callable[[Permit, BaseException | None], Awaitable[None]]


class Terms:
    """What a guarded function does: which arguments become which action."""

    def __init__(
        self, function: Callable[..., Any], name: str, payload: Any, target: Any, labels: tuple[str, ...], limit: int
    ) -> None:
        self._signature = inspect.signature(function)
        self._hidden = receiver(function)
        self._name, self._payload, self._target, self._labels, self._limit = name, payload, target, labels, limit

    def action(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Action:
        payload = self._payload
        if callable(payload):
            payload = payload(*arguments, **keywords)
        elif payload is None:
            payload = self._arguments(arguments, keywords)
        target = self._target(*arguments, **keywords) if callable(self._target) else self._target
        return Action.of(self._name, payload, target, self._labels, self._limit)

    def _arguments(self, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> dict[str, Any]:
        bound = self._signature.bind(*arguments, **keywords)
        bound.apply_defaults()
        found = dict(bound.arguments)
        if self._hidden is not None:
            found.pop(self._hidden)
        return found


def receiver(function: Callable[..., Any]) -> str | None:
    """`self` or `cls` of what is written in a class; an argument of that name elsewhere is shown like any other."""
    # Objects that can be called, such as those of `functools.partial`, have no such name.
    scope, _, _ = getattr(function, "__qualname__", "").rpartition(".")
    first = next(iter(inspect.signature(function).parameters), None)
    return first if scope and not scope.endswith("<locals>") and first in ("self", "cls") else None


def require_same(wanted: Wanted, permit: Permit) -> None:
    """That what is wanted is still what the permission is for."""
    if wanted().hash != permit.action.hash:
        raise Denied.by(permit.decision, "gate.action_changed", "the arguments changed before the action began")


def came_to_nothing(heard: Heard, why: str, agent: str | None, timeout: float) -> Flow[None]:
    """Says so of a permission that was used for somebody who does not act, when nothing was said of it yet."""
    if (decision := used(heard.answers())) is not None:
        yield from abandon(decision, why, agent, timeout)


class _Guarded(Call):
    """A call of a guarded function, with its permission when it has begun."""

    def __init__(self, wanted: Wanted, settle: Settle) -> None:
        super().__init__()
        self._wanted = wanted
        self._settle = settle
        self._permit: Permit | None = None

    def require_same(self) -> None:
        if self._permit is not None:
            require_same(self._wanted, self._permit)

    def finish(self, result: Any = None, **members: Any) -> None:
        if permit := self._finished(result, members):
            self._settle(permit, None)

    def fail(self, error: BaseException, **members: Any) -> None:
        if permit := self._ended():
            self._settle(permit, error)

    def _ended(self) -> Permit | None:
        """The permission whose outcome is to be noted, once."""
        return self._permit if self._take() else None

    def _finished(self, result: Any, members: dict[str, Any]) -> Permit | None:
        permit = self._ended()
        if permit is not None and "parts" not in members:
            permit.set_result(result)
        if permit is not None and "closed" in members:
            permit.detail = "closed before its end"
        return permit


class _Blocking(_Guarded):
    def __init__(self, wanted: Wanted, acquire: Callable[[Wanted], Permit], settle: Settle) -> None:
        super().__init__(wanted, settle)
        self._acquire = acquire

    def begin(self) -> None:
        self._permit = self._acquire(self._wanted)


class _Async(_Guarded):
    """Asks on the loop. `settle` is for where no loop may be waited for."""

    def __init__(
        self, wanted: Wanted, acquire: Callable[[Wanted], Awaitable[Permit]], settle: Settle, settle_async: SettleAsync
    ) -> None:
        super().__init__(wanted, settle)
        self._acquire = acquire
        self._settle_async = settle_async

    def begin(self) -> None:
        raise TypeError(_ONLY_ASYNC)

    async def begin_async(self) -> None:
        self._permit = await self._acquire(self._wanted)

    async def finish_async(self, result: Any = None, **members: Any) -> None:
        if permit := self._finished(result, members):
            await self._settled(permit, None)

    async def fail_async(self, error: BaseException, **members: Any) -> None:
        # Also when the task is cancelled: what was begun is on record.
        if permit := self._ended():
            await self._settled(permit, error)

    async def _settled(self, permit: Permit, error: BaseException | None) -> None:
        await settled(self._settle_async(permit, error), functools.partial(self._settle, permit, error))


def behind_gate(function: Function, terms: Terms, acquire: Callable[[Wanted], Permit], settle: Settle) -> Function:
    """`function` behind the gate of a blocking client."""
    return of_its_kind(
        function, lambda arguments, keywords: _Blocking(lambda: terms.action(arguments, keywords), acquire, settle)
    )


def behind_async_gate(
    function: Function,
    terms: Terms,
    acquire: Callable[[Wanted], Awaitable[Permit]],
    settle: Settle,
    settle_async: SettleAsync,
) -> Function:
    """`function` behind the gate of an asynchronous client."""
    if not (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        raise TypeError(_ONLY_ASYNC)
    return of_its_kind(
        function,
        lambda arguments, keywords: _Async(lambda: terms.action(arguments, keywords), acquire, settle, settle_async),
    )
