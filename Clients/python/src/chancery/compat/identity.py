"""`AgentIdentity` of quantumshield: a post-quantum key and the DID that is its hash.

`from chancery.compat.identity import AgentIdentity` where `from quantumshield.identity.agent import AgentIdentity` was. A
signature that says ML-DSA is one of FIPS 204; there is no fallback.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem

from ._canonical import digest, from_hex, now


class SignatureAlgorithm(str, Enum):
    ML_DSA_44 = "ML-DSA-44"
    ML_DSA_65 = "ML-DSA-65"
    ML_DSA_87 = "ML-DSA-87"


# Sizes of public key and signature (FIPS 204, table 2).
_KINDS: dict[SignatureAlgorithm, tuple[Any, Any, int, int]] = {
    SignatureAlgorithm.ML_DSA_44: (mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey, 1312, 2420),
    SignatureAlgorithm.ML_DSA_65: (mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey, 1952, 3309),
    SignatureAlgorithm.ML_DSA_87: (mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey, 2592, 4627),
}


def did_of(public_key: bytes) -> str:
    return "did:pqaid:" + digest(public_key).hex()


def verify(algorithm: str, public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether this is a signature of FIPS 204 by this key under this label; no other kind is taken for one."""
    try:
        _, public, key_bytes, signature_bytes = _KINDS[SignatureAlgorithm(algorithm)]
    except ValueError:
        return False
    if len(public_key) != key_bytes or len(signature) != signature_bytes:
        return False
    try:
        public.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def verify_envelope(record: Any, signer_did: str, content: bytes) -> bool:
    """Whether `record` carries a signature over `content` by the key that `signer_did` is the hash of."""
    try:
        public_key, signature = from_hex(record.public_key), from_hex(record.signature)
    except (ValueError, AttributeError):
        return False
    return did_of(public_key) == signer_did and verify(record.algorithm, public_key, digest(content), signature)


class AgentIdentity:
    """A name, a key and its DID. Without a seed it verifies and does not sign."""

    def __init__(
        self,
        name: str,
        public_key: bytes,
        algorithm: SignatureAlgorithm = SignatureAlgorithm.ML_DSA_65,
        capabilities: Sequence[str] = (),
        *,
        seed: bytes | None = None,
        created_at: str | None = None,
    ) -> None:
        if len(public_key) != _KINDS[algorithm][2]:
            raise ValueError(f"a public key of {algorithm.value} has {_KINDS[algorithm][2]} bytes, not {len(public_key)}")
        self.name = name
        self.public_key = public_key
        self.algorithm = algorithm
        self.capabilities = list(capabilities)
        self.created_at = created_at or now().isoformat()
        self.did = did_of(public_key)
        self._key = None if seed is None else _KINDS[algorithm][0].from_seed_bytes(seed)
        if self._key is not None and self._key.public_key().public_bytes_raw() != public_key:
            raise ValueError("the public key is not that of the seed")

    @classmethod
    def create(
        cls,
        name: str,
        algorithm: SignatureAlgorithm = SignatureAlgorithm.ML_DSA_65,
        capabilities: Sequence[str] = (),
    ) -> AgentIdentity:
        return cls.from_seed(name, os.urandom(32), algorithm, capabilities)

    @classmethod
    def from_seed(
        cls,
        name: str,
        seed: bytes,
        algorithm: SignatureAlgorithm = SignatureAlgorithm.ML_DSA_65,
        capabilities: Sequence[str] = (),
    ) -> AgentIdentity:
        algorithm = SignatureAlgorithm(algorithm)
        public_key = _KINDS[algorithm][0].from_seed_bytes(seed).public_key().public_bytes_raw()
        return cls(name, public_key, algorithm, capabilities, seed=seed)

    def sign(self, message: bytes) -> bytes:
        if self._key is None:
            raise ValueError(f"`{self.name}` has no private key here")
        signature: bytes = self._key.sign(message)
        return signature

    def export(self) -> dict[str, Any]:
        """The public document; the private key never leaves by it."""
        return {
            "did": self.did,
            "name": self.name,
            "public_key": self.public_key.hex(),
            "algorithm": self.algorithm.value,
            "capabilities": self.capabilities,
            "created_at": self.created_at,
        }

    @classmethod
    def from_export(cls, document: dict[str, Any]) -> AgentIdentity:
        """An identity that verifies. A DID that is not the hash of the key is refused."""
        identity = cls(
            document["name"],
            from_hex(document["public_key"]),
            SignatureAlgorithm(document["algorithm"]),
            document.get("capabilities", ()),
            created_at=document.get("created_at"),
        )
        if document.get("did") != identity.did:
            raise ValueError("the DID is not the hash of the public key")
        return identity

    def __repr__(self) -> str:
        return f"AgentIdentity({self.name!r}, {self.did!r})"


def generate_kem_keypair() -> tuple[bytes, bytes]:
    """A fresh ML-KEM-768 pair: (seed of 64 bytes, public key)."""
    key = mlkem.MLKEM768PrivateKey.generate()
    return key.private_bytes_raw(), key.public_key().public_bytes_raw()
