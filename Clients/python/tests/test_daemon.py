"""Everything against a real daemon, over its socket."""

import asyncio
import concurrent.futures
import json
import os
import signal
import subprocess
import time

import pytest
from conftest import POLICY

import chancery


def run(daemon, *arguments, input=b""):
    """A command on the daemon's home, whose passphrase is in a file beside it."""
    passphrase = (daemon.daemon.folder / "passphrase").read_text().strip()
    environment = dict(daemon.daemon.environment, CHANCERY_PASSPHRASE=passphrase)
    command = [os.environ["CHANCERY_BIN"], *map(str, arguments), "--quiet"]
    done = subprocess.run(command, input=input, env=environment, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def story(daemon, decision_id):
    return json.loads(run(daemon, "gate", "show", decision_id, "--json"))


def settled(daemon, decision_id):
    """What followed a decision; outcomes that come with events are written a little later."""
    for _ in range(100):
        following = story(daemon, decision_id)["following"]
        if following and following[-1]["event_type"] == "gate_outcome":
            return following
        time.sleep(0.05)
    raise AssertionError("no outcome")


# MARK: chains


def test_events_stand_in_order_on_a_chain_that_verifies(daemon):
    writer = daemon.acting_as(daemon.register("chain-writer", "author").name)
    first = writer.stamp({"event_type": "a", "price": 1.5, "text": "é \u2028 😀"})
    more = writer.stamp_many([{"event_type": "b", "n": number} for number in range(1200)])
    assert [receipt.sequence for receipt in [first, *more]] == list(range(1201))
    events = list(writer.chain())
    assert [event.sequence for event in events] == list(range(1201))
    assert events[0].payload["text"] == "é \u2028 😀"
    verdict = writer.chain().verify(home=str(daemon.daemon.home))
    assert verdict.is_valid, verdict.findings
    assert any("1201 events" in line for line in verdict.checked)


def test_a_chain_in_which_somebody_changed_a_word_does_not_verify(daemon):
    from chancery.chain import verify_events

    writer = daemon.acting_as(daemon.register("changed-writer", "author").name)
    writer.stamp_many([{"event_type": "paid", "amount": number} for number in range(3)])
    events = list(writer.chain())
    events[1].raw["payload"]["amount"] = 1_000_000
    verdict = verify_events(events, (), str(daemon.daemon.home))
    assert not verdict
    assert verdict.index == 1


def test_threads_and_tasks_stamp_one_chain_without_losing_any(daemon):
    writer = daemon.acting_as(daemon.register("busy-writer", "author").name)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        receipts = list(pool.map(lambda n: writer.stamp({"event_type": "thread", "n": n}), range(40)))

    async def stamp():
        async with chancery.connect_async(daemon.daemon.socket, agent="busy-writer") as client:
            return await asyncio.gather(*(client.stamp({"event_type": "task", "n": n}) for n in range(40)))

    receipts += asyncio.run(stamp())
    assert sorted(receipt.sequence for receipt in receipts) == list(range(80))
    assert sorted((event.event_type, event.payload["n"]) for event in writer.chain()) == sorted(
        [("thread", n) for n in range(40)] + [("task", n) for n in range(40)]
    )


def test_what_was_stamped_is_found(daemon):
    writer = daemon.acting_as(daemon.register("found-writer", "author").name)
    receipt = writer.stamp({"event_type": "found_once"})
    [record] = daemon.search(type="found_once", agent="found-writer")
    assert (record.id, record.position, record.sequence) == (receipt.hash, receipt.position, 0)
    assert record.payload == {"event_type": "found_once"}
    assert daemon.search(type="found_never") == []


def test_an_agent_that_nobody_knows_is_refused(daemon):
    with pytest.raises(chancery.ChanceryError) as failure:
        daemon.acting_as("nobody").stamp({"event_type": "x"})
    assert failure.value.status == 404
    with pytest.raises(chancery.ChanceryError), daemon.acting_as("nobody").gate.guard("send_mail"):
        raise AssertionError("it happened")


# MARK: the gate


def test_an_action_is_decided_used_once_and_its_outcome_is_on_record(daemon):
    with daemon.gate.guard("send_mail", {"to": "ada@example.org", "n": 0.1}) as permit:
        permit.set_result(b"sent")
    following = story(daemon, permit.decision.id)["following"]
    assert following[-1]["event_type"] == "gate_outcome"
    assert following[-1]["status"] == "done"
    with pytest.raises(chancery.Denied) as failure:
        daemon.gate.redeem(permit.decision, "send_mail", {"to": "ada@example.org", "n": 0.1})
    assert failure.value.code == "gate.already_redeemed"


def test_a_permission_is_for_exactly_what_was_decided(daemon):
    decision = daemon.gate.decide("send_mail", {"to": "ada@example.org"})
    with pytest.raises(chancery.Denied) as failure:
        daemon.gate.redeem(decision, "send_mail", {"to": "eve@example.org"})
    assert failure.value.code == "gate.action_changed"
    daemon.gate.redeem(decision, "send_mail", {"to": "ada@example.org"})
    daemon.outcome(decision.id, "unknown", detail="nobody looked")


def test_a_blocked_action_does_not_happen(daemon):
    for payload in ({"text": "rm  -rf /"}, {"text": "rm\u00a0-rf /"}):
        with pytest.raises(chancery.Denied) as failure, daemon.gate.guard("send_mail", payload):
            raise AssertionError("it happened")
        assert failure.value.decision.rule == "destroying"


def test_events_and_outcome_of_an_action_are_told_together(daemon):
    with daemon.gate.guard("send_mail", {"to": "ada"}) as permit:
        permit.stamp({"event_type": "mail_sent"})
    [receipt] = permit.receipts
    assert daemon.search(type="mail_sent", limit=1)[0].id == receipt.hash
    assert settled(daemon, permit.decision.id)[-1]["status"] == "done"
    with pytest.raises(ValueError), daemon.gate.guard("send_mail", {"to": "ada"}) as permit:
        permit.stamp({"event_type": "mail_failed"})
        raise ValueError("a secret")
    noted = settled(daemon, permit.decision.id)[-1]
    assert (noted["status"], noted["detail"]) == ("failed", "ValueError")


def test_a_dry_run_allows_nothing_and_writes_nothing(daemon):
    before = daemon.search(limit=1)[0].position
    rehearsed = daemon.gate.decide("send_mail", {"to": "ada"}, dry_run=True)
    assert (rehearsed.outcome, rehearsed.is_allowed, rehearsed.id) == ("ALLOW", False, "")
    assert daemon.search(limit=1)[0].position == before


def test_what_the_policy_wants_logged_is_logged(daemon, caplog):
    with daemon.gate.guard("logged", {"n": 1}) as permit:
        assert permit.decision.outcome == "ALLOW_WITH_LOG"
    assert any(line.levelname == "WARNING" and "logged" in line.getMessage() for line in caplog.records)


@pytest.fixture(scope="module")
def ada(daemon):
    """A person who may approve; the key is a file of their own."""
    key = daemon.daemon.folder / "ada.key"
    run(daemon, "approver", "register", "ada", "--clearance", "L3", "--out", key, "--insecure-no-passphrase")
    return key


def test_a_person_approves_while_the_agent_waits(daemon, ada):
    ada_answers = ("--by", "ada", "--key", ada, "--yes", "--reason", "why not")

    def answer(word):
        for _ in range(100):
            waiting = json.loads(run(daemon, "gate", "pending", "--json"))
            if waiting:
                run(daemon, "gate", word, waiting[0]["decision"], *ada_answers)
                return
            time.sleep(0.05)

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        person = pool.submit(answer, "approve")
        with daemon.gate.guard("pay", {"amount": 5}, wait=20) as permit:
            assert permit.decision.needs_approval
        person.result()
        assert story(daemon, permit.decision.id)["following"][-1]["status"] == "done"
        person = pool.submit(answer, "reject")
        with pytest.raises(chancery.Denied) as failure, daemon.gate.guard("pay", {"amount": 5}, wait=20):
            raise AssertionError("it happened")
        assert failure.value.code == "gate.rejected"
        person.result()


def test_a_question_without_an_answer_goes_on_waiting(daemon, ada):
    with pytest.raises(chancery.ApprovalRequired) as failure, daemon.gate.guard("pay", {"amount": 6}, wait=1):
        raise AssertionError("it happened")
    decision = failure.value.decision
    assert daemon.gate.state(decision) == "waiting"
    command = failure.value.commands[1].replace("NAME", "ada").replace("FILE", str(ada)).split()
    run(daemon, *command[1:], "--yes", "--reason", "why not")
    assert daemon.gate.state(decision) == "approved"
    daemon.gate.redeem(decision, "pay", {"amount": 6})
    daemon.outcome(decision.id, "done")


def test_a_daemon_that_stops_answering_stops_the_agent(tmp_path):
    with chancery.local("clerk", policy=POLICY, gate_timeout=0.5) as client:
        with client.gate.guard("send_mail"):
            pass
        process = client.daemon._process
        process.send_signal(signal.SIGSTOP)
        try:
            with pytest.raises(chancery.Unreachable) as failure, client.gate.guard("send_mail"):
                raise AssertionError("it happened")
            assert failure.value.code == "client.timeout"
        finally:
            process.send_signal(signal.SIGCONT)
        process.kill()
        process.wait()
        with pytest.raises(chancery.Unreachable), client.gate.guard("send_mail"):
            raise AssertionError("it happened")


# MARK: together


def test_two_agents_shake_hands_and_end_a_session_that_verifies(daemon):
    for name in ("lead", "helper"):
        daemon.register(name, "worker")
    shaken = daemon.acting_as("lead").handshake("helper", ["review", "draft"])
    assert shaken.raw["capabilities"] == ["draft", "review"]
    with daemon.session(["lead:chief", {"name": "helper"}]) as session:
        session.stamp("lead", {"text": "please", "task_id": "t1"}, event_type="request", peer="helper", clear=["text"])
        session.stamp("helper", {"event_type": "answer", "text": "done"})
    assert json.loads(session.export())["format"] == "chancery/session-export/v1"
    verdict = session.verify(home=str(daemon.daemon.home))
    assert verdict.is_valid
    assert verdict.subject == session.id


def test_tasks_hold_a_session_too(daemon):
    async def meet():
        async with chancery.connect_async(daemon.daemon.socket, agent="lead") as client:
            for name in ("lead", "helper"):
                await client.register(name, "worker")
            async with await client.session(["lead", "helper"]) as session:
                await session.stamp("lead", {"event_type": "hello"}, peer="helper")
            await client.handshake("helper", ["review"])
            assert (await client.chain().verify(home=str(daemon.daemon.home))).is_valid
            return json.loads(await session.export())

    assert len(asyncio.run(meet())["steps"]) == 1


# MARK: the vault


def test_a_credential_is_put_read_and_deleted(daemon, tmp_path, monkeypatch):
    monkeypatch.setenv("CHANCERY_STATE", str(daemon.daemon.folder / "state"))
    rule = {"kind": "credential", "bundles": ["clerk"], "rights": ["export", "read"], "presence": False, "limit": None}
    rules = {"type": "chancery/vault-policy/v1", "rules": [rule]}
    run(daemon, "vault", "init")
    (tmp_path / "rules.json").write_text(json.dumps(rules))
    run(daemon, "vault", "policy", tmp_path / "rules.json")
    with chancery.local("clerk", home=daemon.daemon.home, passphrase_file=str(daemon.daemon.folder / "passphrase")) as client:
        run(daemon, "vault", "unlock", "--socket", client.daemon.socket)
        put = client.vault.put("token", b"the token of the bank", kind="credential")
        (tmp_path / "large").write_bytes(os.urandom(3 << 20))
        client.vault.put("large", tmp_path / "large", kind="credential")
        assert {artifact.name for artifact in client.vault.list("credential")} == {"large", "token"}
        assert client.vault.show("token").manifest == put.manifest
        with pytest.raises(chancery.ChanceryError) as failure:
            client.vault.get("token")
        assert failure.value.status == 403
        for name in ("token", "large"):
            run(daemon, "vault", "grant", name, "--agent", "clerk")
        assert client.vault.get("token") == b"the token of the bank"
        assert client.vault.get("token", first=4, last=8) == b"token"
        client.vault.save("large", tmp_path / "copy")
        assert (tmp_path / "copy").read_bytes() == (tmp_path / "large").read_bytes()
        with pytest.raises(FileExistsError):
            client.vault.save("large", tmp_path / "copy")

        async def read():
            async with chancery.connect_async(client.daemon.socket, agent="clerk") as other:
                assert len(await other.vault.put("more", b"1", kind="credential") and await other.vault.versions("more")) == 1
                return await other.vault.get("token")

        assert asyncio.run(read()) == b"the token of the bank"
        assert client.vault.delete("token")
        with pytest.raises(chancery.ChanceryError) as failure:
            client.vault.get("token")
        assert failure.value.status == 404
        with pytest.raises(chancery.ChanceryError):
            client.vault.save("token", tmp_path / "nothing")
        assert not (tmp_path / "nothing").exists()


# MARK: a daemon for a developer


def test_a_local_daemon_leaves_nothing_behind():
    with chancery.local("clerk") as client:
        folder, process = client.daemon.folder, client.daemon._process
        with pytest.raises(chancery.Denied), client.gate.guard("send_mail"):
            raise AssertionError("without a policy it happened")
    assert not folder.exists()
    assert process.poll() == 0


def test_a_home_that_is_named_is_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("CHANCERY_STATE", str(tmp_path / "state"))
    (tmp_path / "passphrase").write_text("correct horse battery staple\n")
    for number in range(2):
        with chancery.local(
            "clerk", home=tmp_path / "home", policy=POLICY, passphrase_file=str(tmp_path / "passphrase")
        ) as client:
            assert client.stamp({"event_type": "started"}).sequence == number


def test_a_policy_that_does_not_load_says_where(tmp_path):
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.local("clerk", policy="language: chancery/policy/v2\nname: x\nrules: 7\n")
    assert failure.value.code.startswith("policy.")
