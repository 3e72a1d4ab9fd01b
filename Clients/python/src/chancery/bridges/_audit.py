"""What all bridges do: note, have decided, note again."""

from __future__ import annotations

import asyncio
import copy
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from .. import connect
from .._begun import Call, apart
from .._guarding import require_same
from .._portable import portable, result_hash
from ..client import Client
from ..errors import ChanceryError, Denied
from ..gate import Action, Guard, Permit
from ..sessions import AgentSession

Result = TypeVar("Result")
_log = logging.getLogger("chancery.bridges")


def hashed(**contents: Any) -> dict[str, str]:
    """Contents as `NAME_hash`; of what has no form that says all of it, only the type is said."""
    found = {}
    for name, value in contents.items():
        digest = result_hash(value)
        if digest is None:
            found[f"{name}_type"] = f"{type(value).__module__}.{type(value).__qualname__}"
        else:
            found[f"{name}_hash"] = digest
    return found


def taken(value: Any) -> Any:
    """A copy of arguments, to be decided and used: who still has the original cannot change it. What has no form that a policy
    reads, or cannot be copied, is refused.

    A model that cannot be copied, such as one that holds a lock, is handed on as it is: a step reads it again until the action
    begins.
    """
    try:
        portable(value)
    except ChanceryError:
        raise
    except Exception as error:  # Whatever an object's own methods raise.
        raise ChanceryError("client.not_portable", "an argument has no form that a policy reads") from error
    return _copied(value)


def _copied(value: Any) -> Any:
    try:
        return copy.deepcopy(value)
    except Exception as error:  # Likewise.
        if type(value) is dict:
            return {name: _copied(one) for name, one in value.items()}
        if type(value) in (list, tuple):
            return type(value)(_copied(one) for one in value)
        if callable(getattr(value, "model_dump", None)):
            return value
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise ChanceryError("client.not_portable", f"a {kind} cannot be copied, and somebody else may change it") from error


class Audit:
    """The chain of one agent, or its part of a session, for one framework.

    `client` is a blocking client, or the name of an agent for `chancery.connect`; asynchronous bridges use it in threads, so
    the loop never waits.
    """

    def __init__(
        self,
        client: Client | str | None,
        framework: str,
        *,
        wait: float | None = None,
        session: AgentSession | None = None,
    ) -> None:
        self.client = client if isinstance(client, Client) else connect(agent=client)
        self.framework = framework
        self.wait = wait
        self.session = session
        # What happened after an action and could not be noted.
        self.unrecorded: list[ChanceryError] = []

    @property
    def agent(self) -> str:
        if self.client.agent is None:
            raise ChanceryError("client.no_agent", "the client is for no agent: connect(agent=…)")
        return self.client.agent

    def said(self, members: Mapping[str, Any]) -> dict[str, Any]:
        return {"framework": self.framework, **{name: one for name, one in members.items() if one is not None}}

    def note(self, event_type: str, /, *, peer: str | None = None, **members: Any) -> None:
        """Puts an event on record, or raises. With `peer`, in a session, both sides sign it."""
        said = self.said(members)
        if self.session is not None:
            self.session.stamp(self.agent, said, event_type, peer, clear=list(said))
        elif peer is not None:
            raise ChanceryError("client.no_session", "only a session has peers")
        else:
            self.client.stamp({"event_type": event_type, **said})

    def remark(self, event_type: str, /, **members: Any) -> None:
        """As `note`, of what has happened already: that it cannot be noted is no reason to do it again, so it is logged and
        kept.
        """
        try:
            self.note(event_type, **members)
        except ChanceryError as error:
            self.lost(event_type, error)

    def lost(self, event_type: str, error: ChanceryError) -> None:
        self.unrecorded.append(error)
        _log.error("`%s` of %s is not on record: %s", event_type, self.client.agent, error)

    async def note_async(self, event_type: str, /, **members: Any) -> None:
        await asyncio.to_thread(lambda: self.note(event_type, **members))

    async def remark_async(self, event_type: str, /, **members: Any) -> None:
        await asyncio.shield(apart(lambda: self.remark(event_type, **members)))

    def step(self, events: Events, action: str | None, payload: Any, /, **members: Any) -> Step:
        """An action to come; without a name it is only noted.

        `payload` is what it acts on, or a function that reads that: not a copy that it does not act on. It is read again while
        the gate is asked and before the action begins, and what changed meanwhile does not happen.
        """
        return Step(self, events, action, payload, members)


@dataclass(frozen=True)
class Events:
    """What the events of an action are called."""

    start: str | None
    end: str
    error: str
    blocked: str


def _read(payload: Any) -> Mapping[str, Any]:
    shown = payload() if callable(payload) else payload
    return shown if isinstance(shown, Mapping) else {"input": shown}


class Step(Call):
    """One action, with its events."""

    def __init__(self, audit: Audit, events: Events, action: str | None, payload: Any, members: Mapping[str, Any]) -> None:
        super().__init__()
        self._audit = audit
        self._events = events
        self._members = dict(members)
        self._guard: Guard | None = None
        self._action: Callable[[], Action] | None = None
        if action is not None:
            self._action = lambda: Action.of(action, _read(payload))
            self._guard = Guard(audit.client.gate, self._action, audit.wait)
        self.permit: Permit | None = None

    def begin(self) -> None:
        if self._guard is not None:
            try:
                self.permit = self._guard.__enter__()
            except Denied as error:
                self._audit.remark(self._events.blocked, **self._members, decision_id=error.decision_id, code=error.code)
                raise
            self._members["decision_id"] = self.permit.decision.id
        if self._events.start is None:
            return
        try:
            self._audit.note(self._events.start, **self._members)
        except BaseException as error:
            self._settle(error)
            raise
        try:
            # That the start was noted took time, too.
            self.require_same()
        except BaseException as error:
            self.fail(error)
            raise

    def require_same(self) -> None:
        if self.permit is not None and self._action is not None:
            require_same(self._action, self.permit)

    def finish(self, result: Any = None, **members: Any) -> None:
        if self._take():
            if self.permit is not None:
                self.permit.set_result(result)
            self._over(None, self._events.end, {**self._members, **hashed(result=result), **members})

    def fail(self, error: BaseException, **members: Any) -> None:
        if self._take():
            self._over(error, self._events.error, {**self._members, "error": type(error).__name__, **members})

    def _over(self, error: BaseException | None, event_type: str, members: Mapping[str, Any]) -> None:
        """The outcome and the last event, in one request where both go onto the same chain."""
        audit = self._audit
        if self.permit is None or audit.session is not None:
            self._settle(error)
            audit.remark(event_type, **members)
            return
        self.permit.stamp({"event_type": event_type, **audit.said(members)})
        try:
            self._settle(error)
        except ChanceryError as failure:
            audit.lost(event_type, failure)
        else:
            if (lost := self.permit.unrecorded or self.permit.unstamped) is not None:
                audit.lost(event_type, lost)

    def _settle(self, error: BaseException | None) -> None:
        if self._guard is not None and self.permit is not None:
            self._guard.__exit__(type(error) if error else None, error, None)

    def __enter__(self) -> Step:
        self.begin()
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        # Who has a result says so with `finish` before.
        if error is not None:
            self.fail(error)
        else:
            self.finish()
