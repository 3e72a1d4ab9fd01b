"""What the decorator and the context manager do around what they guard."""

import asyncio
import concurrent.futures
import contextlib
import functools
import gc
import hashlib
import itertools
import json
import logging
import os
import time
from collections.abc import Coroutine

import pytest
from liar import DECISION, Liar, decision, honest, problem, reply

import chancery


class Boom(Exception):
    pass


@pytest.fixture
def gate():
    """An honest gate and a client of it."""
    with Liar(honest) as liar:
        liar.client = chancery.connect(liar.path, agent="clerk", gate_timeout=2)
        yield liar


def outcomes(liar):
    return [asked.json for asked in liar.asked if asked.path.endswith("/outcome")]


def decided(liar):
    return [asked.json for asked in liar.asked if asked.path == "/v1/gate/decisions"]


def steps(liar):
    return [path.rpartition("/")[2] for path in liar.paths()]


def test_the_arguments_are_the_payload_by_their_names(gate):
    @gate.client.gate.guarded("read_file")
    def read(path, *rest, mode="r", **more):
        return b"data"

    assert read("/etc/motd", 1, encoding="utf-8") == b"data"
    [asked] = decided(gate)
    assert asked["action"] == "read_file"
    assert asked["payload"] == {"path": "/etc/motd", "rest": [1], "mode": "r", "more": {"encoding": "utf-8"}}
    assert outcomes(gate) == [{"agent": "clerk", "status": "done", "result": hashlib.sha256(b"data").hexdigest()}]


def test_a_method_is_asked_about_without_its_object(gate):
    class Box:
        @gate.client.gate.guarded("open_box")
        def open(self, number):
            return number + 1

    assert Box().open(1) == 2
    assert decided(gate)[0]["payload"] == {"number": 1}


def test_an_argument_called_self_is_shown_outside_of_classes(gate):
    @gate.client.gate.guarded("read_file")
    def read(self, mode="r"):
        return b""

    read("/etc/shadow")
    assert decided(gate)[0]["payload"] == {"self": "/etc/shadow", "mode": "r"}


def test_what_changes_while_the_gate_is_asked_does_not_happen(gate):
    order, done = {"amount": 5}, []

    def changing(sum):
        shown = {"amount": order["amount"]}
        order["amount"] = 100_000
        return shown

    @gate.client.gate.guarded("pay", payload=changing)
    def pay(sum):
        done.append(sum)

    with pytest.raises(chancery.Denied) as failure:
        pay(order)
    assert failure.value.code == "gate.action_changed"
    assert done == []
    assert outcomes(gate) == [{"agent": "clerk", "status": "failed", "detail": "the arguments changed"}]


def test_a_permission_whose_arguments_cannot_be_read_again_came_to_nothing(gate):
    order, done = [{"amount": 5}], []

    @gate.client.gate.guarded("pay", payload=lambda orders: orders.pop())
    def pay(orders):
        done.append(1)

    with pytest.raises(IndexError):
        pay(order)
    assert done == []
    assert outcomes(gate) == [{"agent": "clerk", "status": "failed", "detail": "the arguments could not be read again"}]


def test_what_can_be_called_and_has_no_name_is_guarded_too(gate):
    class Adder:
        def __call__(self, left, right):
            return left + right

    assert gate.client.gate.guarded("add")(Adder())(1, right=2) == 3
    assert gate.client.gate.guarded("add")(functools.partial(Adder(), 1))(4) == 5
    assert [asked["payload"] for asked in decided(gate)] == [{"left": 1, "right": 2}, {"right": 4}]


def test_what_another_task_changes_while_the_gate_is_asked_does_not_happen():
    async def story(liar):
        order, done = {"amount": 5}, []
        async with chancery.connect_async(liar.path, agent="clerk", gate_timeout=2) as client:

            @client.gate.guarded("pay")
            async def pay(order):
                done.append(order["amount"])

            asked = asyncio.create_task(pay(order))
            await asyncio.sleep(0)
            order["amount"] = 100_000
            with pytest.raises(chancery.Denied) as failure:
                await asked
        assert failure.value.code == "gate.action_changed"
        assert done == []

    with Liar(honest) as liar:
        asyncio.run(story(liar))


def test_a_long_text_is_shown_as_its_hash(gate):
    @gate.client.gate.guarded("write", limit=10)
    def write(text, data):
        pass

    write("x" * 11, b"123")
    digest = hashlib.sha256(b"x" * 11).hexdigest()
    assert decided(gate)[0]["payload"] == {
        "text": {"sha256": digest, "length": 11},
        "data": {"sha256": hashlib.sha256(b"123").hexdigest(), "length": 3},
    }


