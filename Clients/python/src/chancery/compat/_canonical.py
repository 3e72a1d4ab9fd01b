"""Canonical JSON, digests, hex and times of the pqc packages (docs/spec/pqaid-v0.md)."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import datetime, timezone
from typing import Any

_HEX = re.compile(r"(?:[0-9a-f]{2})*")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)")


def canonical_json(value: Any) -> bytes:
    """Members sorted by code point, no spaces, UTF-8. NaN and infinity are refused."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8")


def digest(content: bytes) -> bytes:
    return hashlib.sha3_256(content).digest()


def from_hex(text: object) -> bytes:
    """Lower-case hexadecimal and nothing else: one text for each value."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        raise ValueError("not lower-case hexadecimal")
    return bytes.fromhex(text)


def now() -> datetime:
    return datetime.now(timezone.utc)


def parsed_time(text: object) -> datetime:
    """RFC 3339 with an offset; anything else is refused, so that nothing unreadable counts as never."""
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError("not a time of RFC 3339 with an offset")
    fraction = (match[2] or "0")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{match[1]}.{fraction}{match[3].replace('Z', '+00:00')}")
