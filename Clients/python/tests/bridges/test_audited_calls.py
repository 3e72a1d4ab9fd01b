"""`@audited` and what stands behind it, at a gate that changes things while it is asked."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from liar import DECISION
from meanwhile import MOMENTS, asking, changing

import chancery
from chancery.bridges._audit import Audit, taken
from chancery.bridges.generic import EVENTS, audited


def test_an_argument_called_self_is_shown_outside_of_classes() -> None:
    with asking() as house:

        @audited(house.client)
        def search(self: str, cls: str = "x") -> None: ...

        class Box:
            @audited(house.client)
            def open(self, number: int) -> None: ...

            @classmethod
            @audited(house.client)
            def make(cls, number: int) -> None: ...

        search("/etc/shadow")
        Box().open(1)
        Box.make(2)
        assert house.payloads == [{"self": "/etc/shadow", "cls": "x"}, {"number": 1}, {"number": 2}]


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_changes_while_the_gate_is_asked_does_not_happen(moment: str) -> None:
    order: dict[str, Any] = {"amount": 5}
    ran: list[Any] = []
    with asking(changing(moment, order)) as house:

        @audited(house.client)
        def pay(order: dict[str, Any]) -> None:
            ran.append(order["amount"])

        with pytest.raises(chancery.Denied) as refusal:
            pay(order)
        assert refusal.value.code == "gate.action_changed"
        assert refusal.value.decision_id == DECISION
        assert house.outcomes == ["failed"]
        assert house.events == (["action_start", "action_error"] if moment == "/events" else ["action_blocked"])
    assert not ran


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_changes_while_an_asynchronous_call_is_decided_does_not_happen(moment: str) -> None:
    order: dict[str, Any] = {"amount": 5}
    ran: list[Any] = []
    with asking(changing(moment, order)) as house:

        @audited(house.client, payload=lambda order: {"amount": order["amount"]})
        async def pay(order: dict[str, Any]) -> None:
            ran.append(order["amount"])

        with pytest.raises(chancery.Denied) as refusal:
            asyncio.run(pay(order))
        assert refusal.value.code == "gate.action_changed"
        assert house.outcomes == ["failed"]
    assert not ran


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_step_of_any_framework_begins_with_what_was_decided(moment: str) -> None:
    order: dict[str, Any] = {"amount": 5}
    with asking(changing(moment, order)) as house:
        step = Audit(house.client, "python").step(EVENTS, "pay", {"order": order})
        with pytest.raises(chancery.Denied), step:
            pytest.fail("it happened")
        assert house.outcomes == ["failed"]


def test_arguments_that_are_taken_are_nobody_elses() -> None:
    order: dict[str, Any] = {"lines": [{"amount": 5}]}
    held = taken(order)
    order["lines"][0]["amount"] = 100_000
    assert held == {"lines": [{"amount": 5}]}
    with pytest.raises(chancery.ChanceryError, match="not_portable"):
        taken({"thing": object()})


def test_a_plain_function_that_returns_a_coroutine_is_over_when_that_was_awaited() -> None:
    async def work(fails: bool) -> str:
        if fails:
            raise ValueError
        return "done"

    with asking() as house:
        started = audited(house.client, "work")(lambda fails=False: work(fails))
        pending = started()
        assert (house.events, house.outcomes) == (["action_start"], [])
        assert asyncio.run(pending) == "done"
        assert (house.events, house.outcomes) == (["action_start", "action_executed"], ["done"])
        with pytest.raises(ValueError):
            asyncio.run(started(True))
        assert house.outcomes == ["done", "failed"]


def test_a_plain_function_that_returns_a_stream_is_over_when_that_is_exhausted() -> None:
    def parts(end: str) -> Iterator[Any]:
        received = yield 1
        yield received
        return end

    async def later(count: int) -> AsyncIterator[int]:
        for part in range(count):
            yield part

    async def main(stream: AsyncIterator[int]) -> list[int]:
        return [part async for part in stream]

    with asking() as house:
        stream = audited(house.client, "parts")(lambda: parts("end"))()
        assert next(stream) == 1
        assert stream.send("two") == "two"
        assert not house.outcomes
        with pytest.raises(StopIteration) as end:
            next(stream)
        assert end.value.value == "end"
        assert house.outcomes == ["done"]
        opened = audited(house.client, "later")(lambda: later(2))()
        assert house.outcomes == ["done"]
        assert asyncio.run(main(opened)) == [0, 1]
        assert house.outcomes == ["done", "done"]


def test_a_callable_without_a_name_of_its_own_is_given_one() -> None:
    with asking() as house:
        partial = functools.partial(pow, 3)
        with pytest.raises(TypeError, match="action"):
            audited(house.client)(partial)
        assert audited(house.client, "raise")(partial)(2) == 9
        assert house.payloads == [{"exp": 2, "mod": None}]
