"""What keeps the device's ML-KEM-768 key and the encrypted records.

Two backends, both honest about what they are: memory of this process, and files under a passphrase. Secure Enclave, StrongBox
and QSEE are not reached from Python; a TPM or a PKCS #11 token keeps the root of `chancery vault`.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import BackendError

Store = dict[str, Any]


class EnclaveBackend(Protocol):
    name: str
    enclave_vendor: str
    device_id: str
    device_model: str

    def open(self) -> None:
        """Opens the device's key. Whoever cannot is refused with `BackendError`."""

    def close(self) -> None: ...

    def encapsulate(self) -> tuple[bytes, bytes]:
        """A fresh secret for the device's key, and the ciphertext that carries it."""

    def decapsulate(self, ciphertext: bytes) -> bytes: ...

    def load(self) -> Store: ...

    def save(self, store: Store) -> None:
        """Durable on return, and whole or not at all."""


class InMemoryEnclaveBackend:
    """Keys and records of this process. Nobody is authenticated, and nothing outlives it."""

    name = "in-memory"
    platform = "in-memory"
    enclave_vendor = "in-memory"

    def __init__(self, device_id: str = "in-memory", device_model: str = "in-memory") -> None:
        self.device_id = device_id
        self.device_model = device_model
        self._key = MLKEM768PrivateKey.generate()
        self._store = "{}"

    def open(self) -> None:
        return

    def close(self) -> None:
        return

    def encapsulate(self) -> tuple[bytes, bytes]:
        return self._key.public_key().encapsulate()

    def decapsulate(self, ciphertext: bytes) -> bytes:
        return _decapsulate(self._key, ciphertext)

    def load(self) -> Store:
        store: Store = json.loads(self._store)
        return store

    def save(self, store: Store) -> None:
        self._store = json.dumps(store)


def _decapsulate(key: MLKEM768PrivateKey, ciphertext: bytes) -> bytes:
    try:
        return key.decapsulate(ciphertext)
    except ValueError as error:
        raise BackendError("not a ciphertext of ML-KEM-768") from error


class FileEnclaveBackend:
    """A folder: the device's key sealed under a passphrase (scrypt, N = 2^17), and the records. Readable by its owner alone."""

    name = "file"
    platform = "file"
    enclave_vendor = "none"

    def __init__(
        self, folder: str | os.PathLike[str], passphrase: str, device_id: str = "file", device_model: str = "file"
    ) -> None:
        if not passphrase:
            raise BackendError("a passphrase is not empty")
        self.device_id = device_id
        self.device_model = device_model
        self._folder = Path(folder)
        self._passphrase = passphrase
        self._key: MLKEM768PrivateKey | None = None

    def open(self) -> None:
        path = self._folder / "device.key"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            key = MLKEM768PrivateKey.generate()
            salt, nonce = os.urandom(32), os.urandom(12)
            sealed = AESGCM(self._wrapping_key(salt)).encrypt(nonce, key.private_bytes_raw(), b"chancery enclave key 1")
            self._write(path, salt + nonce + sealed)
            self._key = key
            return
        try:
            seed = AESGCM(self._wrapping_key(content[:32])).decrypt(content[32:44], content[44:], b"chancery enclave key 1")
        except (InvalidTag, ValueError) as error:
            raise BackendError("the passphrase does not open this device") from error
        self._key = MLKEM768PrivateKey.from_seed_bytes(seed)

    def close(self) -> None:
        self._key = None

    def _wrapping_key(self, salt: bytes) -> bytes:
        return hashlib.scrypt(self._passphrase.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)

    def _opened(self) -> MLKEM768PrivateKey:
        if self._key is None:
            raise BackendError("the device is not open")
        return self._key

    def encapsulate(self) -> tuple[bytes, bytes]:
        return self._opened().public_key().encapsulate()

    def decapsulate(self, ciphertext: bytes) -> bytes:
        return _decapsulate(self._opened(), ciphertext)

    def load(self) -> Store:
        try:
            store = json.loads((self._folder / "artifacts.json").read_bytes())
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise BackendError("the store is not readable") from error
        if not isinstance(store, dict):
            raise BackendError("the store is not readable")
        return store

    def save(self, store: Store) -> None:
        self._write(self._folder / "artifacts.json", json.dumps(store).encode())

    def _write(self, path: Path, content: bytes) -> None:
        aside = path.with_suffix(f".{os.getpid()}.new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(aside, path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
