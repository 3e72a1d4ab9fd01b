"""The interface of pqc-enclave-sdk: `from chancery.compat.enclave import …` where `from pqc_enclave_sdk import …` was."""

from .artifact import ArtifactKind, ArtifactMetadata, EnclaveArtifact, EncryptedArtifact
from .attestation import DeviceAttestation, DeviceAttester
from .audit import EnclaveAuditEntry, EnclaveAuditLog
from .backends import EnclaveBackend, FileEnclaveBackend, InMemoryEnclaveBackend
from .errors import (
    AttestationError,
    BackendError,
    DecryptionError,
    EnclaveLockedError,
    EnclaveSDKError,
    PolicyViolationError,
    UnknownArtifactError,
)
from .policy import AccessPolicy, ArtifactPolicy
from .vault import DEFAULT_SESSION_TTL, EnclaveVault

__all__ = [
    "DEFAULT_SESSION_TTL",
    "AccessPolicy",
    "ArtifactKind",
    "ArtifactMetadata",
    "ArtifactPolicy",
    "AttestationError",
    "BackendError",
    "DecryptionError",
    "DeviceAttestation",
    "DeviceAttester",
    "EnclaveArtifact",
    "EnclaveAuditEntry",
    "EnclaveAuditLog",
    "EnclaveBackend",
    "EnclaveLockedError",
    "EnclaveSDKError",
    "EnclaveVault",
    "EncryptedArtifact",
    "FileEnclaveBackend",
    "InMemoryEnclaveBackend",
    "PolicyViolationError",
    "UnknownArtifactError",
]
