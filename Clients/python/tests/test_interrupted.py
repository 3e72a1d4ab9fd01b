"""Who asks the gate, or says what came of an action, and is interrupted: a permission that was used has an outcome."""

import asyncio
import concurrent.futures
import contextlib
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from liar import Liar, decision, honest, reply

import chancery
from chancery import _aio_transport

# Where a permission is used: by being given, or by itself.
MOMENTS = ["decisions", "redeem"]


class Gate:
    """An honest gate that answers the request which uses the permission when it is told to."""

    def __init__(self, moment):
        self.moment = moment
        self.asked, self.may_answer = threading.Event(), threading.Event()
        self.meanwhile = lambda: None
        self.liar = Liar(self.answer)

    def answer(self, asked):
        if asked.path.endswith(self.moment):
            self.asked.set()
            self.meanwhile()
            self.may_answer.wait(10)
        if asked.path == "/v1/gate/decisions" and self.moment == "decisions":
            return reply(decision(asked, redeemed=True))
        return honest(asked)

    def outcomes(self):
        return [asked.json for asked in self.liar.asked if asked.path.endswith("/outcome")]

    def came_to_nothing(self):
        return awaited_for(self.outcomes) and self.outcomes()[0]["status"] == "failed" and len(self.outcomes()) == 1


def awaited_for(holds):
    deadline = time.monotonic() + 10
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.01)
    return holds()


@pytest.fixture(params=MOMENTS)
def gate(request):
    gate = Gate(request.param)
    with gate.liar:
        yield gate
        gate.may_answer.set()


def interrupting():
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)


@pytest.mark.parametrize("way", ["guard", "guarded"])
def test_an_answer_that_comes_after_an_interruption_has_an_outcome(gate, way):
    ran = []
    gate.meanwhile = interrupting
    with pytest.raises(KeyboardInterrupt), chancery.connect(gate.liar.path, agent="clerk") as client:
        if way == "guarded":
            client.gate.guarded("work")(lambda: ran.append(1))()
        else:
            with client.gate.guard("work"):
                ran.append(1)
    # The client is closed by now.
    gate.may_answer.set()
    assert gate.came_to_nothing()
    assert gate.outcomes()[0]["detail"] == "interrupted before the action began"
    assert not ran


def test_an_answer_that_was_read_before_an_interruption_has_an_outcome(gate, monkeypatch):
    """As when a signal comes while the answer is parsed."""
    gate.may_answer.set()
    client = chancery.connect(gate.liar.path, agent="clerk")
    received = chancery._http.Exchange.receive
    hit = []

    def interrupted(exchange, data):
        found = received(exchange, data)
        if gate.asked.is_set() and not hit:
            hit.append(1)
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(chancery._http.Exchange, "receive", interrupted)
    with pytest.raises(KeyboardInterrupt), client.gate.guard("work"):
        pytest.fail("it happened")
    assert gate.came_to_nothing()


def test_an_interruption_before_anything_is_used_has_no_outcome():
    def answer(asked):
        if not liar.asked[1:]:
            interrupting()
            time.sleep(0.05)
        return honest(asked)

    with Liar(answer) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        with pytest.raises(KeyboardInterrupt), client.gate.guard("work"):
            pytest.fail("it happened")
        time.sleep(0.2)
        assert liar.paths() == ["/v1/gate/decisions"]
        # A connection whose answer somebody else reads is not used again.
        assert client.gate.decide("work").is_allowed
        assert liar.connections == 2


async def waiting(gate):
    while not gate.asked.is_set():
        await asyncio.sleep(0.005)


# A connection that a thread can read on, and one that only its loop can, as with TLS.
LINES = ["own", "loop"]


@pytest.mark.parametrize("line", LINES)
def test_a_task_that_is_cancelled_while_the_gate_is_asked_leaves_an_outcome(gate, line, monkeypatch):
    if line == "loop":
        monkeypatch.setattr(_aio_transport, "_own_socket", lambda line: None)

    async def main():
        async with chancery.connect_async(gate.liar.path, agent="clerk") as client:

            async def work():
                async with client.gate.guard("work"):
                    pytest.fail("it happened")

            task = asyncio.create_task(work())
            await waiting(gate)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        gate.may_answer.set()
        await asyncio.sleep(0.1)

    asyncio.run(main())
    assert gate.came_to_nothing()


