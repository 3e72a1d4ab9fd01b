"""ML-DSA-65 of FIPS 204 (pure, empty context) under the name that PiQrypt gives it. A private key is its 32-byte seed."""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from ..exceptions import InvalidSignatureError

PRIVATE_BYTES = 32
PUBLIC_BYTES = 1952
SIGNATURE_BYTES = 3309


def generate_keypair() -> tuple[bytes, bytes]:
    """A fresh (seed, public) pair of 32 and 1952 bytes."""
    private_key = os.urandom(PRIVATE_BYTES)
    return private_key, public_key(private_key)


def _private(private_key: bytes | bytearray) -> MLDSA65PrivateKey:
    if len(private_key) != PRIVATE_BYTES:
        raise ValueError(f"an ML-DSA-65 private key is its seed of {PRIVATE_BYTES} bytes, not {len(private_key)}")
    return MLDSA65PrivateKey.from_seed_bytes(bytes(private_key))


def public_key(private_key: bytes | bytearray) -> bytes:
    return _private(private_key).public_key().public_bytes_raw()


def sign(private_key: bytes | bytearray, message: bytes) -> bytes:
    return _private(private_key).sign(message)


def verify(public_key: bytes, message: bytes, signature: bytes) -> None:
    """Raises `InvalidSignatureError`; round-3 Dilithium (3293 bytes) is refused by its size."""
    if len(public_key) != PUBLIC_BYTES or len(signature) != SIGNATURE_BYTES:
        raise InvalidSignatureError("ML-DSA-65: key or signature is not of the size of FIPS 204")
    try:
        MLDSA65PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise InvalidSignatureError("ML-DSA-65 signature verification failed") from error
