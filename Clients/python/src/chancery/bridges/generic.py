"""Functions of any framework, or of none: `@audited`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator, Mapping
from typing import Any, TypeVar, cast

from ..client import Client
from ..sessions import AgentSession
from ._audit import Audit, Events, Step

Function = TypeVar("Function", bound=Callable[..., Any])
EVENTS = Events("action_start", "action_executed", "action_error", "action_blocked")


def audited(  # noqa: PLR0915
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
    `payload` says what is. A generator is decided when it is first advanced and over when it is exhausted, closed or fails.
    """
    held: list[Audit] = []

    def audit() -> Audit:
        # Connected at the first call: a decorator runs when its module is imported.
        if not held:
            held.append(Audit(client, framework, wait=wait, session=session))
        return held[0]

    def wrap(function: Function) -> Function:  # noqa: PLR0915
        signature = inspect.signature(function)
        name = action or function.__name__

        def step(arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Step:
            if payload is not None:
                shown = payload(*arguments, **keywords)
            else:
                bound = signature.bind(*arguments, **keywords)
                bound.apply_defaults()
                shown = {key: value for key, value in bound.arguments.items() if key not in ("self", "cls")}
            return audit().step(EVENTS, name, shown, action=name)

        if inspect.isasyncgenfunction(function):

            @functools.wraps(function)
            async def streaming(*arguments: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
                one, count = step(arguments, keywords), 0
                await one.begin_async()
                values = function(*arguments, **keywords)
                try:
                    async for value in values:
                        count += 1
                        yield value
                except GeneratorExit:
                    await values.aclose()
                    await one.finish_async(parts=count, closed=True)
                    raise
                except BaseException as error:
                    await one.fail_async(error, parts=count)
                    raise
                await one.finish_async(parts=count)

            return cast(Function, streaming)
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaiting(*arguments: Any, **keywords: Any) -> Any:
                one = step(arguments, keywords)
                await one.begin_async()
                try:
                    result = await function(*arguments, **keywords)
                except BaseException as error:
                    await one.fail_async(error)
                    raise
                await one.finish_async(result)
                return result

            return cast(Function, awaiting)
        if inspect.isgeneratorfunction(function):

            @functools.wraps(function)
            def generating(*arguments: Any, **keywords: Any) -> Generator[Any, Any, Any]:
                one, count = step(arguments, keywords), 0
                one.begin()
                values = function(*arguments, **keywords)
                try:
                    for value in values:
                        count += 1
                        yield value
                except GeneratorExit:
                    values.close()
                    one.finish(parts=count, closed=True)
                    raise
                except BaseException as error:
                    one.fail(error, parts=count)
                    raise
                one.finish(parts=count)

            return cast(Function, generating)

        @functools.wraps(function)
        def calling(*arguments: Any, **keywords: Any) -> Any:
            with step(arguments, keywords) as one:
                result = function(*arguments, **keywords)
                one.finish(result)
                return result

        return cast(Function, calling)

    return wrap