def test_a_loop_that_ends_while_the_gate_is_asked_leaves_an_outcome(gate):
    async def main():
        client = chancery.connect_async(gate.liar.path, agent="clerk")
        task = asyncio.create_task(client.gate.guarded("work")(asyncio.sleep)(0))
        await waiting(gate)
        return task

    assert asyncio.run(main()).cancelled()
    gate.may_answer.set()
    assert gate.came_to_nothing()


async def closed(pending, holds):
    """Goes on with a coroutine until something holds, and closes it, whatever it waits for."""
    while not holds():
        future = pending.send(None)
        if future is not None:
            future._asyncio_future_blocking = False
        while not holds() and not (future is None or future.done()):
            await asyncio.sleep(0.005)
        await asyncio.sleep(0)
    pending.close()


@pytest.mark.parametrize("connect", [chancery.connect, chancery.connect_async])
def test_a_coroutine_that_is_closed_while_the_gate_is_asked_leaves_an_outcome(gate, connect):
    client = connect(gate.liar.path, agent="clerk")

    @client.gate.guarded("work")
    async def work():
        pytest.fail("it happened")

    async def main():
        await closed(work(), gate.asked.is_set)
        gate.may_answer.set()
        await asyncio.sleep(0.05)

    asyncio.run(main())
    assert gate.came_to_nothing()


def test_a_guarded_block_whose_coroutine_is_closed_has_failed():
    class Forever:
        def __await__(self):
            while True:
                yield

    began = []

    async def work(client):
        async with client.gate.guard("work"):
            began.append(1)
            await Forever()

    async def main():
        await closed(work(chancery.connect_async(gate.liar.path, agent="clerk")), lambda: began)

    gate = Gate("decisions")
    gate.may_answer.set()
    with gate.liar:
        asyncio.run(main())
        assert gate.came_to_nothing()
        assert gate.outcomes()[0]["detail"] == "GeneratorExit"


@pytest.mark.parametrize("way", ["guard", "guarded"])
def test_a_loop_that_ends_while_an_outcome_is_on_its_way_leaves_it(way):
    """Over a new connection, which is not open yet."""

    async def main():
        client = chancery.connect_async(gate.liar.path, agent="clerk")
        over = asyncio.Event()

        @client.gate.guarded("work")
        async def guarded():
            over.set()

        async def guarding():
            async with client.gate.guard("work"):
                over.set()

        task = asyncio.create_task(guarded() if way == "guarded" else guarding())
        await over.wait()
        return task

    gate = Gate("decisions")
    gate.may_answer.set()
    gate.liar.closes = True
    with gate.liar:
        assert asyncio.run(main()).cancelled()
        assert awaited_for(gate.outcomes)
        assert {one["status"] for one in gate.outcomes()} == {"done"}


def test_a_loop_that_ends_while_its_threads_are_taken_leaves_the_outcome():
    async def main():
        asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
        over = asyncio.Event()

        @client.gate.guarded("work")
        async def work():
            asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.3)
            over.set()

        task = asyncio.create_task(work())
        await over.wait()
        for _ in range(3):
            await asyncio.sleep(0)
        return task

    with Liar(honest) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        asyncio.run(main())
        assert awaited_for(lambda: liar.paths()[-1].endswith("/outcome"))
        assert liar.asked[-1].json["status"] == "done"


def test_a_call_that_is_cancelled_before_a_thread_is_free_is_not_asked_about():
    async def main():
        asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(1))
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.2)
        task = asyncio.create_task(client.gate.guarded("work")(asyncio.sleep)(0))
        await asyncio.sleep(0.02)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    with Liar(honest) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        asyncio.run(main())
        time.sleep(0.1)
        assert not liar.asked


AT_THE_END = """
import sys
import chancery

gate = chancery.connect(sys.argv[1], agent="clerk").gate
async def work(): ...
kept = [gate.guarded("s")(lambda: (n for n in range(2)))(), gate.guarded("s")(lambda: work())()]
"""


def test_what_a_process_never_began_has_failed_when_it_ends():
    with Liar(honest) as liar:
        source = Path(chancery.__file__).parents[1]
        command = [sys.executable, "-c", f"import sys; sys.path[:0] = {[str(source), *sys.path]!r}\n{AT_THE_END}", liar.path]
        done = subprocess.run(command, timeout=20, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr.decode()
        assert [asked.json["status"] for asked in liar.asked if asked.path.endswith("/outcome")] == ["failed", "failed"]
