"""Ed25519 (RFC 8032) over raw 32-byte keys."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..exceptions import InvalidSignatureError

PRIVATE_BYTES = PUBLIC_BYTES = 32
SIGNATURE_BYTES = 64


def generate_keypair() -> tuple[bytes, bytes]:
    """A fresh (private, public) pair of 32 bytes each."""
    private_key = os.urandom(PRIVATE_BYTES)
    return private_key, public_key(private_key)


def _private(private_key: bytes | bytearray) -> Ed25519PrivateKey:
    if len(private_key) != PRIVATE_BYTES:
        raise ValueError(f"an Ed25519 private key has {PRIVATE_BYTES} bytes, not {len(private_key)}")
    return Ed25519PrivateKey.from_private_bytes(private_key)


def public_key(private_key: bytes | bytearray) -> bytes:
    return _private(private_key).public_key().public_bytes_raw()


def sign(private_key: bytes | bytearray, message: bytes) -> bytes:
    return _private(private_key).sign(message)


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raises `InvalidSignatureError` unless the signature is one of this key over the message."""
    if len(public_key) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise InvalidSignatureError("Ed25519: a key has 32 bytes and a signature 64")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise InvalidSignatureError("Ed25519 signature verification failed") from error
