"""What the gate decides: its questions and answers, as values and flows."""

from __future__ import annotations

import functools
import hashlib
import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import _json
from ._calls import stamp
from ._flow import Flow, Pause, Reader, ask
from ._http import Reply, Request
from ._portable import portable, result_hash
from .errors import ApprovalRequired, ChanceryError, Denied, Malformed
from .records import Receipt

ALLOWING = ("ALLOW", "ALLOW_WITH_LOG", "RESTRICTED")
REQUIRE_HUMAN = "REQUIRE_HUMAN"
BLOCK = "BLOCK"
STATUSES = ("done", "failed", "unknown")
# What whoever carries an action out owes besides: those that are known, and whether they have a value.
_OBLIGATIONS = {
    "log": False,
    "log_payload": False,
    "log_external_call": False,
    "log_level": True,
    "notify": True,
    "justify": False,
}
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_LONGEST_POLL = 30
_SHORTEST_POLL = 0.2
_LARGEST_ANSWER = 1 << 20

Payload = Mapping[str, Any]

_log = logging.getLogger("chancery.gate")


@dataclass(frozen=True)
class Obligation:
    """What is owed besides, such as a line in a log that people read."""

    name: str
    value: str | None = None


@dataclass(frozen=True)
class Decision:
    """What the gate said. One of `dry_run` has no id, and allows nothing."""

    id: str
    outcome: str
    reasons: tuple[str, ...]
    obligations: tuple[Obligation, ...]
    expires: str
    raw: Mapping[str, Any]
    rule: str = ""
    action_hash: str = ""
    # Whether the permission was used by being given.
    is_used: bool = False

    @property
    def is_allowed(self) -> bool:
        return self.outcome in ALLOWING and bool(self.id)

    @property
    def needs_approval(self) -> bool:
        return self.outcome == REQUIRE_HUMAN


@dataclass(frozen=True)
class Action:
    """What somebody wants to do, in the one form that is decided, approved and used."""

    name: str
    payload: Payload
    target: str | None = None
    labels: tuple[str, ...] = ()

    @staticmethod
    def of(
        name: str,
        payload: Payload | None,
        target: str | None = None,
        labels: tuple[str, ...] = (),
        limit: int | None = None,
    ) -> Action:
        """Texts of more than `limit` bytes are shown as their hash; without one all are shown whole."""
        if not isinstance(name, str) or not name:
            raise ChanceryError("client.not_portable", "an action has a name")
        shown = portable({} if payload is None else payload, limit)
        if not isinstance(shown, dict):
            raise ChanceryError("client.not_portable", "a payload is an object")
        return Action(name, shown, target.lower() if target is not None else None, tuple(sorted(set(labels))))

    @functools.cached_property
    def _encoded(self) -> dict[str, bytes]:
        """The members of its canonical text, which are those of a request too."""
        members = {"action": self.name, "labels": list(self.labels), "payload": self.payload, "target": self.target}
        return {name: _json.canonical(value) for name, value in members.items()}

    @functools.cached_property
    def hash(self) -> str:
        """As the gate computes it: docs/spec/gate.md."""
        return hashlib.sha256(_json.joined({**self._encoded, "tool": b"null"})).hexdigest()

    def body(self, agent: str | None, **members: bool) -> bytes:
        told = {name: value for name, value in self._encoded.items() if value not in (b"null", b"[]")}
        told |= {name: _json.canonical(value) for name, value in members.items()}
        if agent is not None:
            told["agent"] = _json.canonical(agent)
        return _json.joined(told)


@dataclass
class Permit:
    """A permission that was used: the action may happen now, once."""

    decision: Decision
    action: Action
    # The result whose SHA-256 the outcome names, when the caller sets it.
    result: Any = None
    has_result: bool = False
    detail: str | None = None
    # What goes onto the agent's chain when the action is over, and then the receipts.
    events: list[Payload] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    # Why the outcome could not be noted, when it could not.
    unrecorded: ChanceryError | None = None
    # Why the events could not be stamped, when they could not; the outcome is noted without them.
    unstamped: ChanceryError | None = None
    # Whether the outcome was sent already, by who was cut off before he knew what came of that.
    _was_told: bool = field(default=False, init=False, repr=False, compare=False)

    def set_result(self, value: Any) -> None:
        """Names the result in the outcome, by its SHA-256."""
        self.result, self.has_result = value, True

    def stamp(self, event: Payload) -> None:
        """Puts an event onto the agent's chain when the action is over, in one request with its outcome."""
        self.events.append(portable(event))


def decide(action: Action, agent: str | None, timeout: float, dry_run: bool = False, redeems: bool = False) -> Flow[Decision]:
    """With `redeems`, what is allowed at once is used at once."""
    members = {name: True for name, is_set in (("dry_run", dry_run), ("redeem", redeems)) if is_set}
    answer = yield from ask(_post("/v1/gate/decisions", action.body(agent, **members), timeout))
    return read_decision(answer, action, dry_run, redeems)


