"""What a vault holds. Reading takes an unlocked vault, a rule and a grant: docs/spec/vault-access.md."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _calls
from .records import Artifact

if TYPE_CHECKING:
    from .aio import AsyncClient
    from .client import Client

_TIMEOUT = 600.0
# `list` is a method of the vault.
Artifacts: TypeAlias = "list[Artifact]"


def _reading(agent: str | None, version: int | None, file: str | None, right: str | None) -> dict[str, Any]:
    return {"version": version, "file": file, "right": right, "agent": agent}


def _about(kind: str, tier: int | None, file: str | None, release: str | None, description: str | None) -> dict[str, Any]:
    return {"kind": kind, "tier": tier, "file": file, "release": release, "description": description}


class Vault:
    def __init__(self, client: Client) -> None:
        self._client = client

    def get(
        self,
        name: str,
        version: int | None = None,
        file: str | None = None,
        first: int | None = None,
        last: int | None = None,
        right: str | None = None,
    ) -> bytes:
        """A file of a version, or the bytes from `first` to `last` of it. Each reading is one use."""
        reading = _reading(self._client.reader, version, file, right)
        return self._client.run(_calls.vault_get(name, reading, first, last), _TIMEOUT)

    def save(self, name: str, to: str | os.PathLike[str], version: int | None = None, file: str | None = None) -> None:
        """Writes a file of a version to `to`, which must not exist: a copy that nobody can call back."""
        reading = _reading(self._client.reader, version, file, "export")
        target = os.fspath(to)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            try:
                self._client.run(_calls.vault_get(name, reading, None, None, opened.write), _TIMEOUT)
            except BaseException:
                os.unlink(target)
                raise

    def put(
        self,
        name: str,
        data: bytes | str | os.PathLike[str],
        kind: str = "model-weights",
        tier: int | None = None,
        file: str | None = None,
        release: str | None = None,
        description: str | None = None,
    ) -> Artifact:
        """Seals bytes, or a file by its name, as the next version. Nothing is put unless all of it came."""
        about = _about(kind, tier, file, release, description)
        return self._client.run(_calls.vault_put(name, data, about), _TIMEOUT)

    def list(self, kind: str | None = None) -> Artifacts:
        return self._client.run(_calls.vault_list(kind))

    def versions(self, name: str) -> Artifacts:
        return self._client.run(_calls.vault_versions(name))

    def show(self, name: str, version: int | None = None) -> Artifact:
        return self._client.run(_calls.vault_show(name, version))

    def delete(self, name: str, version: int | None = None) -> Artifacts:
        """Deletes a version, or all of them."""
        return self._client.run(_calls.vault_delete(name, version))


class AsyncVault:
    """As the blocking one."""

    def __init__(self, client: AsyncClient) -> None:
        self._client = client

    async def get(
        self,
        name: str,
        version: int | None = None,
        file: str | None = None,
        first: int | None = None,
        last: int | None = None,
        right: str | None = None,
    ) -> bytes:
        reading = _reading(self._client.reader, version, file, right)
        return await self._client.run(_calls.vault_get(name, reading, first, last), _TIMEOUT)

    async def put(
        self,
        name: str,
        data: bytes | str | os.PathLike[str],
        kind: str = "model-weights",
        tier: int | None = None,
        file: str | None = None,
        release: str | None = None,
        description: str | None = None,
    ) -> Artifact:
        about = _about(kind, tier, file, release, description)
        return await self._client.run(_calls.vault_put(name, data, about), _TIMEOUT)

    async def list(self, kind: str | None = None) -> Artifacts:
        return await self._client.run(_calls.vault_list(kind))

    async def versions(self, name: str) -> Artifacts:
        return await self._client.run(_calls.vault_versions(name))

    async def show(self, name: str, version: int | None = None) -> Artifact:
        return await self._client.run(_calls.vault_show(name, version))

    async def delete(self, name: str, version: int | None = None) -> Artifacts:
        return await self._client.run(_calls.vault_delete(name, version))
