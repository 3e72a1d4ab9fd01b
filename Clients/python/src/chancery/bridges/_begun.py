"""Streams and coroutines of a call that was decided: when they are over, so is the call."""

from __future__ import annotations

import functools
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Generator
from typing import Any

from ._audit import Step, aside


class Stream(Generator[Any, Any, Any]):
    """A generator whose call is over when it is exhausted, closed or fails, and has failed when nobody advanced it."""

    def __init__(self, values: Generator[Any, Any, Any], step: Step) -> None:
        self._values = values
        self._step = step
        self._parts = 0

    def send(self, value: Any) -> Any:
        return self._part(lambda: self._values.send(value))

    def throw(self, *error: Any) -> Any:
        return self._part(lambda: self._values.throw(*error))

    def _part(self, advance: Callable[[], Any]) -> Any:
        try:
            part = advance()
        except StopIteration:
            self._step.finish(parts=self._parts)
            raise
        except GeneratorExit:
            self._step.close(self._parts)
            raise
        except BaseException as error:
            self._step.fail(error, parts=self._parts)
            raise
        self._parts += 1
        return part

    def close(self) -> None:
        self._close(lambda settle: settle())

    def _close(self, settling: Callable[[Callable[[], None]], None]) -> None:
        try:
            self._values.close()
        except BaseException as error:
            settling(functools.partial(self._step.fail, error, parts=self._parts))
            raise
        settling(functools.partial(self._step.close, self._parts))

    def __del__(self) -> None:
        if not self._step.is_over:
            self._close(aside)


class AsyncStream(AsyncGenerator[Any, Any]):
    """As `Stream`, of an asynchronous generator."""

    def __init__(self, values: AsyncGenerator[Any, Any], step: Step) -> None:
        self._values = values
        self._step = step
        self._parts = 0

    async def asend(self, value: Any) -> Any:
        return await self._part(self._values.asend(value))

    async def athrow(self, *error: Any) -> Any:
        return await self._part(self._values.athrow(*error))

    async def _part(self, advance: Awaitable[Any]) -> Any:
        try:
            part = await advance
        except StopAsyncIteration:
            await self._step.finish_async(parts=self._parts)
            raise
        except GeneratorExit:
            aside(functools.partial(self._step.close, self._parts))
            raise
        except BaseException as error:
            await self._step.fail_async(error, parts=self._parts)
            raise
        self._parts += 1
        return part

    async def aclose(self) -> None:
        try:
            await self._values.aclose()
        except BaseException as error:
            await self._step.fail_async(error, parts=self._parts)
            raise
        await self._step.close_async(self._parts)

    def __del__(self) -> None:
        if not self._step.is_over:
            aside(functools.partial(self._step.close, self._parts))


class Pending(Coroutine[Any, Any, Any]):
    """A coroutine whose call is over when it was awaited, and has failed when nobody began to."""

    def __init__(self, value: Coroutine[Any, Any, Any], step: Step) -> None:
        self._value = value
        self._step = step
        self._begun: Coroutine[Any, Any, Any] | None = None

    def _begin(self) -> Coroutine[Any, Any, Any]:
        if self._begun is None:
            self._begun = awaited(lambda: self._value, self._step)
        return self._begun

    def send(self, value: Any) -> Any:
        return self._begin().send(value)

    def throw(self, *error: Any) -> Any:
        if self._begun is not None:
            return self._begun.throw(*error)
        # A task that is cancelled before its first step throws this in; no `try` of the coroutine has been entered.
        try:
            return self._value.throw(*error)
        except BaseException as thrown:
            aside(functools.partial(self._step.fail, thrown))
            raise

    def close(self) -> None:
        if self._begun is not None:
            self._begun.close()
        else:
            super().close()

    def __await__(self) -> Generator[Any, Any, Any]:
        return self._begin().__await__()

    def __del__(self) -> None:
        if self._begun is None and not self._step.is_over:
            aside(functools.partial(self._step.fail, GeneratorExit()))


async def awaited(begin: Callable[[], Awaitable[Any]], step: Step) -> Any:
    """What comes of a call that `begin` begins, noted."""
    try:
        result = await begin()
    except GeneratorExit as error:
        # Whoever closes a coroutine awaits nothing of it.
        aside(functools.partial(step.fail, error))
        raise
    except BaseException as error:
        await step.fail_async(error)
        raise
    await step.finish_async(result)
    return result
