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
from ._begun import AsyncStream, Pending, Stream, awaited

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
    `payload` says what is, without the `self` or `cls` of a method. `payload` is called several times for each call and has to
    say the same of the same arguments: a time or a random number in it is a change of them (`gate.action_changed`). A generator
    is decided when it is first advanced and over when it is exhausted, closed or fails, and a coroutine when it was awaited,
    whatever kind of function returned it; one that nobody advances or awaits has failed.
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

        return _of_its_kind(function, step)

    return wrap


def _of_its_kind(function: Function, step: Callable[[tuple[Any, ...], dict[str, Any]], Step]) -> Function:
    def begun(arguments: tuple[Any, ...], keywords: dict[str, Any], one: Step) -> Any:
        one.begin()
        try:
            return function(*arguments, **keywords)
        except BaseException as error:
            one.fail(error)
            raise

    if inspect.isasyncgenfunction(function):

        @functools.wraps(function)
        async def streaming(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
            one = step(arguments, keywords)
            await one.begin_async()
            try:
                stream = AsyncStream(function(*arguments, **keywords), one)
            except BaseException as error:
                await one.fail_async(error)
                raise
            # What `yield from` does for generators, which asynchronous ones do not have.
            advance = stream.asend(None)
            while True:
                try:
                    part = await advance
                except StopAsyncIteration:
                    return
                try:
                    sent = yield part
                except GeneratorExit:
                    await stream.aclose()
                    raise
                except BaseException as error:
                    advance = stream.athrow(error)
                else:
                    advance = stream.asend(sent)

        return cast(Function, streaming)
    if inspect.iscoroutinefunction(function):

        @functools.wraps(function)
        async def awaiting(*arguments: Any, **keywords: Any) -> Any:
            one = step(arguments, keywords)
            await one.begin_async()
            return await awaited(lambda: function(*arguments, **keywords), one)

        return cast(Function, awaiting)
    if inspect.isgeneratorfunction(function):

        @functools.wraps(function)
        def generating(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
            one = step(arguments, keywords)
            return (yield from Stream(begun(arguments, keywords, one), one))

        return cast(Function, generating)

    @functools.wraps(function)
    def calling(*arguments: Any, **keywords: Any) -> Any:
        one = step(arguments, keywords)
        value = begun(arguments, keywords, one)
        # What has only begun is over when it is exhausted.
        if isinstance(value, Generator):
            return Stream(value, one)
        if isinstance(value, AsyncGenerator):
            return AsyncStream(value, one)
        if isinstance(value, Coroutine):
            return Pending(value, one)
        one.finish(value)
        return value

    return cast(Function, calling)
