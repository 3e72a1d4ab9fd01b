"""Encrypted key files: PiQrypt's version 1, 97 bytes.

"PQKY" | 01 | salt 32 | nonce 12 | AES-256-GCM(32-byte key) 48 key of the cipher: scrypt(passphrase, salt, N = 2^17, r = 8, p
= 1)
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .exceptions import AgentExists, InvalidPassphrase, KeyFileCorrupted

KEY_FILE_BYTES = 97
_MAGIC = b"PQKY\x01"
_N, _R, _P = 2**17, 8, 1


def passphrase_key(passphrase: str, salt: bytes) -> bytes:
    """About 0.4 s of work and 128 MiB, which is what each guess costs too."""
    return hashlib.scrypt(passphrase.encode(), salt=salt, n=_N, r=_R, p=_P, maxmem=2**28, dklen=32)


def encrypt_private_key(private_key: bytes | bytearray, passphrase: str) -> bytes:
    if not passphrase:
        raise ValueError("a passphrase is not empty")
    if len(private_key) != 32:
        raise ValueError("a private key has 32 bytes")
    salt, nonce = os.urandom(32), os.urandom(12)
    return _MAGIC + salt + nonce + AESGCM(passphrase_key(passphrase, salt)).encrypt(nonce, bytes(private_key), None)


def decrypt_private_key(content: bytes, passphrase: str) -> bytearray:
    if len(content) != KEY_FILE_BYTES or not content.startswith(_MAGIC):
        raise KeyFileCorrupted("not a key file of 97 bytes and version 1")
    salt, nonce, sealed = content[5:37], content[37:49], content[49:]
    try:
        return bytearray(AESGCM(passphrase_key(passphrase, salt)).decrypt(nonce, sealed, None))
    except InvalidTag as error:
        raise InvalidPassphrase("the passphrase does not open this key file") from error


def write_new(path: Path, content: bytes) -> None:
    """Writes a file that only its owner reads, durably, and never over another."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise AgentExists(f"`{path.name}` exists") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
