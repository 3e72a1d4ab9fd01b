"""Base58 as Bitcoin writes it, and Base64 that accepts one text for each value."""

from __future__ import annotations

import base64
import binascii

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {character: value for value, character in enumerate(_ALPHABET)}
_LONGEST_BASE58 = 8192


def base58(data: bytes) -> str:
    number = int.from_bytes(data, "big")
    text = ""
    while number:
        number, digit = divmod(number, 58)
        text = _ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decoded(text: str) -> bytes:
    if len(text) > _LONGEST_BASE58:
        raise ValueError("too long for base58")
    number = 0
    for character in text:
        if character not in _VALUES:
            raise ValueError("not base58")
        number = number * 58 + _VALUES[character]
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def base64_text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def base64_decoded(text: object) -> bytes:
    """Standard Base64 with padding, and only the text that the encoder would write."""
    if not isinstance(text, str):
        raise ValueError("not a text")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64") from error
    if base64_text(data) != text:
        raise ValueError("not canonical base64")
    return data
