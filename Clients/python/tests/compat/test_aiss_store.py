"""`chancery.aiss`: what it makes, keeps, and refuses."""

from __future__ import annotations

import multiprocessing
import sqlite3
from typing import Any

import pytest

from chancery import aiss
from chancery.aiss import a2a, agent_registry, identity, memory
from chancery.aiss.exceptions import (
    AgentExists,
    ForkDetected,
    InvalidChainError,
    InvalidHandshakeError,
    InvalidIdentityError,
    InvalidPassphrase,
    InvalidSignatureError,
    MemoryLocked,
    ReplayAttackDetected,
)
from chancery.aiss.identity_session import IdentitySession


class Agent:
    def __init__(self) -> None:
        self.private, self.public = aiss.generate_keypair()
        self.id = aiss.derive_agent_id(self.public)
        self.events: list[dict[str, Any]] = []

    def stamp(self, kind: str, **payload: Any) -> dict[str, Any]:
        previous = aiss.compute_event_hash(self.events[-1]) if self.events else None
        said = {"event_type": kind, **payload}
        if previous is None:
            event = aiss.stamp_genesis_event(self.private, self.public, self.id, said)
        else:
            event = aiss.stamp_event(self.private, self.id, said, previous_hash=previous)
        self.events.append(event)
        return event


def test_nobody_stamps_under_an_id_that_is_not_that_of_the_key() -> None:
    one, other = Agent(), Agent()
    with pytest.raises(InvalidIdentityError):
        aiss.stamp_event(one.private, other.id, {})
    with pytest.raises(InvalidIdentityError):
        aiss.export_identity(one.id, other.public)


def test_storing_again_changes_nothing_and_a_replay_or_a_fork_is_refused() -> None:
    agent = Agent()
    first, second = agent.stamp("a"), agent.stamp("b")
    for event in (first, second, second):
        assert aiss.store_event(event) == aiss.compute_event_hash(event)
    with pytest.raises(ForkDetected):
        aiss.store_event(aiss.stamp_event(agent.private, agent.id, {}, previous_hash=second["previous_hash"]))
    with pytest.raises(ReplayAttackDetected):
        aiss.store_event(
            aiss.stamp_event(agent.private, agent.id, {}, previous_hash=aiss.compute_event_hash(second), nonce=first["nonce"])
        )
    assert aiss.load_events(agent.id) == [first, second]


def test_what_is_stored_of_a_registered_agent_is_verified() -> None:
    agent = Agent()
    aiss.register_agent("one", agent.id, public_key=agent.public)
    event = agent.stamp("a")
    event["payload"]["b"] = 1
    with pytest.raises(InvalidSignatureError):
        aiss.store_event(event)
    assert aiss.load_events(agent.id) == []


def _store(count: int) -> None:
    agent = Agent()
    for _ in range(count):
        aiss.store_event(agent.stamp("a"))


def test_processes_that_store_at_once_lose_nothing() -> None:
    """PiQrypt kept 15 of 1,536 events of three processes."""
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=_store, args=(40,)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert aiss.get_memory_stats()["total_events"] == 120
    assert len(aiss.search_events(limit=500)) == 120


def test_encrypted_memory_shows_nothing_of_its_events_and_opens_with_its_passphrase_alone() -> None:
    agent = Agent()
    aiss.register_agent("secret", agent.id, public_key=agent.public)
    memory.encrypt_memory("secret", "correct horse")
    event = agent.stamp("hidden_type", session_id="hidden_session")
    aiss.store_event(event)
    assert aiss.search_events(agent_id=agent.id, event_type="hidden_type") == [event]
    with pytest.raises(ForkDetected):
        aiss.store_event(aiss.stamp_event(agent.private, agent.id, {}, previous_hash=event["previous_hash"]))
    aiss.lock("secret")
    for call in (aiss.load_events, aiss.search_events):
        with pytest.raises(MemoryLocked):
            call(agent_id=agent.id)
    with pytest.raises(MemoryLocked):
        aiss.store_event(agent.stamp("b"))
    with pytest.raises(InvalidPassphrase):
        aiss.unlock("secret", "wrong")
    content = b"".join(path.read_bytes() for path in agent_registry.home().glob("events.db*"))
    for word in ("hidden_type", "hidden_session", event["nonce"], aiss.compute_event_hash(event)):
        assert word.encode() not in content
    aiss.unlock("secret", "correct horse")
    assert aiss.load_events(agent.id) == [event]


