"""`@audited` and what stands behind it, at a gate that changes things while it is asked."""

from __future__ import annotations

import asyncio
import functools
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
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


def returning(make: Callable[..., Any]) -> Callable[..., Any]:
    """A plain function that returns what `make` makes."""

    def work(*arguments: Any) -> Any:
        return make(*arguments)

    return work


def awaited_for(holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


def refusing() -> dict[str, Any]:
    async def awaiting(number: int) -> None: ...

    async def streaming(number: int) -> AsyncIterator[int]:
        yield number

    def generating(number: int) -> Iterator[int]:
        yield number

    def calling(number: int) -> None: ...

    return {one.__name__: one for one in (awaiting, streaming, generating, calling)}


@pytest.mark.parametrize("kind", refusing())
def test_a_call_that_its_function_does_not_take_has_failed(kind: str) -> None:
    with asking() as house:
        call = audited(house.client, payload=lambda *_, **__: {})(refusing()[kind])

        async def main() -> None:
            if kind == "streaming":
                await call(wrong=1).__anext__()
            else:
                await call(wrong=1)

        with pytest.raises(TypeError, match="wrong"):
            if kind in ("awaiting", "streaming"):
                asyncio.run(main())
            else:
                list(call(wrong=1))
        assert house.outcomes == ["failed"]
        assert house.events == ["action_start", "action_error"]


async def echo(log: list[Any]) -> AsyncGenerator[Any, Any]:
    received = None
    for _ in range(3):
        try:
            received = yield received
        except KeyError as error:
            log.append(error)
            received = "caught"


@pytest.mark.parametrize("returns", [False, True])
def test_what_is_sent_and_thrown_into_an_asynchronous_stream_arrives(returns: bool) -> None:
    log: list[Any] = []
    with asking() as house:
        stamped = audited(house.client, "echo")
        made = stamped(returning(echo)) if returns else stamped(echo)

        async def main() -> None:
            stream = made(log)
            assert await stream.__anext__() is None
            assert await stream.asend("sent") == "sent"
            assert await stream.athrow(KeyError("k")) == "caught"
            assert not house.outcomes
            with pytest.raises(ValueError, match="no more"):
                await stream.athrow(ValueError("no more"))

        asyncio.run(main())
        assert isinstance(log[0], KeyError)
        assert house.outcomes == ["failed"]


@pytest.mark.parametrize("returns", [False, True])
def test_an_asynchronous_stream_that_is_closed_is_done_once(returns: bool) -> None:
    with asking() as house:
        stamped = audited(house.client, "echo")
        made = stamped(returning(echo)) if returns else stamped(echo)

        async def main() -> None:
            stream = made([])
            await stream.__anext__()
            await stream.aclose()
            await stream.aclose()
            assert [part async for part in made([])] == [None] * 3

        asyncio.run(main())
        assert house.outcomes == ["done", "done"]


def ways_to_give_up() -> dict[str, Callable[[Any], Any]]:
    def parts() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[int]:
        yield 1

    async def work() -> None: ...

    def thrown(stamped: Any) -> None:
        with pytest.raises(KeyError):
            stamped(parts)().throw(KeyError())

    async def thrown_later(stamped: Any) -> None:
        with pytest.raises(KeyError):
            await stamped(later)().athrow(KeyError())

    async def closed_later(stamped: Any) -> None:
        await stamped(later)().aclose()

    async def cancelled(stamped: Any) -> None:
        task = asyncio.create_task(stamped(work)())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    return {
        "a stream is closed": lambda stamped: stamped(parts)().close(),
        "a stream is dropped": lambda stamped: stamped(parts)() and None,
        "a stream is thrown into": thrown,
        "an asynchronous stream is closed": lambda stamped: asyncio.run(closed_later(stamped)),
        "an asynchronous stream is dropped": lambda stamped: stamped(later)() and None,
        "an asynchronous stream is thrown into": lambda stamped: asyncio.run(thrown_later(stamped)),
        "a coroutine is closed": lambda stamped: stamped(work)().close(),
        "a coroutine is dropped": lambda stamped: stamped(work)() and None,
        "a task is cancelled": lambda stamped: asyncio.run(cancelled(stamped)),
    }


@pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
@pytest.mark.parametrize("way", ways_to_give_up())
def test_what_was_permitted_and_never_began_has_failed(way: str) -> None:
    with asking() as house:
        ways_to_give_up()[way](lambda make: audited(house.client, "work")(returning(make)))
        assert awaited_for(lambda: house.outcomes == ["failed"])
        assert house.events == ["action_start", "action_error"]


def test_a_coroutine_that_is_closed_when_its_loop_is_gone_has_failed() -> None:
    class Forever:
        def __await__(self) -> Iterator[None]:
            yield

    async def work() -> None:
        await Forever()

    with asking() as house:
        pending = audited(house.client, "work")(returning(work))()
        pending.send(None)
        pending.close()
        assert awaited_for(lambda: house.outcomes == ["failed"])


def test_a_decorated_function_that_returns_a_stream_is_decorated_again() -> None:
    def parts() -> Iterator[int]:
        yield 1

    with asking() as house:
        twice = audited(house.client, "outer")(audited(house.client, "inner")(returning(parts)))
        stream = twice()
        guarded = house.client.gate.guarded("outermost")(twice)()
        assert not house.outcomes
        assert (list(stream), list(guarded)) == ([1], [1])
        assert house.outcomes == ["done"] * 5


class Locked:
    """Like a model of pydantic that holds a lock: shown by its members, and not to be copied."""

    def __init__(self, amount: int) -> None:
        self.members = {"amount": amount}
        self.lock = threading.Lock()

    def model_dump(self) -> dict[str, Any]:
        return dict(self.members)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_model_that_cannot_be_copied_is_read_again(moment: str) -> None:
    order, line = Locked(5), {"amount": 5}
    held = taken({"order": order, "lines": [line, (order,)]})
    assert held["order"] is held["lines"][1][0] is order
    line["amount"] = 6
    assert held["lines"][0] == {"amount": 5}
    with asking(changing(moment, order.members)) as house:
        step = Audit(house.client, "python").step(EVENTS, "pay", held)
        with pytest.raises(chancery.Denied), step:
            pytest.fail("it happened")


def test_what_cannot_be_copied_is_refused_with_a_code() -> None:
    with pytest.raises(chancery.ChanceryError, match="not_portable"):
        taken({"parts": [memoryview(b"x")]})


def test_a_callable_without_a_name_of_its_own_is_given_one() -> None:
    with asking() as house:
        partial = functools.partial(pow, 3)
        with pytest.raises(TypeError, match="action"):
            audited(house.client)(partial)
        assert audited(house.client, "raise")(partial)(2) == 9
        assert house.payloads == [{"exp": 2, "mod": None}]
