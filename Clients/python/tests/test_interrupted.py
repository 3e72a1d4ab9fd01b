"""Who asks the gate, or says what came of an action, and is interrupted: a permission that was used has an outcome."""

import asyncio
import concurrent.futures
import contextlib
import datetime
import gc
import ipaddress
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest
from liar import DECISION, Liar, decision, honest, problem, reply

import chancery
from chancery import _aio_transport
from chancery._place import Place

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


def test_an_alarm_that_raises_is_an_interruption_and_no_time_that_is_over(gate):
    def ringing(*_):
        raise TimeoutError("the alarm of somebody else")

    before = signal.signal(signal.SIGALRM, ringing)
    gate.meanwhile = lambda: signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        with pytest.raises(TimeoutError, match="somebody else"):
            with chancery.connect(gate.liar.path, agent="clerk").gate.guard("work"):
                pytest.fail("it happened")
    finally:
        signal.signal(signal.SIGALRM, before)
    gate.may_answer.set()
    assert gate.came_to_nothing()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory):
    """TLS of a server on this machine, and of who trusts it."""
    x509 = pytest.importorskip("cryptography.x509")
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.timezone.utc)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now - datetime.timedelta(1), now + datetime.timedelta(1))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = made.add_extension(names, False).sign(key, hashes.SHA256())
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + signed.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=path)


def placed(connect, place):
    """A client without a key at an address that needs one."""
    client = connect("/nowhere", agent="clerk", gate_timeout=5)
    client.place = client._transport.place = place
    return client


def test_an_interruption_on_the_way_out_of_tls_loses_nothing_of_the_answer(contexts):
    """As when a signal comes while the standard library hands on what it decrypted."""

    def answer(asked):
        return reply(decision(asked, redeemed=True)) if asked.path == "/v1/gate/decisions" else honest(asked)

    def outcomes():
        return [asked for asked in liar.asked if asked.path.endswith("/outcome")]

    def following(frame, event, value):
        if not frame.f_code.co_filename.endswith("ssl.py") or frame.f_code.co_name not in ("recv", "read"):
            return None
        if event == "return" and value:
            sys.settrace(None)
            raise KeyboardInterrupt
        return following

    with Liar(answer, tls=contexts[0]) as liar:
        client = placed(chancery.connect, Place(host="127.0.0.1", port=liar.port, tls=contexts[1]))
        sys.settrace(following)
        try:
            with contextlib.suppress(KeyboardInterrupt), client.gate.guard("work"):
                pass
        finally:
            sys.settrace(None)
        assert awaited_for(outcomes)


@pytest.mark.parametrize("ends", [False, True])
def test_an_answer_that_is_cut_off_in_tls_is_refused(contexts, ends):
    def answer(asked):
        return None if ends else reply(decision(asked))[:-10]

    with Liar(answer, closes=True, tls=contexts[0]) as liar:
        client = placed(chancery.connect, Place(host="127.0.0.1", port=liar.port, tls=contexts[1]))
        with pytest.raises(chancery.Unreachable if ends else chancery.Malformed):
            client.gate.decide("work")


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


@pytest.mark.parametrize("begins", [False, True])
def test_a_coroutine_that_is_closed_before_it_is_connected_asks_nothing(begins, monkeypatch):
    opened = _aio_transport.AsyncTransport._open

    async def main():
        opening, may_open = asyncio.Event(), asyncio.Event()

        async def opened_late(transport):
            opening.set()
            await may_open.wait()
            return await opened(transport)

        monkeypatch.setattr(_aio_transport.AsyncTransport, "_open", opened_late)
        pending = chancery.connect_async(liar.path, agent="clerk").gate.guarded("work")(asyncio.sleep)(0)
        if begins:
            await closed(pending, opening.is_set)
        else:
            pending.send(None)
            pending.close()
        may_open.set()
        await asyncio.sleep(0.1)

    with Liar(honest) as liar:
        asyncio.run(main())
        assert not liar.asked