def used(heard: Iterable[tuple[Request, Reply]]) -> str | None:
    """The decision whose permission an answer says was used for what was asked, whatever else it says. None when its outcome
    was told.
    """
    found = None
    for request, reply in heard:
        if not 200 <= reply.status < 300:
            continue
        if request.path.endswith("/outcome"):
            return None
        try:
            answer = _json.parse_object(reply.body)
            is_about = _is_about(answer, request)
        except ChanceryError:
            continue
        if is_about and answer.get("redeemed") is True:
            found = answer["decision"]
    return found


def _is_about(answer: Mapping[str, Any], request: Request) -> bool:
    decision_id = answer.get("decision")
    if not isinstance(decision_id, str) or not _is_id(decision_id):
        return False
    if request.path != "/v1/gate/decisions":
        return request.path == f"/v1/gate/decisions/{decision_id}/redeem"
    told = _json.parse_object(request.body)
    action = Action(told["action"], told["payload"], told.get("target"), tuple(told.get("labels", ())))
    return bool(answer.get("action_hash") == action.hash)


def read_decision(answer: Any, action: Action, dry_run: bool = False, redeems: bool = False) -> Decision:
    """Refuses an answer that is not wholly understood, or about anything but `action`."""
    reader = Reader(answer, "the decision")
    outcome = reader.text("effect")
    if outcome not in (*ALLOWING, REQUIRE_HUMAN, BLOCK):
        raise Malformed("client.malformed_answer", f"the gate answers `{outcome[:64]}`, which nobody knows")
    reader.same("action_hash", action.hash)
    if reader.truth("allowed") != (outcome in ALLOWING and not dry_run):
        raise Malformed("client.malformed_answer", f"the decision allows and does not allow: `{outcome}`")
    if dry_run and reader.value.get("decision") is not None:
        raise Malformed("client.malformed_answer", "a dry run was decided")
    is_used = "redeemed" in reader.value and reader.truth("redeemed")
    if is_used and not (redeems and outcome in ALLOWING):
        raise Malformed("client.malformed_answer", f"a permission was used that is none, or not asked for: `{outcome}`")
    return Decision(
        "" if dry_run else reader.hex("decision", 64),
        outcome,
        (reader.text("reason"),),
        tuple(map(_obligation, reader.list("obligations"))),
        reader.text("expires"),
        reader.value,
        reader.text("rule"),
        action.hash,
        is_used,
    )


def _obligation(value: Any) -> Obligation:
    name, argument = (value, None) if isinstance(value, str) else (None, None)
    if isinstance(value, dict) and set(value) == {"name", "value"}:
        name, argument = value["name"], value["value"]
    if (
        not isinstance(name, str)
        or _OBLIGATIONS.get(name) is not (argument is not None)
        or not (argument is None or isinstance(argument, str))
    ):
        raise Malformed("client.malformed_answer", "the decision comes with an obligation that nobody knows")
    return Obligation(name, argument)


def redeem(decision: Decision, action: Action, agent: str | None, timeout: float) -> Flow[None]:
    """Uses a permission. Whoever hears an error must not act."""
    try:
        answer = yield from ask(_post(f"/v1/gate/decisions/{decision.id}/redeem", action.body(agent), timeout))
    except Malformed:
        raise
    except ChanceryError as error:
        if error.code.startswith("gate."):
            raise Denied.by(decision, error.code, error.detail, error.status) from None
        raise
    reader = Reader(answer, "the redemption")
    reader.same("decision", decision.id)
    if not reader.truth("redeemed"):
        raise Malformed("client.malformed_answer", "the permission was not used")


def acquire(action: Callable[[], Action], agent: str | None, timeout: float, wait: float | None) -> Flow[Permit]:
    """A permission that was used, or an error.

    `action` is asked again after a person's answer, and at the end: what happens must be what was decided, also when somebody
    changed the arguments while the gate was asked.
    """
    asked = action()
    decision = yield from decide(asked, agent, timeout, redeems=True)
    if decision.outcome == BLOCK:
        raise Denied.by(decision, "gate.blocked", f"{decision.rule}: {' '.join(decision.reasons)}")
    if decision.needs_approval:
        yield from approved(decision, wait or 0, timeout)
        asked = action()
    if not decision.is_used:
        yield from redeem(decision, asked, agent, timeout)
    try:
        is_same = action().hash == asked.hash
    except BaseException:
        yield from abandon(decision.id, "the arguments could not be read again", agent, timeout)
        raise
    if not is_same:
        yield from abandon(decision.id, "the arguments changed", agent, timeout)
        raise Denied.by(decision, "gate.action_changed", "the arguments changed while the gate was asked")
    _report(decision, asked)
    return Permit(decision, asked)


def abandon(decision_id: str, why: str, agent: str | None, timeout: float) -> Flow[None]:
    """Says that a permission which was used led to nothing."""
    try:
        yield from outcome(decision_id, "failed", None, why, agent, timeout)
    except ChanceryError as failure:
        _log.error("the outcome of decision %s is not on record: %s", decision_id, failure)


