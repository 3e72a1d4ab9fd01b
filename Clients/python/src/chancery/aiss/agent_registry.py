"""The agents of this machine: a folder each, with its public document and perhaps its encrypted key.

Under `CHANCERY_AISS_HOME`, or `~/.chancery-aiss`. These agents sign with keys of their own; agents of a Chancery home are the
daemon's.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from . import key_store
from .crypto import ed25519
from .exceptions import AgentExists, InvalidIdentityError, UnknownAgent
from .identity import derive_agent_id, export_identity, public_key_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def home() -> Path:
    return Path(os.environ.get("CHANCERY_AISS_HOME") or Path.home() / ".chancery-aiss")


def agent_folder(name: str) -> Path:
    """The folder of a name; a name that could lead elsewhere is refused instead of being changed into another."""
    if not _NAME.fullmatch(name) or ".." in name:
        raise ValueError(f"`{name}` is no name of an agent: letters, digits, `.`, `_` and `-`, at most 64")
    return home() / "agents" / name


def _make_folder(name: str) -> Path:
    folder = agent_folder(name)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for path in (home(), home() / "agents", folder):
        path.chmod(0o700)
    return folder


def register_agent(
    name: str,
    agent_id: str,
    tier: str | None = None,
    metadata: dict[str, Any] | None = None,
    *,
    public_key: bytes | None = None,
) -> dict[str, Any]:
    """Keeps who an agent is. The same again changes nothing; another id under the name is refused.

    With `public_key` the events of the agent are verified whenever they are stored or read. There are no tiers; the word is
    kept.
    """
    entry: dict[str, Any] = {"name": name, "agent_id": agent_id, "tier": tier, "metadata": metadata or {}}
    entry["identity"] = None if public_key is None else export_identity(agent_id, public_key)
    path = _make_folder(name) / "identity.json"
    if path.exists():
        known = get_agent_info(name)
        if known["agent_id"] != agent_id:
            raise AgentExists(f"`{name}` is {known['agent_id']}")
        if known["identity"] is not None or public_key is None:
            return known
        # The document is put beside and renamed: a crash leaves one of the two.
        path.with_suffix(".new").unlink(missing_ok=True)
        key_store.write_new(path.with_suffix(".new"), json.dumps(entry, indent=2).encode())
        path.with_suffix(".new").replace(path)
        return entry
    key_store.write_new(path, json.dumps(entry, indent=2).encode())
    return entry


def create_agent(name: str, private_key: bytes | bytearray, passphrase: str) -> dict[str, Any]:
    """Registers an agent with its key in an encrypted file."""
    public_key = ed25519.public_key(private_key)
    folder = _make_folder(name)
    if (folder / "identity.json").exists() and get_agent_info(name)["agent_id"] != derive_agent_id(public_key):
        raise AgentExists(f"`{name}` has another key")
    key_store.write_new(folder / "private.key.enc", key_store.encrypt_private_key(private_key, passphrase))
    return register_agent(name, derive_agent_id(public_key), public_key=public_key)


def list_agents() -> list[dict[str, Any]]:
    agents = home() / "agents"
    if not agents.is_dir():
        return []
    names = sorted(path.parent.name for path in agents.glob("*/identity.json"))
    return [get_agent_info(name) for name in names]


def get_agent_info(name: str) -> dict[str, Any]:
    try:
        entry = json.loads((agent_folder(name) / "identity.json").read_bytes())
    except FileNotFoundError as error:
        raise UnknownAgent(f"no agent `{name}`") from error
    if not isinstance(entry, dict) or not isinstance(entry.get("agent_id"), str):
        raise InvalidIdentityError(f"`{name}`: the registry entry is not readable")
    if entry.get("identity") is not None and derive_agent_id(public_key_of(entry["identity"])) != entry["agent_id"]:
        raise InvalidIdentityError(f"`{name}`: the document is another agent's")
    return entry


def find_identity(agent_id: str) -> dict[str, Any] | None:
    """The document of a registered agent, or nothing."""
    for entry in list_agents():
        if entry["agent_id"] == agent_id:
            identity: dict[str, Any] | None = entry["identity"]
            return identity
    return None


def public_key_for(agent_id: str) -> bytes:
    identity = find_identity(agent_id)
    if identity is None:
        raise UnknownAgent(f"the key of {agent_id} is not registered: give it, or register_agent(…, public_key=…)")
    return public_key_of(identity)
