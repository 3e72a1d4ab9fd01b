"""The exceptions of pqc-enclave-sdk."""


class EnclaveSDKError(Exception):
    """Base of the others."""


class UnknownArtifactError(EnclaveSDKError):
    """No artifact of this name or id."""


class EnclaveLockedError(EnclaveSDKError):
    """The vault is locked."""


class DecryptionError(EnclaveSDKError):
    """Ciphertext, metadata or record are not what was stored."""


class BackendError(EnclaveSDKError):
    """The backend refused, or its store is not readable."""


class AttestationError(EnclaveSDKError):
    """The signature of an attestation is not the device's."""


class PolicyViolationError(EnclaveSDKError):
    """A rule denies the caller."""
