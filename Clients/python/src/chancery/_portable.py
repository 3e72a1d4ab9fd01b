"""Arguments of a call as a payload that a policy, and a person, can read."""

from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import hashlib
import math
import os
import uuid
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from . import _json
from .errors import ChanceryError

# Texts of more UTF-8 bytes are shown as their hash and length when arguments become a payload by themselves.
TEXT_LIMIT = 64 << 10
_DEEPEST = 24


class _NoForm(Exception):
    """`value` is of a class that has no form; every other refusal is of what a value of JSON can be, too."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.value = value


def portable(value: Any, limit: int | None = None) -> Any:
    """`value` in terms of JSON.

    Bytes, and texts of more than `limit` bytes, become `{"sha256", "length"}`. What has no form that says all of it is refused
    with `client.not_portable`: nobody decides about something that they cannot see. The one exception is a field of a model
    that holds such an object itself, a lock or a client, and is excluded from dumps: it is not shown, and decides nothing.
    """
    try:
        return _portable(value, limit, 0)
    except _NoForm as error:
        kind = f"{type(error.value).__module__}.{type(error.value).__qualname__}"
    raise ChanceryError("client.not_portable", f"a {kind} has no form that a policy reads; say what it is with `payload`")


def _portable(value: Any, limit: int | None, depth: int) -> Any:
    if depth > _DEEPEST:
        raise ChanceryError("client.not_portable", f"a value nests deeper than {_DEEPEST} levels")
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, enum.Enum):
        return _portable(value.value, limit, depth + 1)
    if isinstance(value, str):
        return _text(str.__str__(value), limit)
    if isinstance(value, int):
        return int(value) if abs(value) <= _json.LARGEST_INTEGER else int.__repr__(value)
    if isinstance(value, float):
        isplain = math.isfinite(value) and (abs(value) <= _json.LARGEST_INTEGER or not value.is_integer())
        return float(value) if isplain else repr(float(value))
    if isinstance(value, (bytes, bytearray, memoryview)):
        return _digest(bytes(value))
    if isinstance(value, Mapping):
        return _mapping(value, limit, depth)
    if isinstance(value, (list, tuple)):
        return [_portable(one, limit, depth + 1) for one in value]
    if isinstance(value, AbstractSet):
        return sorted((_portable(one, limit, depth + 1) for one in value), key=_json.canonical)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return _mapping(members, limit, depth)
    if isinstance(value, (datetime.datetime, datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, (decimal.Decimal, uuid.UUID)):
        return str(value)
    if isinstance(value, os.PathLike):
        return _portable(os.fspath(value), limit, depth + 1)
    # Models of pydantic, which bridges to frameworks meet everywhere.
    if not isinstance(value, type):
        if isinstance(getattr(type(value), "model_fields", None), Mapping):
            return _model(value, limit, depth)
        if callable(dump := getattr(value, "model_dump", None)):
            return _portable(dump(), limit, depth + 1)
    raise _NoForm(value)


def _model(value: Any, limit: int | None, depth: int) -> Any:
    """What a model holds, whatever its fields are declared as: a dump of it leaves out what a subclass added, and what is
    excluded from dumps.

    Each member is read once. Only what has no form itself is shown as the model serialises it, or left out where the model
    excludes it.
    """
    kind = type(value)
    fields, computed = kind.model_fields, getattr(kind, "model_computed_fields", {})
    if getattr(kind, "__pydantic_root_model__", False):
        return _field(value, "root", _read(value, "root", False), fields["root"], limit, depth)
    found: dict[str, Any] = {}
    for name, field in {**fields, **computed}.items():
        one = _read(value, name, name not in computed)
        shown = one if one is _MISSING else _field(value, name, one, field, limit, depth)
        if shown is not _MISSING:
            found[name] = shown
    more = _mapping(getattr(value, "model_extra", None) or {}, limit, depth)
    if found.keys() & more.keys():
        raise ChanceryError("client.not_portable", "two members have one name")
    return {**found, **more}


_MISSING: Any = object()


def _read(value: Any, name: str, may_be_missing: bool) -> Any:
    """A member, once. A field may never have been set; that one of another kind cannot be read is no reason to leave it out."""
    try:
        return getattr(value, name)
    except Exception as error:  # Whatever an object's own methods raise.
        kind = type(value)
        isunset = isinstance(error, AttributeError) and name not in vars(value) and not hasattr(kind, name)
        if may_be_missing and isunset:
            return _MISSING
        raise ChanceryError("client.not_portable", f"`{name}` of a {kind.__qualname__} cannot be read") from error


def _field(value: Any, name: str, one: Any, field: Any, limit: int | None, depth: int) -> Any:
    """The form of a member. What the model excludes is left out only where it is of this process alone: an address or a
    secret lacks a form too, and who calls a tool may choose it.
    """
    try:
        return _portable(one, limit, depth + 1)
    except _NoForm as error:
        isroot = getattr(type(value), "__pydantic_root_model__", False)
        if error.value is one and getattr(field, "exclude", None) is True and not isroot and _is_handle(one):
            return _MISSING
        # A dump of a list or of another model could leave out what lies beside what has no form.
        if error.value is not one and not _has_serializer(type(value), name, field):
            raise
        dumped = {name: value.model_dump(warnings=False)} if isroot else value.model_dump(include={name}, warnings=False)
        if not isinstance(dumped, Mapping) or name not in dumped:
            raise
        return _portable(dumped[name], limit, depth + 1)


def _is_handle(one: Any) -> bool:
    """Whether something is of this process alone, as locks and connections are: nothing that is written down makes it."""
    try:
        one.__reduce_ex__(4)
    except Exception:  # Types say in their own ways that they cannot be copied elsewhere.
        return True
    return False


def _has_serializer(kind: Any, name: str, field: Any) -> bool:
    """Whether the model says itself how this field is serialised."""
    decorators = getattr(getattr(kind, "__pydantic_decorators__", None), "field_serializers", {})
    names = {one for decorator in decorators.values() for one in decorator.info.fields}
    annotated = {type(one).__name__ for one in getattr(field, "metadata", ())}
    return not names.isdisjoint((name, "*")) or not annotated.isdisjoint(("PlainSerializer", "WrapSerializer"))


def _mapping(value: Mapping[Any, Any], limit: int | None, depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, one in value.items():
        key = name if isinstance(name, str) else name.value if isinstance(name, enum.Enum) else name
        if isinstance(key, (bool, int)) and not isinstance(key, str):
            key = str(key)
        if not isinstance(key, str):
            raise ChanceryError("client.not_portable", "the name of a member is no text")
        if key in found:
            raise ChanceryError("client.not_portable", "two members have one name")
        found[key] = _portable(one, limit, depth + 1)
    return found


def _text(text: str, limit: int | None) -> Any:
    data = text.encode("utf-8", "surrogatepass")
    if limit is None or len(data) <= limit:
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            raise ChanceryError("client.not_portable", "a text holds half of a surrogate pair") from None
        return text
    return _digest(data)


def _digest(data: bytes) -> dict[str, Any]:
    return {"sha256": hashlib.sha256(data).hexdigest(), "length": len(data)}


def result_hash(value: Any) -> str | None:
    """SHA-256 of a result: of bytes and texts themselves, of others in RFC 8785; None for what has no such form."""
    try:
        if isinstance(value, (bytes, bytearray, memoryview)):
            data = bytes(value)
        elif isinstance(value, str):
            data = value.encode("utf-8", "surrogatepass")
        else:
            data = _json.canonical(portable(value))
    except Exception:  # Whatever an object's own methods raise: the action is over, and a hash is no reason to fail.
        return None
    return hashlib.sha256(data).hexdigest()