def test_a_coroutine_that_is_closed_without_its_loop_leaves_no_connection(gate, monkeypatch):
    """Where only the loop could read on, as with TLS."""
    monkeypatch.setattr(_aio_transport, "_own_socket", lambda line: None)
    loop = asyncio.new_event_loop()
    kept = []

    async def main():
        pending = chancery.connect_async(gate.liar.path, agent="clerk").gate.guarded("work")(asyncio.sleep)(0)
        kept.append(pending)
        while not gate.asked.is_set():
            if (future := pending.send(None)) is not None:
                future._asyncio_future_blocking = False
            while not (gate.asked.is_set() or future is None or future.done()):
                await asyncio.sleep(0.005)
            await asyncio.sleep(0)

    loop.run_until_complete(main())
    with warnings.catch_warnings(record=True) as found:
        warnings.simplefilter("always")
        kept.pop().close()
        gc.collect()
    assert not [one for one in found if "never awaited" in str(one.message)]
    assert gate.liar._open[-1].recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
    loop.run_until_complete(asyncio.sleep(0.01))
    loop.close()


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


@pytest.mark.parametrize("stamps", [False, True])
def test_an_outcome_that_is_sent_again_and_known_is_on_record(stamps, caplog):
    asked, permits, told = threading.Event(), [], []

    def answer(request):
        if not request.path.endswith(("/outcome", "/events")):
            return reply(decision(request, redeemed=True))
        told.append(request)
        asked.set()
        if len(told) > 1:
            return problem("gate.outcome_known")
        time.sleep(0.3)
        return honest(request)

    async def main():
        async def work():
            async with chancery.connect_async(liar.path, agent="clerk").gate.guard("work") as permit:
                permits.append(permit)
                if stamps:
                    permit.stamp({"event_type": "worked"})

        task = asyncio.create_task(work())
        while not asked.is_set():
            await asyncio.sleep(0.005)
        return task

    with Liar(answer) as liar:
        assert asyncio.run(main()).cancelled()
        assert awaited_for(lambda: len(told) == 2)
        time.sleep(0.1)
    assert permits[0].unrecorded is None
    assert permits[0].unstamped is None
    assert "not on record" not in caplog.text


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
import asyncio, concurrent.futures

gate = chancery.connect(sys.argv[1], agent="clerk").gate
async def work(): ...
future = lambda: asyncio.new_event_loop().create_future()
begun = [lambda: (n for n in range(2)), lambda: work(), future, concurrent.futures.Future]
kept = [gate.guarded("s", payload=lambda: {})(one)() for one in begun]
"""
AFTER_ITS_LOOP = """
import asyncio
from chancery._place import Place

client = chancery.connect_async("/nowhere", agent="clerk")
client.place = client._transport.place = Place(host="localhost", port=int(sys.argv[1]))

async def main():
    task = asyncio.create_task(client.gate.guarded("work")(asyncio.sleep)(0))
    await asyncio.sleep(0.2)

asyncio.run(main())
"""


def require_end(program, where):
    source = Path(chancery.__file__).parents[1]
    opening = f"import sys; sys.path[:0] = {[str(source), *sys.path]!r}\nimport chancery\n"
    command = [sys.executable, "-c", opening + program, str(where)]
    done = subprocess.run(command, timeout=20, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()


def test_what_a_process_never_began_has_failed_when_it_ends():
    with Liar(honest) as liar:
        require_end(AT_THE_END, liar.path)
        assert [asked.json["status"] for asked in liar.asked if asked.path.endswith("/outcome")] == ["failed"] * 4


def test_a_process_that_ends_after_its_loop_leaves_an_outcome():
    """Over an address by its name, which a loop looks up in threads that do not begin any more."""

    def answer(asked):
        if asked.path == "/v1/gate/decisions":
            time.sleep(1)
            return reply(decision(asked, redeemed=True))
        return honest(asked)

    with Liar(answer, tls=False) as liar:
        require_end(AFTER_ITS_LOOP, liar.port)
        assert [asked.path for asked in liar.asked][1:] == [f"/v1/gate/decisions/{DECISION}/outcome"]
