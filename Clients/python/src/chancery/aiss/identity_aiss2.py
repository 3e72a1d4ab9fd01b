"""Identities with an Ed25519 and an ML-DSA-65 key."""

from __future__ import annotations

import time
from typing import Any

from .crypto import dilithium, ed25519
from .encoding import base64_text
from .identity import derive_agent_id, export_identity


def generate_aiss2_identity(agent_name: str | None = None, passphrase: str | None = None) -> dict[str, Any]:
    """Both key pairs, the id of the Ed25519 key, and the public document as `identity`.

    With a name and a passphrase the Ed25519 key is registered and kept in an encrypted key file too; the seed of the other
    key is the caller's to keep, because PiQrypt's key file of version 2 stores an expanded key that no current library takes.
    """
    private_key, public_key = ed25519.generate_keypair()
    post_quantum_private, post_quantum_public = dilithium.generate_keypair()
    agent_id = derive_agent_id(public_key)
    if agent_name is not None and passphrase is not None:
        from .agent_registry import create_agent

        create_agent(agent_name, private_key, passphrase)
    document = export_identity(agent_id, public_key)
    document["created_at"] = int(time.time())
    document["public_key_pq"] = "base64:" + base64_text(post_quantum_public)
    return {
        "agent_id": agent_id,
        "aiss1": {"private_key": private_key, "public_key": public_key},
        "aiss2": {"private_key": post_quantum_private, "public_key": post_quantum_public},
        "identity": document,
    }
