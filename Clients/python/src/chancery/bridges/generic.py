"""Functions of any framework, or of none: `@audited`."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .._begun import Function, of_its_kind
from .._guarding import receiver
from ..client import Client
from ..sessions import AgentSession
from ._audit import Audit, Events, Step

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

        return of_its_kind(function, step)

    return wrap
