"""A device's signed word about what it holds. It says who signed, and nothing about the hardware it ran on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .._canonical import canonical_json, digest, now
from ..identity import AgentIdentity, verify_envelope
from .errors import AttestationError


@dataclass(frozen=True)
class DeviceAttestation:
    device_id: str
    device_model: str
    enclave_vendor: str
    artifact_id: str
    artifact_content_hash: str
    issued_at: str
    signer_did: str = ""
    algorithm: str = ""
    signature: str = ""
    public_key: str = ""

    def canonical_bytes(self) -> bytes:
        names = "device_id device_model enclave_vendor artifact_id artifact_content_hash issued_at"
        return canonical_json({name: getattr(self, name) for name in names.split()})

    def to_dict(self) -> dict[str, Any]:
        return dict(vars(self))

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> DeviceAttestation:
        return cls(**content)


class DeviceAttester:
    def __init__(self, identity: AgentIdentity, device_id: str, device_model: str, enclave_vendor: str) -> None:
        self.identity = identity
        self.device_id = device_id
        self.device_model = device_model
        self.enclave_vendor = enclave_vendor

    def attest(self, artifact_id: str, content_hash: str) -> DeviceAttestation:
        said = (self.device_id, self.device_model, self.enclave_vendor, artifact_id, content_hash, now().isoformat())
        signature = self.identity.sign(digest(DeviceAttestation(*said).canonical_bytes())).hex()
        return DeviceAttestation(
            *said, self.identity.did, self.identity.algorithm.value, signature, self.identity.public_key.hex()
        )

    @staticmethod
    def verify(att: DeviceAttestation) -> bool:
        """Whether the key behind `signer_did` signed this. Compare that DID with the device that you know."""
        return verify_envelope(att, att.signer_did, att.canonical_bytes())

    @staticmethod
    def verify_or_raise(att: DeviceAttestation) -> None:
        if not DeviceAttester.verify(att):
            raise AttestationError("device attestation signature invalid")
