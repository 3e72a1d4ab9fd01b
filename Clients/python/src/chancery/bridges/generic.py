"""Functions of any framework, or of none: `@audited`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Mapping
from typing import Any, TypeVar, cast

from .._guarding import receiver
from ..client import Client
from ..sessions import AgentSession
from ._audit import Audit, Events, Step

Function = TypeVar("Function", bound=Callable[..., Any])
EVENTS = Events("action_start", "action_executed", "action_error", "action_blocked")


def audited(
    client: Client | str | None = None,
    action: str | None = None,
    *,
    payload: Callable[..., Mapping[str, Any]] | None = None,
    wait: float | None = None,
    session: AgentSession | None = None,
    framework: str = "python",
) -> Callable[[Function], Function]:
    """Stamps and gates each call of a function: plain, `async`, a generator or an asynchronous one.

    `action` is what the policy calls it, the function's name unless said; the payload is its arguments by name, unless
    `payload` says what is, without the `self` or `cls` of a method. A generator is decided when it is first advanced and over
    when it is exhausted, closed or fails, and a coroutine when it was awaited, whatever kind of function returned it.
    """
    held: list[Audit] = []

    def audit() -> Audit:
        # Connected at the first call: a decorator runs when its module is imported.
        if not held:
            held.append(Audit(client, framework, wait=wait, session=session))
        return held[0]

    def wrap(function: Function) -> Function:
        signature = inspect.signature(function)
        hidden = receiver(function)
        name = action or getattr(function, "__name__", None)
        if name is None:
            raise TypeError("what has no name of its own needs one: audited(action=…)")

        def step(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Step:
            def shown() -> Mapping[str, Any]:
                if payload is not None:
                    return payload(*arguments, **keywords)
                bound = signature.bind(*arguments, **keywords)
                bound.apply_defaults()
                return {key: value for key, value in bound.arguments.items() if key != hidden}

            return audit().step(EVENTS, name, shown, action=name)

        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def streaming(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
                one = step(arguments, keywords)
                await one.begin_async()
                stream = _stream_async(function(*arguments, **keywords), one)
                try:
                    async for value in stream:
                        yield value
                finally:
                    await stream.aclose()

            return cast(Function, streaming)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaiting(*arguments: Any, **keywords: Any) -> Any:
                one = step(arguments, keywords)
                await one.begin_async()
                return await _finish_async(function(*arguments, **keywords), one)

            return cast(Function, awaiting)
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generating(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
                one = step(arguments, keywords)
                one.begin()
                return (yield from _stream(function(*arguments, **keywords), one))

            return cast(Function, generating)

        @functools.wraps(function)
        def calling(*arguments: Any, **keywords: Any) -> Any:
            one = step(arguments, keywords)
            one.begin()
            try:
                value = function(*arguments, **keywords)
            except BaseException as error:
                one.fail(error)
                raise
            # What has only begun is over when it is exhausted.
            if inspect.isgenerator(value):
                return _stream(value, one)
            if inspect.isasyncgen(value):
                return _stream_async(value, one)
            if inspect.iscoroutine(value):
                return _finish_async(value, one)
            one.finish(value)
            return value

        return cast(Function, calling)

    return wrap


class _Counted(Generator[Any, Any, Any]):
    """A generator, and how many parts came out of it."""

    def __init__(self, values: Generator[Any, Any, Any]) -> None:
        self._values = values
        self.count = 0

    def send(self, value: Any) -> Any:
        part = self._values.send(value)
        self.count += 1
        return part

    def throw(self, *error: Any) -> Any:
        part = self._values.throw(*error)
        self.count += 1
        return part


def _stream(values: Generator[Any, Any, Any], step: Step) -> Generator[Any, Any, Any]:
    counted = _Counted(values)
    try:
        result = yield from counted
    except GeneratorExit:
        step.finish(parts=counted.count, closed=True)
        raise
    except BaseException as error:
        step.fail(error, parts=counted.count)
        raise
    step.finish(parts=counted.count)
    return result


async def _stream_async(values: AsyncGenerator[Any, Any], step: Step) -> AsyncGenerator[Any, Any]:
    count = 0
    try:
        async for value in values:
            count += 1
            yield value
    except GeneratorExit:
        await values.aclose()
        await step.finish_async(parts=count, closed=True)
        raise
    except BaseException as error:
        await step.fail_async(error, parts=count)
        raise
    await step.finish_async(parts=count)


async def _finish_async(value: Coroutine[Any, Any, Any], step: Step) -> Any:
    try:
        result = await value
    except BaseException as error:
        await step.fail_async(error)
        raise
    await step.finish_async(result)
    return result
