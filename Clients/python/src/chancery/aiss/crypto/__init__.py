"""The signatures that AISS names."""

from . import dilithium, ed25519

__all__ = ["dilithium", "ed25519"]
