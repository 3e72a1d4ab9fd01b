"""A private key that is in memory for the length of a `with`."""

from __future__ import annotations

import os
from types import TracebackType

from . import key_store
from .agent_registry import agent_folder, get_agent_info
from .crypto import ed25519
from .exceptions import InvalidIdentityError, UnknownAgent
from .identity import derive_agent_id


class IdentitySession:
    """Opens an encrypted key file, and overwrites the key at the end, whatever happened.

    Python and OpenSSL make copies of it while it signs, which nobody can reach to overwrite; a daemon that holds the keys
    (`chancery serve --sign`) keeps them out of the agent's process altogether.
    """

    def __init__(self, name: str, private_key: bytearray) -> None:
        self.name = name
        self._private_key: bytearray | None = private_key
        self.public_key = ed25519.public_key(private_key)
        self.agent_id = derive_agent_id(self.public_key)

    @classmethod
    def open(cls, agent_name: str, passphrase: str) -> IdentitySession:
        path = agent_folder(agent_name) / "private.key.enc"
        try:
            content = path.read_bytes()
        except FileNotFoundError as error:
            raise UnknownAgent(f"no encrypted key of `{agent_name}`") from error
        session = cls(agent_name, key_store.decrypt_private_key(content, passphrase))
        if get_agent_info(agent_name)["agent_id"] != session.agent_id:
            session.close()
            raise InvalidIdentityError(f"the key of `{agent_name}` is not that of its document")
        return session

    @classmethod
    def from_env(cls) -> IdentitySession:
        """`PIQRYPT_AGENT_NAME` and `PIQRYPT_PASSPHRASE`."""
        try:
            return cls.open(os.environ["PIQRYPT_AGENT_NAME"], os.environ["PIQRYPT_PASSPHRASE"])
        except KeyError as error:
            raise UnknownAgent(f"{error} is not set") from error

    @property
    def private_key(self) -> bytearray:
        if self._private_key is None:
            raise ValueError("the session is closed")
        return self._private_key

    def close(self) -> None:
        if self._private_key is not None:
            self._private_key[:] = bytes(len(self._private_key))
            self._private_key = None

    def __enter__(self) -> IdentitySession:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"IdentitySession({self.name!r}, private_key=redacted)"
