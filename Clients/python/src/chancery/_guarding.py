"""Functions behind the gate, each of the kind that it was."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Generator
from typing import Any, TypeVar, cast

from ._decisions import Action, Permit

Function = TypeVar("Function", bound=Callable[..., Any])


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


def wrapped(
    function: Function,
    terms: Terms,
    acquire: Callable[[Callable[[], Action]], Permit] | None,
    settle: Callable[[Permit, BaseException | None], None] | None,
    acquire_async: Callable[[Callable[[], Action]], Awaitable[Permit]],
    settle_async: Callable[[Permit, BaseException | None], Awaitable[None]],
) -> Function:
    """`function` behind the gate, of the same kind: plain, generator, coroutine or asynchronous generator."""
    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def streaming(*arguments: Any, **keywords: Any) -> AsyncIterator[Any]:
            permit = await acquire_async(lambda: terms.action(arguments, keywords))
            stream = _stream_async(function(*arguments, **keywords), permit, settle_async)
            try:
                async for one in stream:
                    yield one
            finally:
                await stream.aclose()

        return cast(Function, streaming)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaiting(*arguments: Any, **keywords: Any) -> Any:
            permit = await acquire_async(lambda: terms.action(arguments, keywords))
            return await _finish_async(function(*arguments, **keywords), permit, settle_async)

        return cast(Function, awaiting)
    if acquire is None or settle is None:
        raise TypeError("an asynchronous gate guards `async def`; use the blocking client for plain functions")
    acquire_now, settle_now = acquire, settle
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generating(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
            permit = acquire_now(lambda: terms.action(arguments, keywords))
            return (yield from _stream(function(*arguments, **keywords), permit, settle_now))

        return cast(Function, generating)

    @functools.wraps(function)
    def calling(*arguments: Any, **keywords: Any) -> Any:
        permit = acquire_now(lambda: terms.action(arguments, keywords))
        try:
            value = function(*arguments, **keywords)
        except BaseException as error:
            settle_now(permit, error)
            raise
        # What has only begun is over when it is exhausted.
        if isinstance(value, Generator):
            return _stream(value, permit, settle_now)
        if isinstance(value, AsyncGenerator):
            return _stream_async(value, permit, settle_async)
        if isinstance(value, Coroutine):
            return _finish_async(value, permit, settle_async)
        permit.set_result(value)
        settle_now(permit, None)
        return value

    return cast(Function, calling)


def _stream(
    values: Generator[Any, Any, Any], permit: Permit, settle: Callable[[Permit, BaseException | None], None]
) -> Generator[Any, Any, Any]:
    try:
        result = yield from values
    except GeneratorExit:
        permit.detail = "closed before its end"
        settle(permit, None)
        raise
    except BaseException as error:
        settle(permit, error)
        raise
    settle(permit, None)
    return result


async def _stream_async(
    values: AsyncGenerator[Any, Any], permit: Permit, settle: Callable[[Permit, BaseException | None], Awaitable[None]]
) -> AsyncGenerator[Any, Any]:
    try:
        async for one in values:
            yield one
    except GeneratorExit:
        await values.aclose()
        permit.detail = "closed before its end"
        await settle(permit, None)
        raise
    except BaseException as error:
        await settle(permit, error)
        raise
    await settle(permit, None)


async def _finish_async(
    value: Coroutine[Any, Any, Any],
    permit: Permit,
    settle: Callable[[Permit, BaseException | None], Awaitable[None]],
) -> Any:
    try:
        result = await value
    except BaseException as error:
        # Also when the task is cancelled: what was begun is on record.
        await asyncio.shield(asyncio.ensure_future(settle(permit, error)))
        raise
    permit.set_result(result)
    await settle(permit, None)
    return result
