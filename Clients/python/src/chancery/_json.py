"""JSON as the daemon reads and writes it: strict on the way in (RFC 7493), canonical on the way out (RFC 8785)."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from json.encoder import encode_basestring as quoted
from typing import Any

from .errors import ChanceryError, Malformed

LARGEST_INTEGER = 2**53 - 1
_DEEPEST = 64


def parse(data: bytes, what: str = "the answer") -> Any:
    """The value that `data` is, if every reader would read the same."""
    try:
        value = json.loads(
            data.decode("utf-8"), object_pairs_hook=_object, parse_constant=_refuse_constant, parse_float=_finite
        )
    except RecursionError:
        raise Malformed("client.malformed_answer", f"{what} nests too deep") from None
    except ValueError as error:
        raise Malformed("client.malformed_answer", f"{what} is no JSON: {error}") from None
    # An escape can spell half of a pair of surrogates, which no UTF-8 can.
    if b"\\u" in data and _holds_surrogate(value):
        raise Malformed("client.malformed_answer", f"{what} holds half of a surrogate pair")
    return value


def parse_object(data: bytes, what: str = "the answer") -> dict[str, Any]:
    value = parse(data, what)
    if not isinstance(value, dict):
        raise Malformed("client.malformed_answer", f"{what} is no object")
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands twice")
    return found


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError("a number is too large")
    return number


def _holds_surrogate(value: Any) -> bool:
    if isinstance(value, str):
        return any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return any(_holds_surrogate(name) or _holds_surrogate(one) for name, one in value.items())
    return isinstance(value, list) and any(map(_holds_surrogate, value))


def canonical(value: Any) -> bytes:
    """RFC 8785 of a value of dicts, lists, texts, numbers, truth values and None.

    Raises `client.not_portable` for what JSON has not, and for numbers that other readers would read differently.
    """
    parts: list[str] = []
    _write(value, parts.append, 0)
    try:
        return "".join(parts).encode("utf-8")
    except UnicodeEncodeError:
        raise ChanceryError("client.not_portable", "a text holds half of a surrogate pair") from None


def joined(members: Mapping[str, bytes]) -> bytes:
    """An object of members that are encoded already, in the order given."""
    return b"{" + b",".join(f'"{name}":'.encode() + value for name, value in members.items()) + b"}"


def _write(value: Any, put: Any, depth: int) -> None:
    if depth > _DEEPEST:
        raise ChanceryError("client.not_portable", f"a value nests deeper than {_DEEPEST} levels")
    if value is None:
        put("null")
    elif value is True:
        put("true")
    elif value is False:
        put("false")
    elif isinstance(value, str):
        put(quoted(str.__str__(value)))
    elif isinstance(value, int):
        if abs(value) > LARGEST_INTEGER:
            raise ChanceryError("client.not_portable", "an integer beyond ±(2^53-1) is written as a text")
        put(int.__repr__(value))
    elif isinstance(value, float):
        put(_number(value))
    elif isinstance(value, Mapping):
        put("{")
        for index, name in enumerate(_sorted(value)):
            put("," if index else "")
            put(quoted(name))
            put(":")
            _write(value[name], put, depth + 1)
        put("}")
    elif isinstance(value, (list, tuple)):
        put("[")
        for index, element in enumerate(value):
            put("," if index else "")
            _write(element, put, depth + 1)
        put("]")
    else:
        raise ChanceryError("client.not_portable", f"JSON has no {type(value).__name__}")


def _sorted(value: Mapping[Any, Any]) -> list[str]:
    names = list(value)
    for name in names:
        if not isinstance(name, str):
            raise ChanceryError("client.not_portable", "the names of members are texts")
    if all(map(str.isascii, names)):
        return sorted(names)
    try:
        # By UTF-16 code units, RFC 8785 §3.2.3.
        return sorted(names, key=lambda name: name.encode("utf-16-be"))
    except UnicodeEncodeError:
        raise ChanceryError("client.not_portable", "a name holds half of a surrogate pair") from None


def _number(number: float) -> str:
    """`Number::toString` of ECMAScript (RFC 8785 §3.2.2.3)."""
    if not math.isfinite(number):
        raise ChanceryError("client.not_portable", "JSON has no NaN and no infinity")
    if number.is_integer() and abs(number) < 1e21:
        if abs(number) > LARGEST_INTEGER:
            raise ChanceryError("client.not_portable", "a whole number of at least 2^53 is written as a text")
        return str(int(number))
    sign = "-" if number < 0 else ""
    mantissa, _, exponent = repr(abs(number)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + ("" if fraction == "0" else fraction)).lstrip("0")
    # The value is 0.digits times ten to the power of `point`.
    point = int(exponent or 0) + (len(whole) if whole != "0" else len(fraction.lstrip("0")) - len(fraction))
    digits = digits.rstrip("0")
    if 0 < point <= 21:
        if len(digits) <= point:
            return sign + digits + "0" * (point - len(digits))
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"