def test_an_explicit_payload_is_shown_whole(gate):
    """A pattern of the policy would not see what is behind a hash."""
    gate.client.gate.decide("write", {"text": "x" * 100_000})
    assert decided(gate)[0]["payload"]["text"] == "x" * 100_000


def test_what_nobody_can_see_is_not_asked_about(gate):
    happened = []
    guarded = gate.client.gate.guarded("send")(happened.append)
    with pytest.raises(chancery.ChanceryError) as failure:
        guarded(object())
    assert failure.value.code == "client.not_portable"
    assert not happened
    assert not gate.asked


def test_payload_and_target_may_be_computed(gate):
    @gate.client.gate.guarded("fetch", payload=lambda url: {"url": url}, target=lambda url: "Example.ORG")
    def fetch(url):
        return None

    fetch("https://example.org/x")
    assert decided(gate)[0] | {"redeem": True} == {
        "action": "fetch",
        "agent": "clerk",
        "payload": {"url": "https://example.org/x"},
        "redeem": True,
        "target": "example.org",
    }


def test_an_exception_is_an_outcome_by_its_kind_alone(gate):
    @gate.client.gate.guarded("read")
    def read():
        raise Boom("the secret is 42")

    with pytest.raises(Boom, match="42"):
        read()
    assert outcomes(gate) == [{"agent": "clerk", "status": "failed", "detail": "Boom"}]
    assert b"42" not in b"".join(asked.body for asked in gate.asked)


def test_an_exception_in_a_guarded_block_is_an_outcome(gate):
    with pytest.raises(KeyboardInterrupt), gate.client.gate.guard("read"):
        raise KeyboardInterrupt
    assert outcomes(gate)[0]["detail"] == "KeyboardInterrupt"


def test_a_block_names_its_result(gate):
    with gate.client.gate.guard("read") as permit:
        permit.set_result({"b": 1.0, "a": None})
    assert outcomes(gate)[0]["result"] == hashlib.sha256(b'{"a":null,"b":1}').hexdigest()


def test_a_guard_is_used_once(gate):
    guard = gate.client.gate.guard("read")
    with guard:
        pass
    with pytest.raises(RuntimeError), guard:
        raise AssertionError("it happened")
    assert len(decided(gate)) == 1


def test_a_guard_inside_a_guard_is_an_action_of_its_own():
    def answer(asked):
        if asked.path == "/v1/gate/decisions" and asked.json["action"] == "inner":
            return reply(decision(asked, effect="BLOCK", allowed=False))
        return honest(asked)

    with Liar(answer) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        with pytest.raises(chancery.Denied), client.gate.guard("outer"):
            with client.gate.guard("middle"):
                pass
            with client.gate.guard("inner"):
                raise AssertionError("it happened")
        assert [asked["action"] for asked in decided(liar)] == ["outer", "middle", "inner"]
        assert [asked["status"] for asked in outcomes(liar)] == ["done", "failed"]
        assert outcomes(liar)[1]["detail"] == "Denied"


def test_a_generator_is_decided_when_it_is_advanced_and_over_when_it_is_exhausted(gate):
    @gate.client.gate.guarded("stream")
    def count(end):
        received = yield 0
        yield from range(received, end)
        return "end"

    stream = count(3)
    assert not gate.asked
    assert next(stream) == 0
    assert steps(gate) == ["decisions", "redeem"]
    assert stream.send(1) == 1
    assert steps(gate) == ["decisions", "redeem"]
    assert list(stream) == [2]
    assert outcomes(gate) == [{"agent": "clerk", "status": "done"}]


def test_a_generator_that_is_closed_or_fails_is_over(gate):
    @gate.client.gate.guarded("stream")
    def count(fails):
        yield 0
        if fails:
            raise Boom
        yield 1

    stream = count(False)
    next(stream)
    stream.close()
    with pytest.raises(Boom):
        list(count(True))
    assert [asked.get("detail") for asked in outcomes(gate)] == ["closed before its end", "Boom"]


def test_a_function_that_returns_a_stream_is_over_when_that_is_exhausted(gate):
    @gate.client.gate.guarded("stream")
    def opened():
        return (number for number in range(2))

    stream = opened()
    assert not outcomes(gate)
    assert list(stream) == [0, 1]
    assert len(outcomes(gate)) == 1


class Opening:
    """As of an asynchronous file: awaited, or entered."""

    def __await__(self):
        return iter(())

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass


class Sized:
    def __iter__(self):
        return self

    def __next__(self):
        raise StopIteration

    def __len__(self):
        return 2

    def __getitem__(self, place):
        return place


class Streaming:
    def __aiter__(self):
        return self

    async def __anext__(self):
        raise StopAsyncIteration