def test_files_are_their_owners_alone_and_keys_are_never_overwritten() -> None:
    agent = Agent()
    agent_registry.create_agent("bot", agent.private, "p")
    aiss.store_event(agent.stamp("a"))
    home = agent_registry.home()
    assert all(path.stat().st_mode & 0o077 == 0 for path in [home, *home.rglob("*")])
    with pytest.raises(AgentExists):
        agent_registry.create_agent("bot", Agent().private, "p")
    with pytest.raises(AgentExists):
        aiss.register_agent("bot", Agent().id)
    with IdentitySession.open("bot", "p") as session:
        assert bytes(session.private_key) == agent.private
        held = session.private_key
    assert not any(held)
    with pytest.raises(ValueError, match="closed"):
        _ = session.private_key
    with pytest.raises(InvalidPassphrase):
        IdentitySession.open("bot", "wrong")


def test_a_registered_agent_can_be_given_its_key_later_and_no_other() -> None:
    agent, other = Agent(), Agent()
    aiss.register_agent("late", agent.id, metadata={"env": "prod"})
    assert aiss.get_agent_info("late")["identity"] is None
    with pytest.raises(InvalidIdentityError):
        aiss.register_agent("late", agent.id, public_key=other.public)
    aiss.register_agent("late", agent.id, public_key=agent.public)
    event = agent.stamp("a")
    assert aiss.verify_event(event)
    event["payload"]["b"] = 1
    with pytest.raises(InvalidSignatureError):
        aiss.verify_event(event)


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".", "..", "a\0b", "a\\b", "x" * 65, "a..b", "-x"])
def test_a_name_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        aiss.register_agent(name, Agent().id)


def test_history_follows_what_old_keys_signed_and_nothing_else() -> None:
    old, new, thief = Agent(), Agent(), Agent()
    old.stamp("a")
    attestation = identity.create_rotation_attestation(old.private, old.id, new.id, new.public)
    rotation = identity.create_rotation_pcp_event(
        old.private, old.id, new.id, attestation, aiss.compute_event_hash(old.events[-1])
    )
    following = aiss.stamp_event(new.private, new.id, {"event_type": "b"}, previous_hash=aiss.compute_event_hash(rotation))
    forged = {**attestation, "new_agent_id": thief.id, "event_type": "key_rotation"}
    for event in (*old.events, rotation, following):
        aiss.store_event(event)
    aiss.store_event(aiss.stamp_event(old.private, old.id, forged))
    assert [one["payload"]["event_type"] for one in aiss.load_full_history(new.id)][-1] == "b"
    assert aiss.load_full_history(thief.id) == []
    assert aiss.verify_chain([*old.events, rotation], old.public)
    assert aiss.verify_chain([following], new.public, previous_hash=aiss.compute_event_hash(rotation))
    late = aiss.stamp_event(old.private, old.id, {}, previous_hash=aiss.compute_event_hash(rotation))
    with pytest.raises(InvalidChainError):
        aiss.verify_chain([*old.events, rotation, late], old.public)


def test_a_handshake_is_with_another_who_is_who_they_say_and_accepts() -> None:
    one, other, third = Agent(), Agent(), Agent()
    proposal = a2a.create_identity_proposal(one.private, one.public, one.id, ["a", "b"])
    response = a2a.create_identity_response(other.private, other.public, other.id, proposal, ["b", "c"])
    event = a2a.build_cosigned_handshake_event(other.private, other.id, proposal, response)
    assert event["payload"]["capabilities_agreed"] == ["b"]
    assert a2a.verify_cosigned_handshake_event(event)
    refusal = a2a.create_identity_response(other.private, other.public, other.id, proposal, accepted=False)
    for wrong in (
        lambda: a2a.create_identity_response(one.private, one.public, one.id, proposal),
        lambda: a2a.create_identity_proposal(one.private, one.public, third.id),
        lambda: a2a.build_cosigned_handshake_event(third.private, third.id, proposal, response),
        lambda: a2a.verify_handshake(proposal, refusal),
        lambda: a2a.verify_handshake({**proposal, "capabilities": ["a", "b", "c"]}, response),
    ):
        with pytest.raises(InvalidHandshakeError):
            wrong()


def test_the_database_refuses_what_the_code_would_not_write() -> None:
    agent = Agent()
    aiss.store_event(agent.stamp("a"))
    with sqlite3.connect(agent_registry.home() / "events.db") as database, pytest.raises(sqlite3.IntegrityError):
        database.execute("insert into events(agent, hash, nonce, body) select agent, hash, nonce, body from events")
