"""Conversations with the daemon as values: a flow says what it asks next and is told the reply. Threads and tasks drive
the same flows, so nothing is written twice."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from . import _json
from ._http import Reply, Request
from .errors import ChanceryError, Malformed

Result = TypeVar("Result")


@dataclass(frozen=True)
class Pause:
    """Waits so many seconds."""

    seconds: float


Step: TypeAlias = "Request | Pause"
Flow: TypeAlias = Generator[Step, Reply, Result]
NOTHING = Reply(0)

_CODE = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_.")


def ask(request: Request, status: int = 200) -> Flow[dict[str, Any]]:
    """The object that is answered with `status`."""
    reply = yield request
    require(reply, status)
    if reply.media_type != "application/json":
        raise Malformed("client.malformed_answer", f"an answer of the type `{reply.media_type[:64]}`", reply.status)
    return _json.parse_object(reply.body)


def require(reply: Reply, status: int) -> None:
    """Raises what the daemon refuses, and refuses any other answer than `status`."""
    if reply.status == status:
        return
    if reply.status >= 400:
        raise problem(reply)
    raise Malformed("client.malformed_answer", f"status {reply.status} in place of {status}", reply.status)


def problem(reply: Reply) -> ChanceryError:
    """The daemon's refusal (RFC 9457), if it is one."""
    if reply.media_type != "application/problem+json":
        return Malformed("client.malformed_answer", f"status {reply.status} without a reason", reply.status)
    try:
        stated = _json.parse_object(reply.body)
    except Malformed as error:
        return Malformed(error.code, error.detail, reply.status)
    code, detail = stated.get("code"), stated.get("detail")
    if not isinstance(code, str) or not 0 < len(code) <= 64 or not _CODE.issuperset(code):
        return Malformed("client.malformed_answer", f"status {reply.status} without a code", reply.status)
    return ChanceryError(code, detail if isinstance(detail, str) else "", reply.status)


class Reader:
    """Takes members out of an answer, each of the one type that it must have."""

    def __init__(self, value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise Malformed("client.malformed_answer", f"{what} is no object")
        self.value: dict[str, Any] = value
        self.what = what

    def fail(self, name: str) -> Malformed:
        return Malformed("client.malformed_answer", f"{self.what} has no `{name}` that is understood")

    def text(self, name: str) -> str:
        value = self.value.get(name)
        if not isinstance(value, str):
            raise self.fail(name)
        return value

    def optional_text(self, name: str) -> str | None:
        return None if self.value.get(name) is None else self.text(name)

    def hex(self, name: str, *counts: int) -> str:
        value = self.text(name)
        if len(value) not in {2 * count for count in counts} or not set(value) <= set("0123456789abcdef"):
            raise self.fail(name)
        return value

    def count(self, name: str) -> int:
        value = self.value.get(name)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.fail(name)
        return value

    def optional_count(self, name: str) -> int | None:
        return None if self.value.get(name) is None else self.count(name)

    def truth(self, name: str) -> bool:
        value = self.value.get(name)
        if not isinstance(value, bool):
            raise self.fail(name)
        return value

    def list(self, name: str) -> list[Any]:
        value = self.value.get(name)
        if not isinstance(value, list):
            raise self.fail(name)
        return value

    def same(self, name: str, expected: str) -> None:
        """Refuses an answer about something else than what was asked."""
        if self.value.get(name) != expected:
            raise Malformed("client.malformed_answer", f"{self.what} is about another `{name}` than was asked")
