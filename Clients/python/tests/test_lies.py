"""Whatever answers in the daemon's place: when it is not wholly understood, the action does not happen."""

import asyncio
import json
import os
import time

import pytest
from liar import DECISION, Drip, Hang, Liar, decision, honest, problem, reply

import chancery

ACTION, PAYLOAD = "send_mail", {"to": "ada@example.org", "n": 1.5}


def deciding(lie):
    """Lies about the decision, and is honest otherwise."""
    return lambda asked: lie(asked) if asked.path == "/v1/gate/decisions" else honest(asked)


def redeeming(lie):
    return lambda asked: lie(asked) if asked.path.endswith("/redeem") else honest(asked)


def changed(**changes):
    return deciding(lambda asked: reply(decision(asked, **changes)))


def text(asked, **changes):
    return json.dumps(decision(asked, **changes))


def cut(asked):
    whole = reply(decision(asked))
    return whole[:-10]


LIES = {
    "closes without a word": deciding(lambda asked: None),
    "is silent": deciding(lambda asked: Hang(30)),
    "drips": deciding(lambda asked: Drip(reply(decision(asked)), 0.05)),
    "is cut off in its body": deciding(cut),
    "is cut off in its head": deciding(lambda asked: b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "says nothing that is HTTP": deciding(lambda asked: b"ALLOW\r\n\r\n"),
    "has another type": deciding(lambda asked: reply(decision(asked), media="text/plain")),
    "has no type": deciding(lambda asked: reply(decision(asked)).replace(b"Content-Type: application/json\r\n", b"")),
    "has two types": deciding(
        lambda asked: reply(decision(asked), media="text/html", headers="Content-Type: application/json\r\n")
    ),
    "does not say where it ends": deciding(
        lambda asked: b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + text(asked).encode()
    ),
    "answers what was not asked yet": deciding(
        lambda asked: reply(decision(asked)) + reply({"decision": DECISION, "redeemed": True})
    ),
    "is too long": deciding(lambda asked: reply(b" " * (2 << 20) + text(asked).encode())),
    "is no JSON": deciding(lambda asked: reply(b"ALLOW")),
    "is another value": deciding(lambda asked: reply([decision(asked)])),
    "is not UTF-8": deciding(lambda asked: reply(text(asked, reason="X").encode().replace(b"X", b"\xff"))),
    "says effect twice": deciding(lambda asked: reply(text(asked).replace("{", '{"effect":"BLOCK",', 1).encode())),
    "says NaN": deciding(lambda asked: reply(text(asked).replace("{", '{"x":NaN,', 1).encode())),
    "nests without end": deciding(lambda asked: reply(b'{"x":' + b"[" * 100_000)),
    "holds half a surrogate": deciding(lambda asked: reply(text(asked, reason="X").replace("X", "\\ud800").encode())),
    "has an effect that nobody knows": changed(effect="ALLOW_MOSTLY"),
    "neither allows nor blocks": changed(effect="ALLOW_MOSTLY", allowed=False),
    "has an effect in lower case": changed(effect="allow"),
    "has no effect": changed(effect=None),
    "allows and does not": changed(effect="ALLOW", allowed=False),
    "blocks and allows": changed(effect="BLOCK", allowed=True),
    "allows by a text": changed(allowed="true"),
    "is about another action": changed(action_hash="00" * 32),
    "names no action": changed(action_hash=None),
    "has a short id": changed(decision="ab"),
    "has an id that is a path": changed(decision="../" + "a" * 125),
    "has no id": changed(decision=None),
    "owes what nobody knows": changed(obligations=["shred"]),
    "owes a value too many": changed(obligations=[{"name": "log", "value": "x"}]),
    "owes a value too few": changed(obligations=["notify"]),
    "owes a number": changed(obligations=[7]),
    "owes no list": changed(obligations={}),
    "uses what it does not allow": changed(effect="BLOCK", allowed=False, redeemed=True),
    "uses what a person is asked about": changed(effect="REQUIRE_HUMAN", allowed=False, redeemed=True),
    "uses by a text": changed(redeemed="true"),
    "redirects": deciding(lambda asked: reply({}, "307 Temporary Redirect", headers="Location: http://127.0.0.1:1/\r\n")),
    "creates": deciding(lambda asked: reply(decision(asked), "201 Created")),
    "has no content": deciding(lambda asked: b"HTTP/1.1 204 No Content\r\n\r\n"),
    "fails without a reason": deciding(lambda asked: reply(b"<h1>oops</h1>", "500 Internal Server Error", "text/html")),
    "refuses": deciding(lambda asked: problem("store.busy", "503 Service Unavailable")),
    "refuses without a code": deciding(lambda asked: reply({}, "503 Service Unavailable", "application/problem+json")),
    "switches protocols": deciding(lambda asked: b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
    "promises for ever": deciding(lambda asked: b"HTTP/1.1 100 Continue\r\n\r\n" * 50 + reply(decision(asked))),
    "redeems another decision": redeeming(lambda asked: reply({"decision": "cd" * 64, "redeemed": True})),
    "does not redeem": redeeming(lambda asked: reply({"decision": DECISION, "redeemed": False})),
    "redeems by a text": redeeming(lambda asked: reply({"decision": DECISION, "redeemed": "yes"})),
    "says nothing of the redemption": redeeming(lambda asked: reply({})),
    "closes at the redemption": redeeming(lambda asked: None),
    "is silent at the redemption": redeeming(lambda asked: Hang(30)),
    "refuses the redemption": redeeming(lambda asked: problem("gate.already_redeemed")),
    "uses what it was asked for later": redeeming(
        lambda asked: reply({"decision": DECISION, "redeemed": True}, "202 Accepted")
    ),
    "uses what it creates": deciding(lambda asked: reply(decision(asked, redeemed=True), "201 Created")),
    "uses what is of another type": deciding(lambda asked: reply(decision(asked, redeemed=True), media="text/plain")),
    "uses what it redeems by another type": redeeming(
        lambda asked: reply({"decision": DECISION, "redeemed": True}, media="text/plain")
    ),
}


def connected(liar):
    return chancery.connect(liar.path, agent="clerk", gate_timeout=0.5)


@pytest.mark.parametrize("name", LIES)
def test_the_action_does_not_happen_when_the_gate(name):
    happened = []
    with Liar(LIES[name], closes="cut off" in name or "where it ends" in name) as liar:
        client = connected(liar)
        began = time.monotonic()
        with pytest.raises(chancery.ChanceryError), client.gate.guard(ACTION, PAYLOAD):
            happened.append(1)
        guarded = client.gate.guarded(ACTION)(happened.append)
        with pytest.raises(chancery.ChanceryError):
            guarded(1)
        assert time.monotonic() - began < 4, "no answer takes longer than its time"
        assert not happened
        told = {asked.json["status"] for asked in liar.asked if asked.path.endswith("/outcome")}
        came = {"failed"} if name.startswith("uses what") else set()
        assert told == came, "nothing happened, so nothing came of it, unless the gate says that a permission was used"


@pytest.mark.parametrize("name", LIES)
def test_no_task_acts_when_the_gate(name):
    happened = []

    async def attempt(path):
        client = chancery.connect_async(path, agent="clerk", gate_timeout=0.5)

        @client.gate.guarded(ACTION)
        async def act(number):
            happened.append(number)

        with pytest.raises(chancery.ChanceryError):
            await act(1)
        with pytest.raises(chancery.ChanceryError):
            async with client.gate.guard(ACTION, PAYLOAD):
                happened.append(1)
        told = {asked.json["status"] for asked in liar.asked if asked.path.endswith("/outcome")}
        assert told == ({"failed"} if name.startswith("uses what") else set())
        await client.close()

    with Liar(LIES[name], closes="cut off" in name or "where it ends" in name) as liar:
        asyncio.run(attempt(liar.path))
        assert not happened


def test_the_honest_gate_lets_the_action_happen():
    """The lies above are refused for what is false in them."""
    with Liar(honest) as liar:
        with connected(liar).gate.guard(ACTION, PAYLOAD) as permit:
            assert permit.decision.outcome == "ALLOW"
        assert [path.rpartition("/")[2] for path in liar.paths()] == ["decisions", "redeem", "outcome"]
        assert liar.asked[2].json == {"agent": "clerk", "status": "done"}


def test_a_permission_that_is_used_at_once_takes_one_request():
    def answer(asked):
        return (
            reply(decision(asked, redeemed=asked.json.get("redeem", False)))
            if asked.path.endswith("decisions")
            else honest(asked)
        )

    with Liar(answer) as liar:
        with connected(liar).gate.guard(ACTION, PAYLOAD):
            pass
        assert [path.rpartition("/")[2] for path in liar.paths()] == ["decisions", "outcome"]


def test_a_decision_alone_uses_nothing():
    with Liar(changed(redeemed=True)) as liar:
        with pytest.raises(chancery.Malformed):
            connected(liar).gate.decide(ACTION, PAYLOAD)
        assert "redeem" not in liar.asked[0].json


def test_nobody_there_is_unreachable(tmp_path):
    client = chancery.connect(tmp_path / "nothing", agent="clerk")
    with pytest.raises(chancery.Unreachable) as failure, client.gate.guard(ACTION):
        raise AssertionError("it happened")
    assert failure.value.code == "client.unreachable"
    assert not failure.value.reached


def test_a_lost_answer_says_that_the_request_may_have_arrived():
    with Liar(lambda asked: None) as liar, pytest.raises(chancery.Unreachable) as failure:
        connected(liar).gate.decide(ACTION)
    assert failure.value.reached


def test_a_blocked_action_says_why():
    with Liar(changed(effect="BLOCK", allowed=False, reason="no", rule="destroying")) as liar:
        with pytest.raises(chancery.Denied) as failure, connected(liar).gate.guard(ACTION):
            raise AssertionError("it happened")
        assert failure.value.code == "gate.blocked"
        assert failure.value.reasons == ("no",)
        assert not isinstance(failure.value, chancery.ApprovalRequired)
        assert liar.paths() == ["/v1/gate/decisions"]


def asking(states):
    """A gate that asks a person, whose question goes through `states`."""
    left = list(states)

    def answer(asked):
        if asked.path == "/v1/gate/decisions":
            answer.hash = asked.action_hash
            return reply(decision(asked, effect="REQUIRE_HUMAN", allowed=False))
        if asked.method == "GET":
            state = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(state, bytes):
                return state
            return reply({"decision": DECISION, "action_hash": answer.hash, "standing": {"state": state}})
        return honest(asked)

    return answer


def test_a_question_that_nobody_is_given_time_for_names_the_commands():
    with Liar(asking(["waiting"])) as liar:
        with pytest.raises(chancery.ApprovalRequired) as failure, connected(liar).gate.guard(ACTION):
            raise AssertionError("it happened")
        assert failure.value.decision_id == DECISION
        assert any(command.startswith(f"chancery gate approve {DECISION}") for command in failure.value.commands)
        assert f"gate approve {DECISION}" in str(failure.value)
        assert liar.paths() == ["/v1/gate/decisions"]


def test_an_approval_in_time_is_redeemed():
    with Liar(asking(["waiting", "waiting", "approved"])) as liar:
        with connected(liar).gate.guard(ACTION, PAYLOAD, wait=5):
            pass
        assert sum(path.endswith("/redeem") for path in liar.paths()) == 1


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("waiting", chancery.ApprovalRequired),
        ("rejected", chancery.Denied),
        ("lapsed", chancery.Denied),
        ("redeemed", chancery.Denied),
        ("perhaps", chancery.Malformed),
        (reply({"decision": "cd" * 64, "standing": {"state": "approved"}}), chancery.Malformed),
        (reply({"decision": DECISION, "action_hash": "00" * 32, "standing": {"state": "approved"}}), chancery.Malformed),
        (reply({"decision": DECISION}), chancery.Malformed),
    ],
)
def test_a_question_without_a_yes_is_not_redeemed(said, kind):
    with Liar(asking([said])) as liar:
        with pytest.raises(kind), connected(liar).gate.guard(ACTION, PAYLOAD, wait=0.6):
            raise AssertionError("it happened")
        assert not any(path.endswith("/redeem") for path in liar.paths())


