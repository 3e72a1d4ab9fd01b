"""Connections: kept, shared by threads, left to the parent after a fork, and asked twice only where that is harmless."""

import asyncio
import os
import threading
import time

import pytest
from liar import Hang, Liar, honest, reply

import chancery

AGENT = {"agent": {"name": "clerk", "did": "did:pqaid:1", "agent_id": "a", "role": "r", "status": "active"}}


def knowing(asked):
    return reply(AGENT) if asked.method == "GET" else honest(asked)


def test_a_connection_is_used_again():
    with Liar(knowing) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        for _ in range(5):
            client.whoami()
        assert (liar.connections, len(liar.asked)) == (1, 5)


def test_threads_get_their_own_answers():
    def answer(asked):
        time.sleep(0.002)
        name = asked.path.rpartition("/")[2]
        return reply({"agent": {**AGENT["agent"], "name": name}})

    with Liar(answer) as liar:
        client = chancery.connect(liar.path)
        wrong = []

        def ask(name):
            for _ in range(20):
                if client.acting_as(name).whoami().name != name:
                    wrong.append(name)

        threads = [threading.Thread(target=ask, args=(f"agent-{number}",)) for number in range(12)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        assert not wrong
        assert len(liar.asked) == 240


def test_tasks_get_their_own_answers():
    def answer(asked):
        return reply({"agent": {**AGENT["agent"], "name": asked.path.rpartition("/")[2]}})

    async def run(path):
        client = chancery.connect_async(path)

        async def ask(number):
            for _ in range(20):
                assert (await client.acting_as(f"agent-{number}").whoami()).name == f"agent-{number}"

        await asyncio.gather(*map(ask, range(12)))

    with Liar(answer) as liar:
        asyncio.run(run(liar.path))
        assert len(liar.asked) == 240


def test_a_client_outlives_its_event_loop():
    with Liar(knowing) as liar:
        client = chancery.connect_async(liar.path, agent="clerk")
        for _ in range(3):
            assert asyncio.run(client.whoami()).name == "clerk"


def test_a_child_process_has_connections_of_its_own():
    with Liar(knowing) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        client.whoami()
        # A lock that another thread holds while the process forks is never given back in the child.
        client._transport._lock.acquire()
        child = os.fork()
        if child == 0:
            os._exit(0 if client.whoami().name == "clerk" else 1)
        client._transport._lock.release()
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        client.whoami()
        assert liar.connections == 2


@pytest.mark.parametrize("is_async", [False, True])
def test_what_may_be_asked_twice_is_asked_again_on_a_connection_that_ended(is_async):
    lost = []

    def answer(asked):
        if len(liar.asked) == 2:
            lost.append(asked.path)
            return None
        return knowing(asked)

    with Liar(answer) as liar:
        ask(liar.path, is_async, lambda client: [client.whoami] * 2)
        assert len(lost) == 1
        assert len(liar.asked) == 3


@pytest.mark.parametrize("is_async", [False, True])
def test_what_changes_something_is_never_asked_twice(is_async):
    def answer(asked):
        return None if asked.method == "POST" else knowing(asked)

    with Liar(answer) as liar:
        with pytest.raises(chancery.Unreachable) as failure:
            ask(liar.path, is_async, lambda client: [client.whoami, lambda: client.stamp({"event_type": "x"})])
        assert failure.value.reached
        assert [asked.method for asked in liar.asked] == ["GET", "POST"]


def ask(path, is_async, calls):
    if not is_async:
        for call in calls(chancery.connect(path, agent="clerk")):
            call()
        return

    async def run():
        for call in calls(chancery.connect_async(path, agent="clerk")):
            await call()

    asyncio.run(run())


def test_a_connection_that_the_daemon_closed_meanwhile_is_not_used():
    with Liar(knowing, closes=True) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        client.whoami()
        time.sleep(0.05)
        assert client.gate.decide("act").is_allowed
        assert (liar.connections, len(liar.asked)) == (2, 2)


def test_what_was_said_without_being_asked_is_not_taken_for_an_answer():
    """An answer that arrives after its time belongs to nobody."""
    forged = reply({"decision": "ab" * 64, "redeemed": True})

    def answer(asked):
        if asked.method == "GET":
            threading.Timer(0.05, lambda: liar._open[0].sendall(forged)).start()
            return reply(AGENT)
        return honest(asked)

    with Liar(answer) as liar:
        client = chancery.connect(liar.path, agent="clerk")
        client.whoami()
        time.sleep(0.2)
        with client.gate.guard("act"):
            pass
        assert liar.connections == 2


def test_the_gate_has_five_seconds_unless_said_otherwise():
    with Liar(lambda asked: Hang(60)) as liar:
        assert chancery.connect(liar.path).gate_timeout == 5
        began = time.monotonic()
        with pytest.raises(chancery.Unreachable) as failure:
            chancery.connect(liar.path, gate_timeout=0.3).gate.decide("act")
        assert failure.value.code == "client.timeout"
        assert 0.2 < time.monotonic() - began < 2


def test_a_closed_client_asks_nothing():
    with Liar(knowing) as liar:
        with chancery.connect(liar.path, agent="clerk") as client:
            client.whoami()
        with pytest.raises(chancery.ChanceryError) as failure:
            client.whoami()
        assert failure.value.code == "client.closed"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({}, "client.no_address"),
        ({"socket": "/x", "url": "http://127.0.0.1:1"}, "client.no_address"),
        ({"url": "http://example.org:8420"}, "client.plain_http_refused"),
        ({"url": "http://127.0.0.1.example.org"}, "client.plain_http_refused"),
        ({"url": "ftp://127.0.0.1"}, "client.no_address"),
        ({"url": "http://user:word@127.0.0.1"}, "client.no_address"),
        ({"url": "http://127.0.0.1/v1"}, "client.no_address"),
        ({"url": "http://127.0.0.1:99999"}, "client.no_address"),
        ({"url": "http://127.0.0.1:8420"}, "client.no_key"),
        ({"url": "http://127.0.0.1:8420", "key": "/nowhere"}, "client.no_key"),
    ],
)
def test_an_address_that_is_none_is_refused_at_once(arguments, code):
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.connect(**arguments)
    assert failure.value.code == code


def test_the_environment_says_where_and_for_whom(monkeypatch):
    with Liar(knowing) as liar:
        monkeypatch.setenv("CHANCERY_SOCKET", liar.path)
        monkeypatch.setenv("CHANCERY_AGENT", "reader")
        chancery.connect().whoami()
        assert liar.paths() == ["/v1/agents/reader"]


def test_a_name_stays_one_segment_of_the_path():
    with Liar(knowing) as liar:
        chancery.connect(liar.path, agent="a/../b?c#d %").whoami()
        assert liar.paths() == ["/v1/agents/a%2F..%2Fb%3Fc%23d%20%25"]
        for agent in ("..", "."):
            with pytest.raises(chancery.ChanceryError):
                chancery.connect(liar.path, agent=agent).whoami()
