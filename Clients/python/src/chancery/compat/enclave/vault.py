"""The vault: what was saved stays readable after `lock`, and with a backend of files in another process.

Each session encapsulates a secret to the device's ML-KEM-768 key and stores its ciphertext with what it sealed; opening
decapsulates it again. The list of names and of records is sealed too, so a record that was swapped or put back is noticed. An
older copy of the whole store is not: that takes a log (`chancery vault`).
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Sequence
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA3_256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from .._canonical import from_hex, now
from .artifact import ArtifactKind, ArtifactMetadata, EnclaveArtifact, EncryptedArtifact
from .audit import EnclaveAuditLog
from .backends import EnclaveBackend
from .errors import BackendError, DecryptionError, EnclaveLockedError, PolicyViolationError, UnknownArtifactError
from .policy import AccessPolicy

DEFAULT_SESSION_TTL = 3600
_FORMAT = "chancery enclave store 1"


class EnclaveVault:
    def __init__(
        self,
        backend: EnclaveBackend,
        policy: AccessPolicy | None = None,
        audit: EnclaveAuditLog | None = None,
    ) -> None:
        self.backend = backend
        self.policy = policy
        self.audit = audit or EnclaveAuditLog()
        self._forget()

    def _forget(self) -> None:
        for key in getattr(self, "_keys", {}).values():
            key[:] = bytes(len(key))
        self._keys: dict[str, bytearray] = {}
        self._ciphertexts: dict[str, str] = {}
        self._records: dict[str, EncryptedArtifact] = {}
        self._digests: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._key_id: str | None = None
        self._ends = 0.0

    # MARK: sessions

    def unlock(self, ttl_seconds: float = DEFAULT_SESSION_TTL) -> None:
        """Opens the device and what was saved. A vault that is unlocked stays as it is, with the new end."""
        if self.is_unlocked:
            self._ends = time.monotonic() + ttl_seconds
            return
        self.lock()
        if ttl_seconds <= 0:
            return
        self.backend.open()
        try:
            self._load()
        except BaseException:
            self._forget()
            self.backend.close()
            raise
        secret, ciphertext = self.backend.encapsulate()
        self._key_id = f"urn:pqc-enclave-key:{uuid.uuid4().hex}"
        self._keys[self._key_id] = _session_key(secret, self._key_id)
        self._ciphertexts[self._key_id] = ciphertext.hex()
        self._ends = time.monotonic() + ttl_seconds
        self._log("unlock")

    def lock(self) -> None:
        """Overwrites the keys. What was put and not saved is gone."""
        if self._key_id is not None:
            self._log("lock")
        self._forget()
        self.backend.close()

    @property
    def is_unlocked(self) -> bool:
        if self._key_id is not None and time.monotonic() >= self._ends:
            self.lock()
        return self._key_id is not None

    def _session(self) -> str:
        if not self.is_unlocked or self._key_id is None:
            raise EnclaveLockedError("enclave vault is locked; call unlock() first")
        return self._key_id

    def __enter__(self) -> EnclaveVault:
        self.unlock()
        return self

    def __exit__(self, *_: object) -> None:
        self.lock()

    # MARK: artifacts

    def put_artifact(
        self,
        name: str,
        kind: ArtifactKind,
        content: bytes,
        version: str = "",
        app_bundle_id: str = "",
        model_did: str = "",
        tags: Sequence[str] = (),
        description: str = "",
    ) -> EncryptedArtifact:
        """Encrypts and keeps. A second artifact of a name takes the name; the first stays under its id."""
        key_id = self._session()
        metadata = ArtifactMetadata(
            f"urn:pqc-enclave-art:{uuid.uuid4().hex}", name, ArtifactKind(kind), version, app_bundle_id, len(content),
            now().isoformat(), self.backend.device_id, model_did, tuple(tags), description,
        )  # fmt: skip
        record = EncryptedArtifact.seal(self._keys[key_id], key_id, metadata, content)
        self._records[metadata.artifact_id] = record
        self._digests[metadata.artifact_id] = record.digest()
        self._names[name] = metadata.artifact_id
        self._log("put", metadata)
        return record

    def get_artifact(self, name_or_id: str, caller_bundle_id: str | None = None, *, present: bool = False) -> EnclaveArtifact:
        """Decrypts. With a policy the caller is held against it first; without a name of the caller the artifact's own bundle
        asks.
        """
        self._session()
        record = self._records[self._id(name_or_id)]
        if self.policy is not None:
            caller = record.metadata.app_bundle_id if caller_bundle_id is None else caller_bundle_id
            try:
                self.policy.check(record.metadata, caller, present=present)
            except PolicyViolationError:
                self._log("policy_violation", record.metadata, success=False)
                raise
        try:
            if record.digest() != self._digests[record.metadata.artifact_id]:
                raise DecryptionError("the record is not the one that was saved")
            if record.key_id not in self._keys:
                raise DecryptionError("the key of this record is not in the store")
            content = record.open(self._keys[record.key_id])
        except DecryptionError:
            self._log("get", record.metadata, success=False)
            raise
        self._log("get", record.metadata)
        return EnclaveArtifact(record.metadata, content)

    def delete_artifact(self, name_or_id: str) -> None:
        """Removes one artifact, and its name where the name is its own."""
        self._session()
        artifact_id = self._id(name_or_id)
        record = self._records.pop(artifact_id)
        del self._digests[artifact_id]
        if self._names.get(record.metadata.name) == artifact_id:
            del self._names[record.metadata.name]
        self._log("delete", record.metadata)

    def list_artifacts(self) -> list[ArtifactMetadata]:
        self._session()
        return [record.metadata for record in self._records.values()]

    def _id(self, name_or_id: str) -> str:
        # Ids have a prefix that the vault gives; a name that looks like an id of another is never taken for it.
        found = name_or_id if name_or_id in self._records else self._names.get(name_or_id)
        if found is None:
            raise UnknownArtifactError(f"no artifact '{name_or_id}'")
        return found

    # MARK: the store

    def save(self) -> None:
        """Hands the encrypted store to the backend."""
        key_id = self._session()
        used = {record.key_id for record in self._records.values()} | {key_id}
        index = json.dumps({"names": self._names, "records": self._digests}, sort_keys=True).encode()
        nonce = os.urandom(12)
        sealed = AESGCM(bytes(self._keys[key_id])).encrypt(nonce, index, _FORMAT.encode())
        self.backend.save(
            {
                "format": _FORMAT,
                "keys": {name: text for name, text in self._ciphertexts.items() if name in used},
                "index": {"key_id": key_id, "nonce": nonce.hex(), "sealed": sealed.hex()},
                "artifacts": [record.to_dict() for record in self._records.values()],
            }
        )

    def _load(self) -> None:
        store: dict[str, Any] = self.backend.load()
        if not store:
            return
        try:
            if store["format"] != _FORMAT:
                raise BackendError("the store has another format")
            for key_id, text in store["keys"].items():
                self._keys[key_id] = _session_key(self.backend.decapsulate(from_hex(text)), key_id)
                self._ciphertexts[key_id] = text
            sealed = store["index"]
            index = json.loads(
                AESGCM(bytes(self._keys[sealed["key_id"]])).decrypt(
                    from_hex(sealed["nonce"]), from_hex(sealed["sealed"]), _FORMAT.encode()
                )
            )
            records = [EncryptedArtifact.from_dict(content) for content in store["artifacts"]]
        except (KeyError, TypeError, ValueError, InvalidTag) as error:
            raise BackendError("the store is not what this device saved") from error
        self._records = {record.metadata.artifact_id: record for record in records}
        self._digests, self._names = index["records"], index["names"]
        if self._records.keys() != self._digests.keys():
            raise BackendError("records of the store are missing, or are too many")

    def _log(self, operation: str, metadata: ArtifactMetadata | None = None, success: bool = True) -> None:
        self.audit.log(operation, self.backend.device_id, metadata, success)


def _session_key(secret: bytes, key_id: str) -> bytearray:
    return bytearray(HKDF(SHA3_256(), 32, salt=None, info=f"{_FORMAT} {key_id}".encode()).derive(secret))