def test_arguments_that_changed_while_a_person_looked_are_what_is_redeemed():
    """The gate compares them with what was approved, and says no."""
    seen = []

    def answer(asked):
        if asked.path.endswith("/redeem"):
            seen.append(asked.json["payload"])
            return problem("gate.action_changed")
        if asked.method == "GET":
            order["amount"] = 1_000_000
        return base(asked)

    base = asking(["approved"])
    order = {"amount": 5}
    with Liar(answer) as liar:
        client = connected(liar)
        pay = client.gate.guarded("pay", wait=5)(lambda order: pytest.fail("it happened"))
        with pytest.raises(chancery.Denied) as failure:
            pay(order)
        assert failure.value.code == "gate.action_changed"
        assert seen == [{"order": {"amount": 1_000_000}}]


def test_a_daemon_of_somebody_else_is_not_asked(tmp_path, monkeypatch):
    """Whoever can write to a folder of all may open a socket there first."""
    with Liar(honest) as liar:
        monkeypatch.setattr(os, "geteuid", lambda: 4711)
        monkeypatch.setattr("chancery._place.struct.unpack", lambda *_: (1, 4712, 4712))
        with pytest.raises(chancery.Unreachable) as failure, connected(liar).gate.guard(ACTION):
            raise AssertionError("it happened")
        assert failure.value.code == "client.foreign_daemon"
        assert not liar.asked


@pytest.mark.parametrize("change", [{"obligations": ["shred"]}, {"effect": "ALLOW_MOSTLY"}, {"rule": None}, {"expires": 7}])
def test_a_permission_that_was_used_by_an_answer_nobody_understands_came_to_nothing(change):
    happened = []
    with Liar(changed(redeemed=True, **change)) as liar:
        with pytest.raises(chancery.Malformed), connected(liar).gate.guard(ACTION, PAYLOAD):
            happened.append(1)
        [told] = [asked for asked in liar.asked if asked.path.endswith("/outcome")]
        assert told.path == f"/v1/gate/decisions/{DECISION}/outcome"
        assert told.json["status"] == "failed"
    assert not happened


@pytest.mark.parametrize("change", [{"action_hash": "00" * 32}, {"decision": "../" + "a" * 125}, {"decision": 7}])
def test_an_answer_about_something_else_has_no_outcome(change):
    with Liar(changed(redeemed=True, **change)) as liar:
        with pytest.raises(chancery.Malformed), connected(liar).gate.guard(ACTION, PAYLOAD):
            pytest.fail("it happened")
        assert not any(path.endswith("/outcome") for path in liar.paths())
