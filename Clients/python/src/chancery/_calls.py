"""What can be asked of the daemon besides its gate, as flows."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import os
import re
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import _json
from ._flow import Flow, Reader, ask, require
from ._http import Reply, Request
from ._portable import portable
from .errors import ChanceryError, Malformed
from .records import Agent, Artifact, Event, Handshake, Receipt, Record

EVENTS_PER_REQUEST = 1000
CHAIN_PAGE = 500
SEARCH_PAGE = 500
_PIECE = 1 << 20

Payload = Mapping[str, Any]


def path(*segments: str, **query: Any) -> str:
    """A path whose segments are quoted, and what is not None of a query."""
    found = "/v1/" + "/".join(segment if i == 0 else _segment(segment) for i, segment in enumerate(segments))
    asked = {name: value for name, value in query.items() if value is not None}
    return f"{found}?{urllib.parse.urlencode(asked, quote_via=urllib.parse.quote)}" if asked else found


def _segment(text: str) -> str:
    if text in ("", ".", ".."):
        raise ChanceryError("client.invalid_value", f"`{text}` names nothing")
    return urllib.parse.quote(text, safe="")


def post(where: str, body: Any) -> Request:
    return Request("POST", where, _json.canonical(body), "application/json")


def named(agent: str | None) -> str:
    if not agent:
        raise ChanceryError("client.no_agent", "say which agent: `agent=`, or CHANCERY_AGENT")
    return agent


# MARK: agents and their chains


def register(name: str, role: str, profile: str | None) -> Flow[Agent]:
    members = {"name": name, "role": role, **({"profile": profile} if profile else {})}
    return Agent.read((yield from ask(post("/v1/agents", members), 201)))


def agent(name: str) -> Flow[Agent]:
    answer = yield from ask(Request("GET", path("agents", name)))
    return Agent.read(answer.get("agent"))


def stamp(
    agent: str | None, events: Sequence[Payload], profile: str | None, outcomes: Sequence[Payload] = ()
) -> Flow[list[Receipt]]:
    """One request is durable as a whole; more events than fit into one go in several, in order.

    Outcomes of actions go along with the last one.
    """
    where = path("agents", named(agent)) + "/events"
    receipts: list[Receipt] = []
    for start in range(0, len(events), EVENTS_PER_REQUEST):
        group = [portable(event) for event in events[start : start + EVENTS_PER_REQUEST]]
        members = {"events": group, **({"profile": profile} if profile else {})}
        if outcomes and start + EVENTS_PER_REQUEST >= len(events):
            members["outcomes"] = list(outcomes)
        answer = yield from ask(post(where, members), 201)
        found = [Receipt.read(one) for one in Reader(answer, "the receipts").list("receipts")]
        if len(found) != len(group):
            raise Malformed("client.malformed_answer", f"{len(found)} receipts for {len(group)} events")
        if any(later.sequence != earlier.sequence + 1 for earlier, later in itertools.pairwise(found)):
            raise Malformed("client.malformed_answer", "the receipts do not follow each other")
        receipts += found
    return receipts


@dataclass(frozen=True)
class ChainPage:
    agent_id: str
    events: list[Event]
    # After which place the next page begins; None for the last one.
    next: int | None


def chain_page(agent: str, after: int | None) -> Flow[ChainPage]:
    answer = yield from ask(Request("GET", path("agents", agent, "chain", after=after, limit=CHAIN_PAGE)))
    reader = Reader(answer, "the chain")
    first = 0 if after is None else after + 1
    events = [Event.read(value, first + index) for index, value in enumerate(reader.list("events"))]
    following = reader.optional_count("next")
    if following is not None and (not events or following != events[-1].sequence):
        raise Malformed("client.malformed_answer", "the chain does not go on where the page ends")
    return ChainPage(reader.text("agent_id"), events, following)


def handshake(agent: str | None, peer: str, capabilities: Iterable[str]) -> Flow[Handshake]:
    where = path("agents", named(agent)) + "/handshakes"
    return Handshake((yield from ask(post(where, {"peer": peer, "capabilities": sorted(set(capabilities))}), 201)))


# MARK: search


def moment(time: str | datetime.datetime | None) -> str | None:
    """RFC 3339 in UTC with milliseconds, as the daemon writes times."""
    if not isinstance(time, datetime.datetime):
        return time
    if time.tzinfo is None:
        raise ChanceryError("client.invalid_value", "a time without a zone is nobody's time")
    utc = time.astimezone(datetime.timezone.utc)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


@dataclass(frozen=True)
class Search:
    type: str | None = None
    agent: str | None = None
    since: str | datetime.datetime | None = None
    until: str | datetime.datetime | None = None
    session: str | None = None
    kind: str | None = None
    limit: int = 50
    oldest_first: bool = False


def search(wanted: Search) -> Flow[list[Record]]:
    who = wanted.agent
    if who is not None and not who.startswith("did:") and not re.fullmatch("[1-9A-HJ-NP-Za-km-z]{32}", who):
        who = (yield from agent(who)).agent_id
    found: list[Record] = []
    after: int | None = None
    while len(found) < wanted.limit:
        size = min(SEARCH_PAGE, wanted.limit - len(found))
        where = path(
            "ledger",
            "events",
            type=wanted.type,
            agent=who,
            kind=wanted.kind,
            session=wanted.session,
            **{"from": moment(wanted.since)},
            until=moment(wanted.until),
            order="oldest" if wanted.oldest_first else "newest",
            after=after,
            limit=size,
        )
        reader = Reader((yield from ask(Request("GET", where))), "the page")
        page = [Record.read(one) for one in reader.list("events")]
        found += page[:size]
        following = reader.optional_count("next")
        if following is None or not page or following == after:
            break
        after = following
    return found


# MARK: sessions of agents


@dataclass(frozen=True)
class Member:
    name: str
    role: str | None = None

    @staticmethod
    def of(value: str | Member | Mapping[str, Any]) -> Member:
        if isinstance(value, Member):
            return value
        if isinstance(value, str):
            name, _, role = value.partition(":")
            return Member(name, role or None)
        return Member(str(value["name"]), value.get("role"))


def start_session(members: Iterable[str | Member | Mapping[str, Any]], lifetime: int | None) -> Flow[dict[str, Any]]:
    seats = [Member.of(one) for one in members]
    body: dict[str, Any] = {"agents": [{"name": seat.name, **({"role": seat.role} if seat.role else {})} for seat in seats]}
    if lifetime is not None:
        body["lifetime"] = lifetime
    answer = yield from ask(post("/v1/agent-sessions", body), 201)
    Reader(answer, "the session").hex("session", 16)
    return answer


def session_event(
    session: str, agent: str | None, payload: Payload, event_type: str | None, peer: str | None, clear: Iterable[str]
) -> Flow[dict[str, Any]]:
    shown = portable(payload)
    kind = event_type or shown.get("event_type")
    body: dict[str, Any] = {"agent": named(agent), "payload": shown}
    for name, value in (("event_type", kind), ("peer", peer), ("clear", sorted(set(clear)) or None)):
        if value is not None:
            body[name] = value
    return (yield from ask(post(path("agent-sessions", session) + "/events", body), 201))


def end_session(session: str, agent: str | None) -> Flow[dict[str, Any]]:
    return (yield from ask(post(path("agent-sessions", session) + "/end", {"agent": named(agent)})))


def export_session(session: str) -> Flow[bytes]:
    reply = yield Request("GET", path("agent-sessions", session) + "/export")
    require(reply, 200)
    # As it is on disk: a reader compares bytes.
    _json.parse_object(reply.body, "the export")
    return reply.body


# MARK: the vault


def vault_list(kind: str | None) -> Flow[list[Artifact]]:
    return (yield from _artifacts("artifacts", ("vault", "artifacts"), kind=kind))


def vault_versions(name: str) -> Flow[list[Artifact]]:
    return (yield from _artifacts("versions", ("vault", "artifacts", name, "versions")))


def _artifacts(member: str, segments: tuple[str, ...], **query: Any) -> Flow[list[Artifact]]:
    found: list[Artifact] = []
    after: int | None = None
    while True:
        where = path(segments[0], *segments[1:], **query, after=after, limit=500)
        reader = Reader((yield from ask(Request("GET", where))), "the page")
        page = [Artifact.read(one) for one in reader.list(member)]
        found += page
        following = reader.optional_count("next")
        if following is None or not page or following == after:
            return found
        after = following


def vault_show(name: str, version: int | None) -> Flow[Artifact]:
    return Artifact.read((yield from ask(Request("GET", path("vault", "artifacts", name, version=version)))))


def vault_get(name: str, reading: Mapping[str, Any], first: int | None, last: int | None, sink: Any = None) -> Flow[bytes]:
    """The content, whole; `sink` gets it in parts instead."""
    headers = () if first is None else (("Range", f"bytes={first}-{'' if last is None else last}"),)
    where = path("vault", "artifacts", name, "content", **reading)
    reply: Reply = yield Request("GET", where, headers=headers, sink=sink, largest_answer=1 << 30)
    require(reply, 200 if first is None else 206)
    if reply.media_type != "application/octet-stream":
        raise Malformed("client.malformed_answer", f"content of the type `{reply.media_type[:64]}`", reply.status)
    return reply.body


def vault_put(name: str, data: bytes | str | os.PathLike[str], about: Mapping[str, Any]) -> Flow[Artifact]:
    """Bytes, or the file of a name."""
    where = path("vault", "artifacts", name, "content", **about)
    if isinstance(data, (str, os.PathLike)):
        file = os.fspath(data)
        digest = hashlib.sha256()
        length = 0
        for piece in _pieces(file):
            digest.update(piece)
            length += len(piece)
        request = Request("PUT", where, media_type="application/octet-stream", parts=lambda: _pieces(file), length=length)
    else:
        digest = hashlib.sha256(data)
        request = Request("PUT", where, bytes(data), "application/octet-stream")
    # Another content than was read just now is not put.
    stated = base64.b64encode(digest.digest()).decode()
    return Artifact.read((yield from ask(request.adding(("Content-Digest", f"sha-256=:{stated}:")), 201)))


def _pieces(file: str) -> Iterator[bytes]:
    with open(file, "rb") as opened:
        while piece := opened.read(_PIECE):
            yield piece


def vault_delete(name: str, version: int | None) -> Flow[list[Artifact]]:
    query = {"version": version} if version is not None else {"all": "true"}
    answer = yield from ask(Request("DELETE", path("vault", "artifacts", name, **query)))
    return [Artifact.read(one) for one in Reader(answer, "the versions").list("versions")]
