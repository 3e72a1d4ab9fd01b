"""Artifacts: plain, and encrypted with everything that is said about them as additional data."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .._canonical import canonical_json, digest, from_hex
from .errors import DecryptionError


class ArtifactKind(str, Enum):
    MODEL_WEIGHTS = "model-weights"
    LORA_ADAPTER = "lora-adapter"
    TOKENIZER = "tokenizer"
    CREDENTIAL = "credential"
    BIOMETRIC_TEMPLATE = "biometric-template"
    INFERENCE_CACHE = "inference-cache"
    SAFETY_MODEL = "safety-model"
    OTHER = "other"


@dataclass(frozen=True)
class ArtifactMetadata:
    artifact_id: str
    name: str
    kind: ArtifactKind
    version: str
    app_bundle_id: str
    size_bytes: int
    created_at: str
    device_id: str
    model_did: str
    tags: tuple[str, ...]
    description: str

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "kind": self.kind.value, "tags": list(self.tags)}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> ArtifactMetadata:
        return cls(**{**content, "kind": ArtifactKind(content["kind"]), "tags": tuple(content["tags"])})


@dataclass(frozen=True)
class EnclaveArtifact:
    metadata: ArtifactMetadata
    content: bytes

    @staticmethod
    def content_hash(content: bytes) -> str:
        return digest(content).hex()

    def sha3_256_hex(self) -> str:
        return self.content_hash(self.content)


@dataclass(frozen=True)
class EncryptedArtifact:
    metadata: ArtifactMetadata
    nonce: str
    ciphertext: str
    content_hash: str
    key_id: str

    @classmethod
    def seal(cls, key: bytes | bytearray, key_id: str, metadata: ArtifactMetadata, content: bytes) -> EncryptedArtifact:
        nonce, content_hash = os.urandom(12), EnclaveArtifact.content_hash(content)
        sealed = AESGCM(bytes(key)).encrypt(nonce, content, _aad(metadata, content_hash, key_id))
        return cls(metadata, nonce.hex(), sealed.hex(), content_hash, key_id)

    def open(self, key: bytes | bytearray) -> bytes:
        try:
            nonce, sealed = from_hex(self.nonce), from_hex(self.ciphertext)
            if len(nonce) != 12:
                raise ValueError("a nonce has 12 bytes")
            content = AESGCM(bytes(key)).decrypt(nonce, sealed, _aad(self.metadata, self.content_hash, self.key_id))
        except (InvalidTag, ValueError) as error:
            raise DecryptionError(f"AES-GCM decrypt failed: {error}") from error
        if EnclaveArtifact.content_hash(content) != self.content_hash:
            raise DecryptionError("the content is not the one that was hashed")
        return content

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "metadata": self.metadata.to_dict()}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> EncryptedArtifact:
        return cls(**{**content, "metadata": ArtifactMetadata.from_dict(content["metadata"])})

    def digest(self) -> str:
        return digest(canonical_json(self.to_dict())).hex()


def _aad(metadata: ArtifactMetadata, content_hash: str, key_id: str) -> bytes:
    return canonical_json({"content_hash": content_hash, "key_id": key_id, "metadata": metadata.to_dict()})