def approved(decision: Decision, wait: float, timeout: float) -> Flow[None]:
    """Returns when a person said yes."""
    deadline = time.monotonic() + wait
    state = "waiting"
    while state == "waiting" and (left := deadline - time.monotonic()) > 0:
        seconds = min(_LONGEST_POLL, math.ceil(left))
        began = time.monotonic()
        state, _ = yield from standing(decision, timeout, seconds)
        if state == "waiting" and time.monotonic() - began < _SHORTEST_POLL:
            yield Pause(_SHORTEST_POLL)
    if state == "approved":
        return
    if state == "waiting":
        detail = f"{decision.rule}: {' '.join(decision.reasons)}"
        raise ApprovalRequired.by(decision, "gate.approval_required", detail)
    codes = {"rejected": "gate.rejected", "lapsed": "gate.decision_expired", "redeemed": "gate.already_redeemed"}
    if state in codes:
        raise Denied.by(decision, codes[state], f"the question is {state}")
    raise Malformed("client.malformed_answer", f"a question that is `{state[:64]}`")


def standing(decision: Decision, timeout: float, wait: int = 0) -> Flow[tuple[str, Mapping[str, Any]]]:
    """Where a decision stands now: a word, and all that is known."""
    path = f"/v1/gate/decisions/{decision.id}" + (f"?wait={wait}" if wait else "")
    answer = yield from ask(Request("GET", path, timeout=timeout + wait, largest_answer=_LARGEST_ANSWER))
    reader = Reader(answer, "the decision")
    reader.same("decision", decision.id)
    if decision.action_hash:
        reader.same("action_hash", decision.action_hash)
    stated = reader.value.get("standing")
    # Of what is long over nothing is said.
    return ("lapsed" if stated is None else Reader(stated, "the standing").text("state")), reader.value


def outcome(
    decision_id: str, status: str, result_hash: str | None, detail: str | None, agent: str | None, timeout: float
) -> Flow[None]:
    told = _outcome(status, result_hash, detail)
    body = _json.canonical(told if agent is None else {**told, "agent": agent})
    answer = yield from ask(_post(f"/v1/gate/decisions/{_checked(decision_id)}/outcome", body, timeout))
    reader = Reader(answer, "the outcome")
    reader.same("decision", decision_id)
    reader.same("status", status)


def _outcome(status: str, result_hash: str | None, detail: str | None) -> dict[str, Any]:
    if status not in STATUSES:
        raise ChanceryError("client.invalid_value", f"an outcome is {', '.join(STATUSES)}")
    members = {"status": status, "result": result_hash, "detail": detail}
    return {name: value for name, value in members.items() if value is not None}


def settle(permit: Permit, error: BaseException | None, agent: str | None, timeout: float) -> Flow[None]:
    """Says what came of an action, with the events of it.

    That an outcome alone cannot be noted is logged and not raised: it is no reason to do the action again. Events that were to
    be stamped are another matter; what refuses them does not keep the outcome off the record.
    """
    is_again, permit._was_told = permit._was_told, True
    hashed = result_hash(permit.result) if permit.has_result and error is None else None
    status = "done" if error is None else "failed"
    # What an exception says may hold anything; its kind is enough.
    detail = permit.detail if error is None else type(error).__name__[:400]
    if permit.events:
        told = {"decision": permit.decision.id, **_outcome(status, hashed, detail)}
        try:
            permit.receipts = yield from stamp(agent, permit.events, None, outcomes=[told])
            return
        except ChanceryError as failure:
            # The outcome comes after the events.
            if is_again and permit.unstamped is None and failure.code == "gate.outcome_known":
                return
            permit.unstamped = failure
            _log.error("the events of decision %s are not on record: %s", permit.decision.id, failure)
    try:
        yield from outcome(permit.decision.id, status, hashed, detail, agent, timeout)
    except ChanceryError as failure:
        # The request that was not answered may have told it.
        if failure.code != "gate.outcome_known" or (permit.unstamped is None and not is_again):
            permit.unrecorded = failure
            _log.error("the outcome of decision %s is not on record: %s", permit.decision.id, failure)
    if permit.unstamped is not None and error is None:
        raise permit.unstamped


def _report(decision: Decision, action: Action) -> None:
    """What the policy wants in a log that people read."""
    names = {obligation.name: obligation.value for obligation in decision.obligations}
    if not names.keys() & {"log", "log_external_call", "log_level", "log_payload"}:
        return
    level = _LEVELS.get(names.get("log_level") or "info", logging.INFO)
    shown = _json.canonical(action.payload).decode() if "log_payload" in names else action.hash
    _log.log(level, "%s %s by %s: %s %s", decision.outcome, action.name, decision.rule, action.target or "-", shown)


def _post(path: str, body: bytes, timeout: float) -> Request:
    return Request("POST", path, body, "application/json", timeout=timeout, largest_answer=_LARGEST_ANSWER)


def _checked(decision_id: str) -> str:
    if not _is_id(decision_id):
        raise ChanceryError("client.invalid_value", "a decision's id is 128 hexadecimal digits")
    return decision_id


def _is_id(text: str) -> bool:
    return len(text) == 128 and set(text) <= set("0123456789abcdef")