class Asking(Opening, Coroutine):
    """As of an HTTP client: a coroutine that may be entered as well."""

    def send(self, value):
        raise StopIteration

    def throw(self, *error):
        raise error[0]


@pytest.mark.parametrize("make", [Opening, Sized, Streaming, Asking, lambda: os.scandir("/"), lambda: iter([1, 2])])
def test_what_is_more_than_a_stream_or_a_coroutine_is_returned_as_it_is(gate, make):
    value = make()
    assert gate.client.gate.guarded("open")(lambda: value)() is value
    assert [asked["status"] for asked in outcomes(gate)] == ["done"]
    if hasattr(value, "close") and hasattr(value, "__enter__"):
        value.close()


@pytest.mark.parametrize(
    "make",
    [
        lambda numbers: map(int, numbers),
        lambda numbers: filter(None, numbers),
        lambda numbers: itertools.islice(numbers, 1),
        lambda numbers: iter(lambda: next(numbers, None), None),
        lambda numbers: itertools.tee(numbers)[0],
        itertools.chain,
    ],
)
def test_a_lazy_iterator_of_python_is_over_when_it_is_exhausted(gate, make):
    def failing():
        yield 1
        raise Boom

    stream = gate.client.gate.guarded("stream")(lambda: make(iter([1])))()
    assert not outcomes(gate)
    assert list(stream) == [1]
    stream = gate.client.gate.guarded("stream")(lambda: make(failing()))()
    with contextlib.suppress(Boom):
        list(stream)
    assert len(outcomes(gate)) == 2


def soon(gate, *statuses):
    """What came of the calls, when it is told aside."""
    deadline = time.monotonic() + 5
    while len(outcomes(gate)) < len(statuses) and time.monotonic() < deadline:
        time.sleep(0.01)
    return [asked["status"] for asked in outcomes(gate)] == list(statuses)


@pytest.mark.parametrize("error", [None, Boom()])
@pytest.mark.parametrize("closes", [False, True])
def test_a_future_that_is_done_when_it_is_returned_is_over(gate, closes, error):
    """Its loop tells nobody any more."""
    loop = asyncio.new_event_loop()
    future = loop.create_future()
    if error is None:
        future.set_result(7)
    else:
        future.set_exception(error)
    if closes:
        loop.close()
    assert gate.client.gate.guarded("work")(lambda: future)() is future
    [told] = outcomes(gate)
    assert told["status"] == ("failed" if error else "done")
    loop.close()


@pytest.mark.parametrize("make", [concurrent.futures.Future, lambda: asyncio.new_event_loop().create_future()])
def test_a_future_that_is_given_up_has_failed(gate, make):
    future = gate.client.gate.guarded("work", payload=dict)(make)()
    time.sleep(0.05)
    assert not outcomes(gate)
    with contextlib.suppress(AttributeError):
        future.get_loop().close()
    del future
    gc.collect()
    assert soon(gate, "failed")


def test_a_future_that_is_done_when_its_loop_ends_is_done(gate):
    loop = asyncio.new_event_loop()
    future = gate.client.gate.guarded("work")(loop.create_future)()
    future.set_result(7)
    loop.close()
    del future
    gc.collect()
    assert soon(gate, "done")


@pytest.mark.parametrize("connect", [chancery.connect, chancery.connect_async])
def test_coroutines_and_asynchronous_generators_are_guarded_by_either_client(gate, connect):
    client = connect(gate.path, agent="clerk", gate_timeout=2)
    happened = []

    @client.gate.guarded("act")
    async def act(number):
        happened.append(number)
        return number

    @client.gate.guarded("stream")
    async def stream(end):
        for number in range(end):
            yield number

    @client.gate.guarded("fail")
    async def fail():
        raise Boom

    async def run():
        assert await act(7) == 7
        assert [number async for number in stream(3)] == [0, 1, 2]
        opened = stream(3)
        assert await opened.__anext__() == 0
        await opened.aclose()
        with pytest.raises(Boom):
            await fail()

    asyncio.run(run())
    assert happened == [7]
    assert [asked["action"] for asked in decided(gate)] == ["act", "stream", "stream", "fail"]
    assert [(asked["status"], asked.get("detail")) for asked in outcomes(gate)] == [
        ("done", None),
        ("done", None),
        ("done", "closed before its end"),
        ("failed", "Boom"),
    ]


def test_a_task_that_is_cancelled_has_an_outcome(gate):
    client = chancery.connect_async(gate.path, agent="clerk")

    async def run():
        async def work():
            async with client.gate.guard("sleep"):
                began.set()
                await asyncio.sleep(60)

        began = asyncio.Event()
        task = asyncio.create_task(work())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(run())
    assert outcomes(gate) == [{"agent": "clerk", "status": "failed", "detail": "CancelledError"}]


