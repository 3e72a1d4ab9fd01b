"""`@audited`, `guarded` and what stands behind them, at a gate that changes things while it is asked."""

from __future__ import annotations

import asyncio
import concurrent.futures
import functools
import io
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from liar import DECISION
from meanwhile import MOMENTS, Heard, asking, changing

import chancery
from chancery.bridges._audit import Audit, taken
from chancery.bridges.generic import EVENTS, audited

Decorator = Callable[..., Callable[[Any], Any]]


def an_audit(house: Heard, **more: Any) -> Callable[[Any], Any]:
    return audited(house.client, "work", **more)


def a_gate(house: Heard, **more: Any) -> Callable[[Any], Any]:
    return house.client.gate.guarded("work", **more)


def an_asynchronous_gate(house: Heard, **more: Any) -> Callable[[Any], Any]:
    return house.async_client.gate.guarded("work", **more)


# All three keep a call by the same code; an asynchronous gate is for `async def` alone.
BLOCKING: list[Decorator] = [an_audit, a_gate]
ANY: list[Decorator] = [*BLOCKING, an_asynchronous_gate]


def require_events(house: Heard, decorator: Decorator, *expected: str) -> None:
    """What is guarded alone has an outcome and no events."""
    assert house.events == (list(expected) if decorator is an_audit else [])


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


@pytest.mark.parametrize("decorator", BLOCKING)
def test_a_plain_function_that_returns_a_coroutine_is_over_when_that_was_awaited(decorator: Decorator) -> None:
    async def work(fails: bool) -> str:
        if fails:
            raise ValueError
        return "done"

    with asking() as house:
        started = decorator(house)(lambda fails=False: work(fails))
        pending = started()
        require_events(house, decorator, "action_start")
        assert not house.outcomes
        assert asyncio.run(pending) == "done"
        require_events(house, decorator, "action_start", "action_executed")
        assert house.outcomes == ["done"]
        with pytest.raises(ValueError):
            asyncio.run(started(True))
        assert house.outcomes == ["done", "failed"]


@pytest.mark.parametrize("decorator", BLOCKING)
def test_a_plain_function_that_returns_a_stream_is_over_when_that_is_exhausted(decorator: Decorator) -> None:
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
        stream = decorator(house)(lambda: parts("end"))()
        assert next(stream) == 1
        assert stream.send("two") == "two"
        assert not house.outcomes
        with pytest.raises(StopIteration) as end:
            next(stream)
        assert end.value.value == "end"
        assert house.outcomes == ["done"]
        opened = decorator(house)(lambda: later(2))()
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


LATER = ("awaiting", "streaming")


@pytest.mark.parametrize(
    ("decorator", "kind"),
    [(one, kind) for one in ANY for kind in refusing() if one in BLOCKING or kind in LATER],
)
def test_a_call_that_its_function_does_not_take_has_failed(decorator: Decorator, kind: str) -> None:
    with asking() as house:
        call = decorator(house, payload=lambda *_, **__: {})(refusing()[kind])

        async def main() -> None:
            if kind == "streaming":
                await call(wrong=1).__anext__()
            else:
                await call(wrong=1)

        with pytest.raises(TypeError, match="wrong"):
            if kind in LATER:
                asyncio.run(main())
            else:
                list(call(wrong=1))
        assert house.outcomes == ["failed"]
        require_events(house, decorator, "action_start", "action_error")


async def echo(log: list[Any]) -> AsyncGenerator[Any, Any]:
    received = None
    for _ in range(3):
        try:
            received = yield received
        except KeyError as error:
            log.append(error)
            received = "caught"


# Whether a plain function returns the stream.
RETURNING = [*((one, False) for one in ANY), *((one, True) for one in BLOCKING)]


@pytest.mark.parametrize(("decorator", "returns"), RETURNING)
def test_what_is_sent_and_thrown_into_an_asynchronous_stream_arrives(decorator: Decorator, returns: bool) -> None:
    log: list[Any] = []
    with asking() as house:
        made = decorator(house)(returning(echo) if returns else echo)

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


