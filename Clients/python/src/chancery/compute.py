"""Programs that nobody holds, on values that nobody sees.

The inputs are masked on this machine by the `chancery` binary, which talks to the coordinator and checks what the custodians
say. This module hands them to it over a pipe: they stand on no command line.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from . import _binary, _json
from ._flow import Reader
from .errors import ChanceryError, Malformed

Number = int | float | str | Decimal
ASSURANCES = ("unchecked", "checked", "corrected")


@dataclass(frozen=True)
class Evaluation:
    """What came out, by name; how far wrong shares would have been noticed; which custodians sent wrong ones."""

    outputs: Mapping[str, Decimal]
    assurance: str
    named: tuple[int, ...] = ()

    def __getitem__(self, name: str) -> Decimal:
        return self.outputs[name]


class Compute:
    """Asks a coordinator, as a client that it admitted.

    `folder` is one of `chancery compute cluster up`, else CHANCERY_COMPUTE, and stands for the three others: the coordinator's
    address, the list of custodians as it was pinned, and the client's key file.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        coordinator: str | None = None,
        roster: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        passphrase_file: str | os.PathLike[str] | None = None,
        timeout: float = 120.0,
    ) -> None:
        if folder is None and coordinator is None and roster is None and key is None:
            folder = os.environ.get("CHANCERY_COMPUTE") or None
        named = {
            "--dir": folder,
            "--coordinator": coordinator,
            "--roster": roster,
            "--key": key,
            "--passphrase-file": passphrase_file,
        }
        self._place = [word for name, value in named.items() if value is not None for word in (name, os.fspath(value))]
        self._timeout = timeout

    def eval(self, program: str, inputs: Mapping[str, Number]) -> Evaluation:
        """Evaluates a program once; whether it may is the custodians' to say."""
        return self.eval_many(program, [inputs])[0]

    def eval_many(self, program: str, rows: Sequence[Mapping[str, Number]]) -> list[Evaluation]:
        """Evaluates a program on many rows in one session."""
        if not rows:
            return []
        if len(program) != 64 or not set(program) <= set("0123456789abcdef"):
            raise ChanceryError("client.invalid_value", "a program's id is 64 hexadecimal digits")
        told = [{name: _decimal(value) for name, value in row.items()} for row in rows]
        command = ["compute", "batch", *self._place, program, "-"]
        answer = _binary.ask(*command, input=_json.canonical(told), timeout=self._timeout)
        return _read(answer, len(rows))


def _read(answer: object, count: int) -> list[Evaluation]:
    reader = Reader(answer, "the evaluation")
    assurance = reader.text("assurance")
    results = reader.list("results")
    if assurance not in ASSURANCES or len(results) != count:
        raise Malformed("client.malformed_answer", "an evaluation that nobody knows, or of other rows")
    named = tuple(int(one) for one in reader.list("named"))
    try:
        return [Evaluation({name: Decimal(value) for name, value in row.items()}, assurance, named) for row in results]
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        raise Malformed("client.malformed_answer", "a result is no number") from None


def _decimal(value: Number) -> str:
    if isinstance(value, bool):
        raise ChanceryError("client.not_portable", "a truth value is no number")
    if isinstance(value, float):
        value = repr(value)
    try:
        number = Decimal(value)
    except ArithmeticError:
        raise ChanceryError("client.not_portable", "an input is no number") from None
    if not number.is_finite():
        raise ChanceryError("client.not_portable", "an input is finite")
    return format(number, "f")
