"""Canonical bytes, strict reading, and arguments as payloads."""

import dataclasses
import datetime
import decimal
import enum
import math
import pathlib
import random
import struct

import pytest

import chancery
from chancery import _json

rfc8785 = pytest.importorskip("rfc8785")

VALUES = [
    {"\U0001f600": 1, "\ue000": 2, "é": 3, "e": 4},
    {"text": '\x00\x1f\x7f\u2028 "\\/\b\f\n\r\t é 😀'},
    [1.0, -0.0, 0.5, 1e-7, 0.00001, 1e22, 123.456, 5e-324, 1.7976931348623157e308, True, False, None],
    [2**53 - 1, -(2**53 - 1), 0],
    {"b": {"d": [], "c": {}}, "a": [[]]},
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
def test_canonical_bytes_are_those_of_another_implementation(value):
    assert _json.canonical(value) == rfc8785.dumps(value)


def test_numbers_are_written_as_another_implementation_writes_them():
    source = random.Random(20261122)
    count = 0
    for _ in range(20_000):
        number = struct.unpack(">d", source.randbytes(8))[0]
        if not math.isfinite(number) or number.is_integer():
            continue
        count += 1
        assert _json.canonical(number) == rfc8785.dumps(number), number
    assert count > 10_000


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), 1e16, float("nan"), float("inf"), "\ud800", {"\udfff": 1}, {1: 2}, {1, 2}, object(), b""]
)
def test_what_others_would_read_differently_is_not_written(value):
    with pytest.raises(chancery.ChanceryError) as failure:
        _json.canonical(value)
    assert failure.value.code == "client.not_portable"


def test_a_value_without_end_is_refused():
    endless = []
    endless.append(endless)
    for write in (_json.canonical, chancery.portable):
        with pytest.raises(chancery.ChanceryError):
            write(endless)


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":1}',
        b"[NaN]",
        b"[Infinity]",
        b"[1e999]",
        b'"\\ud800"',
        b"\xff",
        b"{} {}",
        b"",
        b"[" * 100_000,
        b"01",
        b"{'a':1}",
    ],
)
def test_what_others_would_read_differently_is_not_read(text):
    with pytest.raises(chancery.Malformed):
        _json.parse(text)


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Order:
    amount: decimal.Decimal
    to: str


def test_values_of_programs_have_one_form():
    class Model:
        def model_dump(self):
            return {"x": (1, 2)}

    utc = datetime.timezone.utc
    shown = chancery.portable(
        {
            "order": Order(decimal.Decimal("1.10"), "ada"),
            "colour": Colour.RED,
            "path": pathlib.PurePosixPath("/tmp"),
            "when": datetime.datetime(2026, 11, 22, tzinfo=utc),
            "set": {3, 1, 2},
            "large": 2**60,
            "nan": float("nan"),
            "huge": 1e300,
            "model": Model(),
            4: "four",
        }
    )
    assert shown == {
        "order": {"amount": "1.10", "to": "ada"},
        "colour": "red",
        "path": "/tmp",
        "when": "2026-11-22T00:00:00+00:00",
        "set": [1, 2, 3],
        "large": str(2**60),
        "nan": "nan",
        "huge": "1e+300",
        "model": {"x": [1, 2]},
        "4": "four",
    }
    _json.canonical(shown)


@pytest.mark.parametrize("value", [object(), print, iter([]), {"1": 1, 1: 2}, {(1, 2): 3}, "\ud800", type])
def test_what_has_no_form_is_refused(value):
    with pytest.raises(chancery.ChanceryError) as failure:
        chancery.portable(value)
    assert failure.value.code == "client.not_portable"
