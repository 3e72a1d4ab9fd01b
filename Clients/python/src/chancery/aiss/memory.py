"""Events kept on this machine: one SQLite file, each event durable before `store_event` returns.

An event whose agent is registered with its key is verified before it is kept; a nonce that was used, or a second event after
the same one, is refused. Two processes may write at once. Memory of an agent can be encrypted with a passphrase; then nothing
of an event stands in the file but its place.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from . import key_store
from .agent_registry import agent_folder, find_identity, get_agent_info, home
from .chain import compute_event_hash
from .exceptions import ForkDetected, InvalidPassphrase, MemoryLocked, ReplayAttackDetected
from .identity import verify_rotation_attestation
from .verify import checked_event, verify_event

Event = dict[str, Any]
_SCHEMA = """
create table if not exists events(
    place integer primary key,
    agent text not null,
    hash text not null unique,
    nonce text not null,
    previous text,
    time integer,
    type text,
    session text,
    body blob not null,
    unique(agent, nonce), unique(agent, previous));
create index if not exists by_type on events(type, time);
create table if not exists locks(agent text primary key, salt blob not null, proof blob not null);
"""
_PROOF = b"chancery aiss memory"
_keys: dict[str, bytes] = {}


@contextmanager
def _store() -> Iterator[sqlite3.Connection]:
    folder = home()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / "events.db"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    os.close(descriptor)
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    try:
        _use_write_ahead_log(connection)
        connection.execute("pragma synchronous = full")
        connection.executescript(_SCHEMA)
        yield connection
    finally:
        connection.close()


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    """Changing the journal does not wait for others by itself, as everything else does."""
    deadline = time.monotonic() + 30
    while True:
        try:
            connection.execute("pragma journal_mode = wal")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _key(connection: sqlite3.Connection, agent_id: str) -> bytes | None:
    """The key of an encrypted memory; nothing where the memory is in clear."""
    if connection.execute("select 1 from locks where agent = ?", (agent_id,)).fetchone() is None:
        return None
    if agent_id not in _keys:
        raise MemoryLocked(f"the memory of {agent_id} is locked: unlock(name, passphrase)")
    return _keys[agent_id]


def _blinded(key: bytes, text: str | None) -> str | None:
    return None if text is None else hashlib.blake2b(text.encode(), key=key, digest_size=32).hexdigest()


def store_event(event: Event, agent_name: str | None = None) -> str:
    """Keeps an event and returns its hash. The same event again changes nothing."""
    checked_event(event)
    agent_id: str = event["agent_id"]
    if agent_name is not None and get_agent_info(agent_name)["agent_id"] != agent_id:
        raise ValueError(f"the event is not one of `{agent_name}`")
    identity = find_identity(agent_id)
    if identity is not None:
        verify_event(event, identity)
    digest = compute_event_hash(event)
    body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    nonce, previous = event["nonce"], event["previous_hash"]
    time, kind, session = event["timestamp"], event["payload"].get("event_type"), event["payload"].get("session_id")
    columns: tuple[Any, ...] = (digest, nonce, previous, time, str(kind) if kind else None, str(session) if session else None)
    with _store() as connection:
        connection.execute("begin immediate")
        try:
            key = _key(connection, agent_id)
            if key is not None:
                secret = os.urandom(12)
                body = secret + AESGCM(key).encrypt(secret, body, agent_id.encode())
                columns = (_blinded(key, digest), _blinded(key, nonce), _blinded(key, previous), None, None, None)
            if connection.execute("select 1 from events where hash = ?", (columns[0],)).fetchone() is not None:
                connection.execute("rollback")
                return digest
            if connection.execute("select 1 from events where agent = ? and nonce = ?", (agent_id, columns[1])).fetchone():
                raise ReplayAttackDetected(nonce)
            if (
                columns[2] is not None
                and connection.execute(
                    "select 1 from events where agent = ? and previous = ?", (agent_id, columns[2])
                ).fetchone()
            ):
                raise ForkDetected(str(previous), [event])
            connection.execute(
                "insert into events(agent, hash, nonce, previous, time, type, session, body) values(?,?,?,?,?,?,?,?)",
                (agent_id, *columns, body),
            )
            connection.execute("commit")
        except BaseException:
            if connection.in_transaction:
                connection.execute("rollback")
            raise
    return digest


def _opened(connection: sqlite3.Connection, agent_id: str, body: bytes) -> Event:
    key = _key(connection, agent_id)
    if key is not None:
        body = AESGCM(key).decrypt(body[:12], body[12:], agent_id.encode())
    event: Event = json.loads(body)
    return event


def load_events(agent_id: str | None = None, agent_name: str | None = None) -> list[Event]:
    """The events of an agent, or of all whose memory is open, in the order in which they were stored."""
    if agent_id is None and agent_name is not None:
        agent_id = get_agent_info(agent_name)["agent_id"]
    with _store() as connection:
        where, values = ("where agent = ?", (agent_id,)) if agent_id else ("", ())
        rows = connection.execute(f"select agent, body from events {where} order by place", values).fetchall()
        if agent_id is None:
            closed = {row[0] for row in connection.execute("select agent from locks")} - _keys.keys()
            rows = [row for row in rows if row[0] not in closed]
        return [_opened(connection, *row) for row in rows]


def _lineage(agent_id: str) -> list[str]:
    """The agent and those it followed, oldest first: by attestations that the old key signed, never by names in rows."""
    followed: dict[str, str] = {}
    for event in load_events():
        attestation = {k: v for k, v in event["payload"].items() if k != "event_type"} | {"version": event["version"]}
        if (
            event["payload"].get("event_type") == "key_rotation"
            and attestation.get("previous_agent_id") == event["agent_id"]
            and verify_rotation_attestation(attestation)
        ):
            followed.setdefault(attestation["new_agent_id"], event["agent_id"])
    line = [agent_id]
    while line[0] in followed and followed[line[0]] not in line:
        line.insert(0, followed[line[0]])
    return line


def load_full_history(agent_id: str) -> list[Event]:
    """The events of an agent and of the identities that it followed, oldest first."""
    return [event for identity in _lineage(agent_id) for event in load_events(agent_id=identity)]


def search_events(
    agent_id: str | None = None,
    event_type: str | None = None,
    after: int | None = None,
    before: int | None = None,
    limit: int = 100,
    session_id: str | None = None,
    follow_rotation: bool = False,
) -> list[Event]:
    """Stored events, newest first; times are Unix seconds, both ends included."""
    if limit < 0:
        raise ValueError("limit is not negative")
    agents: Sequence[str] | None = None
    if agent_id is not None:
        agents = _lineage(agent_id) if follow_rotation else [agent_id]
    clauses, values = [], []
    for column, relation, value in (
        ("type", "=", event_type),
        ("session", "=", session_id),
        ("time", ">=", after),
        ("time", "<=", before),
    ):
        if value is not None:
            clauses.append(f"({column} {relation} ? or agent in (select agent from locks))")
            values.append(value)
    if agents is not None:
        clauses.append(f"agent in ({','.join('?' * len(agents))})")
        values.extend(agents)
    found: list[Event] = []
    with _store() as connection:
        closed = {row[0] for row in connection.execute("select agent from locks")} - _keys.keys()
        if agents is not None and closed.intersection(agents):
            raise MemoryLocked("the memory of this agent is locked: unlock(name, passphrase)")
        where = f"where {' and '.join(clauses)}" if clauses else ""
        for agent, body in connection.execute(f"select agent, body from events {where} order by place desc", values):
            if len(found) >= limit:
                break
            if agent in closed:
                continue
            event = _opened(connection, agent, body)
            # Rows of an encrypted memory have no columns to search in.
            if (
                (event_type is None or event["payload"].get("event_type") == event_type)
                and (session_id is None or event["payload"].get("session_id") == session_id)
                and (after is None or event["timestamp"] >= after)
                and (before is None or event["timestamp"] <= before)
            ):
                found.append(event)
    return found


def get_memory_stats() -> dict[str, int]:
    """Of all agents of this machine; sessions and rotations of encrypted memories are not counted while they are locked."""
    with _store() as connection:
        total, agents = connection.execute("select count(*), count(distinct agent) from events").fetchone()
    events = load_events()
    sessions = {e["payload"]["session_id"] for e in events if isinstance(e["payload"].get("session_id"), str)}
    return {
        "total_events": total,
        "agents": agents,
        "size_bytes": (home() / "events.db").stat().st_size,
        "sessions_count": len(sessions),
        "rotations_count": sum(e["payload"].get("event_type") == "key_rotation" for e in events),
    }


def encrypt_memory(agent_name: str, passphrase: str) -> None:
    """Encrypts what is stored of an agent from now on. An agent that has events in clear already is refused: they would stay
    in free pages.
    """
    if not passphrase:
        raise ValueError("a passphrase is not empty")
    agent_id = get_agent_info(agent_name)["agent_id"]
    salt = os.urandom(32)
    key = key_store.passphrase_key(passphrase, salt)
    nonce = os.urandom(12)
    with _store() as connection:
        connection.execute("begin immediate")
        if (
            connection.execute("select 1 from events where agent = ?", (agent_id,)).fetchone()
            or connection.execute("select 1 from locks where agent = ?", (agent_id,)).fetchone()
        ):
            connection.execute("rollback")
            raise ValueError("the agent has a memory already")
        proof = nonce + AESGCM(key).encrypt(nonce, _PROOF, agent_id.encode())
        connection.execute("insert into locks values(?, ?, ?)", (agent_id, salt, proof))
        connection.execute("commit")
    _keys[agent_id] = key


def unlock(agent_name: str, passphrase: str) -> None:
    """Opens an encrypted memory in this process until `lock`. A memory in clear needs no key and is left as it is."""
    agent_folder(agent_name)
    agent_id = get_agent_info(agent_name)["agent_id"]
    with _store() as connection:
        row = connection.execute("select salt, proof from locks where agent = ?", (agent_id,)).fetchone()
    if row is None:
        return
    key = key_store.passphrase_key(passphrase, row[0])
    try:
        AESGCM(key).decrypt(row[1][:12], row[1][12:], agent_id.encode())
    except InvalidTag as error:
        raise InvalidPassphrase("the passphrase does not open this memory") from error
    _keys[agent_id] = key


def lock(agent_name: str) -> None:
    """Forgets the key of an agent's memory."""
    _keys.pop(get_agent_info(agent_name)["agent_id"], None)


class MemorySession:
    """An encrypted memory that is open for the length of a `with`."""

    def __init__(self, agent_name: str, passphrase: str) -> None:
        self.agent_name = agent_name
        self._passphrase = passphrase

    def __enter__(self) -> MemorySession:
        unlock(self.agent_name, self._passphrase)
        self._passphrase = ""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        lock(self.agent_name)

    def load_events(self, agent_id: str | None = None) -> list[Event]:
        return load_events(agent_id=agent_id, agent_name=self.agent_name)

    def search_events(self, **filters: Any) -> list[Event]:
        return search_events(**filters)
