"""What a vault did. With a client each entry is stamped onto the agent's chain, failures too."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from .._canonical import now
from .artifact import ArtifactMetadata


class Stamper(Protocol):
    def stamp(self, payload: dict[str, Any]) -> Any: ...


@dataclass(frozen=True)
class EnclaveAuditEntry:
    timestamp: str
    operation: str
    device_id: str
    artifact_id: str | None
    artifact_name: str | None
    artifact_kind: str | None
    success: bool


class EnclaveAuditLog:
    def __init__(self, client: Stamper | None = None) -> None:
        self._entries: list[EnclaveAuditEntry] = []
        self._client = client

    def log(self, operation: str, device_id: str, metadata: ArtifactMetadata | None = None, success: bool = True) -> None:
        entry = EnclaveAuditEntry(
            now().isoformat(),
            operation,
            device_id,
            metadata.artifact_id if metadata else None,
            metadata.name if metadata else None,
            metadata.kind.value if metadata else None,
            success,
        )
        if self._client is not None:
            said = {name: value for name, value in asdict(entry).items() if value is not None}
            self._client.stamp({"event_type": f"enclave_{operation}", **said})
        self._entries.append(entry)

    def entries(self, limit: int = 100, operation: str | None = None) -> list[EnclaveAuditEntry]:
        """Newest first."""
        found = [entry for entry in reversed(self._entries) if operation in (None, entry.operation)]
        return found[: max(limit, 0)]

    def export_json(self) -> str:
        return json.dumps([asdict(entry) for entry in self._entries], indent=2)