@pytest.mark.parametrize(("decorator", "returns"), RETURNING)
def test_an_asynchronous_stream_that_is_closed_is_done_once(decorator: Decorator, returns: bool) -> None:
    with asking() as house:
        made = decorator(house)(returning(echo) if returns else echo)

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
@pytest.mark.parametrize("decorator", BLOCKING)
def test_what_was_permitted_and_never_began_has_failed(decorator: Decorator, way: str) -> None:
    with asking() as house:
        ways_to_give_up()[way](lambda make: decorator(house)(returning(make)))
        assert awaited_for(lambda: house.outcomes == ["failed"])
        require_events(house, decorator, "action_start", "action_error")


class Forever:
    def __await__(self) -> Iterator[None]:
        while True:
            yield


@pytest.mark.parametrize("decorator", BLOCKING)
def test_a_coroutine_that_is_closed_when_its_loop_is_gone_has_failed(decorator: Decorator) -> None:
    async def work() -> None:
        await Forever()

    with asking() as house:
        pending = decorator(house)(returning(work))()
        pending.send(None)
        pending.close()
        assert awaited_for(lambda: house.outcomes == ["failed"])


class Closed:
    """Awaits a coroutine until something holds, and closes it."""

    def __init__(self, pending: Any, holds: Callable[[], Any]) -> None:
        self.pending, self.holds = pending, holds

    def __await__(self) -> Iterator[Any]:
        while not self.holds():
            yield self.pending.send(None)
        self.pending.close()


@pytest.mark.parametrize("decorator", ANY)
def test_a_coroutine_that_is_closed_while_it_runs_has_failed(decorator: Decorator) -> None:
    begun: list[int] = []

    async def work() -> None:
        begun.append(1)
        await Forever()

    async def main(pending: Any) -> None:
        await Closed(pending, lambda: begun)

    with asking() as house:
        asyncio.run(main(decorator(house)(work)()))
        assert awaited_for(lambda: house.outcomes == ["failed"])


@pytest.mark.parametrize("decorator", ANY)
def test_a_task_that_is_cancelled_while_it_works_has_failed(decorator: Decorator) -> None:
    async def work(begun: asyncio.Event) -> None:
        begun.set()
        await asyncio.sleep(60)

    async def main() -> None:
        begun = asyncio.Event()
        task = asyncio.create_task(decorator(house, payload=lambda begun: {})(work)(begun))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert house.outcomes == ["failed"]

    with asking() as house:
        asyncio.run(main())


