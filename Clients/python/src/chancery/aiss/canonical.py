"""The two canonical forms: that of AISS-1.0 and 2.0 (Python's number texts) and RFC 8785 (AISS-2.1).

AISS-1 keeps the kind of a number: `1` and `1.0` are different bytes. Parse events with `json.loads`, which keeps it too.
"""

from __future__ import annotations

import json
import math
from typing import Any

from .exceptions import CanonicalError

_DEPTH = 128
_EXACT = 2**53 - 1


def _checked(value: Any, depth: int = 0) -> None:
    if depth > _DEPTH:
        raise CanonicalError("nested too deeply")
    if isinstance(value, dict):
        for key, member in value.items():
            if not isinstance(key, str):
                raise CanonicalError(f"a key is a {type(key).__name__}")
            _checked(member, depth + 1)
    elif isinstance(value, (list, tuple)):
        for member in value:
            _checked(member, depth + 1)
    elif not (value is None or isinstance(value, (str, bool, int, float))):
        raise CanonicalError(f"{type(value).__name__} has no canonical form")


def canonicalize(value: Any) -> bytes:
    """AISS-1.0: keys by code point, no spaces, numbers as Python writes them."""
    _checked(value)
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
        return text.encode("utf-8")
    except (ValueError, UnicodeEncodeError) as error:
        raise CanonicalError(str(error)) from error


def canonicalize_jcs(value: Any) -> bytes:
    """RFC 8785; integers beyond 2^53 - 1 are refused, as AISS-2.1 refuses them."""
    _checked(value)
    try:
        return _jcs(value).encode("utf-8")
    except UnicodeEncodeError as error:
        raise CanonicalError(str(error)) from error


def _jcs(value: Any) -> str:
    if value is None or isinstance(value, (bool, str)):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > _EXACT:
            raise CanonicalError(f"{value} exceeds what RFC 8785 represents")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, dict):
        ordered = sorted(value.items(), key=lambda item: item[0].encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_jcs(member)}" for key, member in ordered) + "}"
    return "[" + ",".join(_jcs(member) for member in value) + "]"


def _number(value: float) -> str:
    """ECMAScript's Number::toString; Python's `repr` finds the same shortest digits."""
    if not math.isfinite(value):
        raise CanonicalError("NaN and infinity have no canonical form")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # `point`: how many digits stand before the decimal point.
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    tail = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{tail}e{'+' if power > 0 else '-'}{abs(power)}"