def test_an_asynchronous_gate_does_not_pretend_to_guard_a_plain_function(gate):
    with pytest.raises(TypeError):
        chancery.connect_async(gate.path).gate.guarded("act")(lambda: None)


def test_a_decorated_function_is_of_the_kind_that_it_was(gate):
    import inspect

    guarded = gate.client.gate.guarded("x")

    async def coroutine():
        """Says hello."""

    async def stream():
        yield 1

    def generator():
        yield 1

    assert inspect.iscoroutinefunction(guarded(coroutine))
    assert inspect.isasyncgenfunction(guarded(stream))
    assert inspect.isgeneratorfunction(guarded(generator))
    assert guarded(coroutine).__doc__ == "Says hello."


def test_an_outcome_that_cannot_be_noted_does_not_look_like_a_failure_of_the_action(caplog):
    def answer(asked):
        return problem("store.busy", "503 Service Unavailable") if asked.path.endswith("/outcome") else honest(asked)

    with Liar(answer) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        assert client.gate.guarded("act")(lambda: 5)() == 5
        with client.gate.guard("act") as permit:
            pass
        assert permit.unrecorded.code == "store.busy"
        assert DECISION in caplog.text


def test_events_of_an_action_go_with_its_outcome_in_one_request():
    receipt = {"agent_id": "a", "sequence": 4, "hash": "ab" * 64, "position": 9}

    def answer(asked):
        return reply({"receipts": [receipt]}, "201 Created") if asked.path.endswith("/events") else honest(asked)

    with Liar(answer) as liar:
        with chancery.connect(liar.path, agent="clerk").gate.guard("act") as permit:
            permit.stamp({"event_type": "acted"})
        assert steps(liar) == ["decisions", "redeem", "events"]
        assert liar.asked[2].json == {
            "events": [{"event_type": "acted"}],
            "outcomes": [{"decision": DECISION, "status": "done"}],
        }
        assert permit.receipts == [chancery.Receipt("a", 4, "ab" * 64, 9)]


def test_events_of_an_action_that_cannot_be_stamped_are_an_error():
    with Liar(honest) as liar, pytest.raises(chancery.ChanceryError) as failure:
        with chancery.connect(liar.path, agent="clerk").gate.guard("act") as permit:
            permit.stamp({"event_type": "acted"})
    assert failure.value.code == "api.no_such_route"
    assert permit.unstamped is failure.value


@pytest.mark.parametrize("fails", [False, True])
def test_events_that_the_daemon_refuses_do_not_keep_the_outcome_off_the_record(fails):
    def answer(asked):
        return problem("chain.event_refused", "422 Unprocessable Content") if asked.path.endswith("/events") else honest(asked)

    with Liar(answer) as liar:
        with pytest.raises(ValueError if fails else chancery.ChanceryError):
            with chancery.connect(liar.path, agent="clerk").gate.guard("act") as permit:
                permit.stamp({"event_type": "acted"})
                if fails:
                    raise ValueError
        assert steps(liar) == ["decisions", "redeem", "events", "outcome"]
        assert liar.asked[3].json["status"] == ("failed" if fails else "done")
        assert permit.unrecorded is None
        assert permit.unstamped.code == "chain.event_refused"


def test_an_outcome_that_is_known_already_is_not_missing():
    def answer(asked):
        if asked.path.endswith("/events"):
            return None
        return problem("gate.outcome_known") if asked.path.endswith("/outcome") else honest(asked)

    with Liar(answer) as liar:
        with pytest.raises(chancery.Unreachable), chancery.connect(liar.path, agent="clerk").gate.guard("act") as permit:
            permit.stamp({"event_type": "acted"})
        assert permit.unrecorded is None


def test_what_a_policy_wants_logged_is_logged(caplog):
    owed = ["log", "log_payload", {"name": "log_level", "value": "warning"}]

    def answer(asked):
        return reply(decision(asked, obligations=owed)) if asked.path.endswith("decisions") else honest(asked)

    with Liar(answer) as liar, caplog.at_level(logging.DEBUG, "chancery.gate"):
        with chancery.connect(liar.path).gate.guard("act", {"n": 1}):
            pass
    [line] = caplog.records
    assert line.levelno == logging.WARNING
    assert "act" in line.getMessage()
    assert json.dumps({"n": 1}, separators=(",", ":")) in line.getMessage()


def test_acting_as_another_agent_asks_for_that_one(gate):
    gate.client.acting_as("reader").gate.decide("read")
    gate.client.gate.decide("read")
    assert [asked["agent"] for asked in decided(gate)] == ["reader", "clerk"]
