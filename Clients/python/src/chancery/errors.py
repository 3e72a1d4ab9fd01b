"""What a call raises. Whoever hears one of these must not go on with what was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from .gate import Decision

_Denial = TypeVar("_Denial", bound="Denied")


class ChanceryError(Exception):
    """A stable code, what was wrong, and the HTTP status where there was one.

    Codes of the daemon are those of docs/error-codes.md; what this package finds itself begins with `client.`.
    """

    def __init__(self, code: str, detail: str = "", status: int | None = None) -> None:
        super().__init__(code, detail, status)
        self.code = code
        self.detail = detail
        self.status = status

    def __str__(self) -> str:
        return f"{self.code}: {self.detail}" if self.detail else self.code


class Unreachable(ChanceryError):
    """Nobody answered, or not in time.

    `reached` is true when the request may have arrived all the same: what it asked for may have been done, and
    its answer was lost.
    """

    reached = False


class Malformed(ChanceryError):
    """What came back is not what the interface says: cut off, of another type, about something else, or not understood."""


class Denied(ChanceryError):
    """The action may not happen. `decision` says why, where there was one."""

    decision: Decision | None = None

    @classmethod
    def by(cls: type[_Denial], decision: Decision, code: str, detail: str, status: int | None = None) -> _Denial:
        error = cls(code, detail, status)
        error.decision = decision
        return error

    @property
    def decision_id(self) -> str | None:
        return self.decision.id if self.decision else None

    @property
    def reasons(self) -> tuple[str, ...]:
        return self.decision.reasons if self.decision else ()


class ApprovalRequired(Denied):
    """A person has to say yes first, and has not. The decision goes on waiting for one."""

    @property
    def commands(self) -> tuple[str, ...]:
        """What a person runs to see the question and to answer it."""
        decision = self.decision_id or ""
        return (
            f"chancery gate show {decision}",
            f"chancery gate approve {decision} --by NAME --key FILE",
            f"chancery gate reject {decision} --by NAME --key FILE",
        )

    def __str__(self) -> str:
        return "\n  ".join((super().__str__(), *self.commands))