@pytest.mark.parametrize("decorator", BLOCKING)
def test_a_permission_that_is_used_after_its_task_was_cancelled_came_to_nothing(decorator: Decorator) -> None:
    asked, may_answer = threading.Event(), threading.Event()
    ran: list[int] = []

    def meanwhile(request: Any) -> None:
        if request.path == "/v1/gate/decisions":
            asked.set()
            may_answer.wait(10)

    async def work() -> None:
        ran.append(1)

    async def main() -> None:
        task = asyncio.create_task(decorator(house)(work)())
        await asyncio.to_thread(asked.wait, 10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_answer.set()

    with asking(meanwhile) as house:
        asyncio.run(main())
        assert awaited_for(lambda: house.outcomes == ["failed"])
    assert not ran


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


@pytest.mark.parametrize("decorator", BLOCKING)
def test_what_another_task_changes_before_the_loop_goes_on_does_not_happen(decorator: Decorator) -> None:
    order: dict[str, Any] = {"amount": 5}
    ran: list[Any] = []

    async def main() -> None:
        @decorator(house)
        async def pay(order: dict[str, Any]) -> None:
            ran.append(order["amount"])

        task = asyncio.create_task(pay(order))
        await asyncio.sleep(0)
        # Who computes here holds the loop, while the thread that asks the gate looks at the arguments for the last time.
        time.sleep(0.3)
        order["amount"] = 100_000
        with pytest.raises(chancery.Denied) as refusal:
            await task
        assert refusal.value.code == "gate.action_changed"

    with asking() as house:
        asyncio.run(main())
        assert house.outcomes == ["failed"]
        require_events(house, decorator, "action_start", "action_error")
    assert not ran


def deferred() -> dict[str, Callable[[], Any]]:
    """What fails later than the function that returns it."""

    def failing(*_: int) -> int:
        raise ValueError

    async def work() -> None:
        raise ValueError

    return {
        "a task": lambda: asyncio.get_running_loop().create_task(work()),
        "a thread's future": lambda: asyncio.get_running_loop().run_in_executor(None, failing),
        "an iterator": lambda: map(failing, [1]),
    }


@pytest.mark.parametrize("kind", deferred())
@pytest.mark.parametrize("decorator", BLOCKING)
def test_what_a_plain_function_only_began_is_over_when_it_is(decorator: Decorator, kind: str) -> None:
    async def main() -> None:
        value = decorator(house)(returning(deferred()[kind]))()
        assert not house.outcomes
        with pytest.raises(ValueError):
            if kind == "an iterator":
                next(value)
            else:
                await value

    with asking() as house:
        asyncio.run(main())
        assert awaited_for(lambda: house.outcomes == ["failed"])


@pytest.mark.parametrize("decorator", BLOCKING)
def test_a_future_of_threads_is_over_when_it_is(decorator: Decorator) -> None:
    with asking() as house, concurrent.futures.ThreadPoolExecutor() as threads:
        may_end = threading.Event()
        future = decorator(house)(lambda: threads.submit(may_end.wait, 10))()
        cancelled = decorator(house, payload=dict)(concurrent.futures.Future)()
        assert not house.outcomes
        may_end.set()
        assert future.result(10)
        assert awaited_for(lambda: house.outcomes == ["done"])
        cancelled.cancel()
        assert awaited_for(lambda: house.outcomes == ["done", "failed"])


@pytest.mark.parametrize("decorator", BLOCKING)
def test_what_is_of_use_without_being_exhausted_is_returned_as_it_is(decorator: Decorator) -> None:
    with asking() as house:
        file = io.BytesIO(b"line")
        assert decorator(house)(lambda: file)() is file
        assert house.outcomes == ["done"]


@pytest.mark.parametrize("decorator", BLOCKING)
def test_who_advances_a_stream_that_is_being_advanced_does_not_end_its_call(decorator: Decorator) -> None:
    began, may_go_on = threading.Event(), threading.Event()

    def parts() -> Iterator[int]:
        began.set()
        may_go_on.wait(10)
        yield 1

    with asking() as house:
        stream = decorator(house)(returning(parts))()
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.extend(stream))
        thread.start()
        assert began.wait(10)
        for advance in (lambda: next(stream), stream.close):
            with pytest.raises(ValueError, match="already executing"):
                advance()
        assert not house.outcomes
        may_go_on.set()
        thread.join()
        assert found == [1]
        assert house.outcomes == ["done"]


@pytest.mark.parametrize("decorator", ANY)
def test_who_advances_an_asynchronous_stream_that_is_being_advanced_does_not_end_its_call(decorator: Decorator) -> None:
    async def main() -> None:
        may_go_on = asyncio.Event()

        async def parts() -> AsyncIterator[int]:
            await may_go_on.wait()
            yield 1

        stream = decorator(house)(parts if decorator is an_asynchronous_gate else returning(parts))()
        first = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0.1)
        with pytest.raises(RuntimeError, match="already running"):
            await stream.__anext__()
        may_go_on.set()
        assert await first == 1
        assert [part async for part in stream] == []

    with asking() as house:
        asyncio.run(main())
        assert house.outcomes == ["done"]
