"""`@audited`: allow, block, approval, exception, streaming, async, and a gate that says nothing or nonsense."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterator

import pytest
from scene import Scene

from chancery import ApprovalRequired, ChanceryError, Denied, Unreachable
from chancery.bridges._audit import Audit
from chancery.bridges.generic import EVENTS, audited


def test_an_allowed_call_happens_and_its_events_name_it_and_hash_what_came_of_it(scene: Scene) -> None:
    @audited(scene.client())
    def search(query: str) -> str:
        return f"found {query}"

    assert search("owls") == "found owls"
    start, end = scene.payloads()[-2:]
    assert (start["event_type"], end["event_type"]) == ("action_start", "action_executed")
    assert start["action"] == "search"
    assert start["decision_id"] == end["decision_id"]
    assert end["result_hash"] == hashlib.sha256(b"found owls").hexdigest()
    assert "owls" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "done"


def test_a_forbidden_call_does_not_happen_and_is_on_record(scene: Scene) -> None:
    ran = []

    @audited(scene.client())
    def erase(path: str) -> None:
        ran.append(path)

    with pytest.raises(Denied) as refusal:
        erase("/")
    assert not ran
    assert refusal.value.code == "gate.blocked"
    assert scene.payloads()[-1]["event_type"] == "action_blocked"
    assert "action_start" not in [one["event_type"] for one in scene.payloads() if one.get("action") == "erase"]


def test_the_policy_sees_the_arguments_by_name_whatever_way_they_were_given(scene: Scene) -> None:
    ran = []

    @audited(scene.client(), "search")
    def run(first: str, *, command: str = "ls") -> None:
        ran.append(command)

    run("a")
    with pytest.raises(Denied):
        run("a", command="rm -rf /")
    with pytest.raises(Denied):
        run("rm -rf /")
    assert ran == ["ls"]


def test_what_needs_a_person_waits_for_one_and_does_not_happen_without(scene: Scene) -> None:
    paid = []

    def pay(amount: int) -> None:
        paid.append(amount)

    with pytest.raises(ApprovalRequired) as question:
        audited(scene.client())(pay)(3)
    assert question.value.decision_id
    assert not paid
    with scene.approving():
        audited(scene.client(), wait=20)(pay)(4)
    assert paid == [4]


def test_an_exception_goes_through_and_its_kind_alone_is_on_record(scene: Scene) -> None:
    @audited(scene.client())
    def search() -> None:
        raise ValueError("the password is hunter2")

    with pytest.raises(ValueError, match="hunter2"):
        search()
    assert scene.payloads()[-1]["event_type"] == "action_error"
    assert scene.payloads()[-1]["error"] == "ValueError"
    assert "hunter2" not in str(scene.payloads())
    assert scene.outcomes()[-1] == "failed"


def test_a_stream_is_decided_before_its_first_part_and_over_after_its_last(scene: Scene) -> None:
    @audited(scene.client())
    def search(count: int) -> Iterator[int]:
        yield from range(count)

    before = len(scene.payloads())
    parts = search(3)
    assert len(scene.payloads()) == before
    assert next(parts) == 0
    assert scene.types()[before:] == ["action_start"]
    assert list(parts) == [1, 2]
    assert scene.types()[before:] == ["action_start", "action_executed"]
    assert scene.payloads()[-1]["parts"] == 3
    closed = search(3)
    next(closed)
    closed.close()
    assert (scene.payloads()[-1]["parts"], scene.payloads()[-1]["closed"]) == (1, True)


def test_asynchronous_functions_and_streams_are_gated_without_holding_the_loop(scene: Scene) -> None:
    ran = []

    @audited(scene.client())
    async def search(query: str) -> str:
        return query

    @audited(scene.client(), "search")
    async def stream(count: int) -> AsyncIterator[int]:
        for part in range(count):
            yield part

    @audited(scene.client())
    async def erase() -> None:
        ran.append(1)

    async def main() -> None:
        assert await asyncio.gather(*(search(str(number)) for number in range(8))) == [str(n) for n in range(8)]
        assert [part async for part in stream(2)] == [0, 1]
        with pytest.raises(Denied):
            await erase()

    asyncio.run(main())
    assert not ran
    assert scene.payloads()[-1]["event_type"] == "action_blocked"


def test_a_cancelled_call_is_noted_as_failed(scene: Scene) -> None:
    async def main() -> None:
        began = asyncio.Event()

        @audited(scene.client())
        async def search() -> None:
            began.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(search())
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert scene.payloads()[-1]["error"] == "CancelledError"
    assert scene.outcomes()[-1] == "failed"


def test_a_call_that_is_cancelled_while_it_is_decided_does_not_happen_and_uses_its_permission_up(scene: Scene) -> None:
    ran = []

    @audited(scene.client())
    async def search() -> None:
        ran.append(1)

    async def main() -> None:
        task = asyncio.create_task(search())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert not ran
    deadline = time.monotonic() + 20
    while scene.types()[-1:] != ["action_error"] and time.monotonic() < deadline:
        time.sleep(0.1)
    assert scene.types() == ["action_start", "action_error"]


def test_arguments_that_nobody_can_read_are_refused_before_anything_happens(scene: Scene) -> None:
    ran = []

    @audited(scene.client())
    def search(thing: object) -> None:
        ran.append(thing)

    with pytest.raises(ChanceryError, match="not_portable"):
        search(object())
    assert not ran


def test_an_action_whose_end_cannot_be_noted_is_done_once_and_what_is_missing_is_kept(scene: Scene) -> None:
    client = scene.client().acting_as("worker")
    audit = Audit(client, "python")
    ran = []

    def gone(*_: object) -> None:
        raise Unreachable("client.unreachable", "the daemon went away")

    with audit.step(EVENTS, "search", {"query": "owls"}, action="search") as step:
        ran.append(1)
        client.run = gone  # type: ignore[assignment,method-assign]
        step.finish("found")
    assert ran == [1]
    assert [error.code for error in audit.unrecorded] == ["client.unreachable"]
    assert scene.types() == ["action_start"]
