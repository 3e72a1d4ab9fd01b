"""A log of what was done. With a client each entry is stamped onto the agent's chain before the call returns."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from .._canonical import now
from .records import GovernanceProposal, SignedVote
from .round import ConsensusResult


class Stamper(Protocol):
    def stamp(self, payload: dict[str, Any]) -> Any: ...


@dataclass(frozen=True)
class AuditEntry:
    timestamp: str
    operation: str
    proposal_id: str | None = None
    subject_id: str | None = None
    kind: str | None = None
    actor_did: str | None = None
    decision: str | None = None
    details: dict[str, Any] = field(default_factory=dict)


class GovernanceAuditLog:
    """Append-only; in memory alone when no client is given, and then proof of nothing."""

    def __init__(self, client: Stamper | None = None) -> None:
        self._entries: list[AuditEntry] = []
        self._client = client

    def _log(self, operation: str, **members: Any) -> AuditEntry:
        entry = AuditEntry(now().isoformat(), operation, **members)
        if self._client is not None:
            said = {name: value for name, value in asdict(entry).items() if value not in (None, {})}
            self._client.stamp({"event_type": f"governance_{operation}", **said})
        self._entries.append(entry)
        return entry

    def _about(self, proposal: GovernanceProposal) -> dict[str, Any]:
        return {
            "proposal_id": proposal.proposal_id,
            "subject_id": proposal.subject_id,
            "kind": proposal.kind.value,
        }

    def log_proposal_created(self, proposal: GovernanceProposal) -> AuditEntry:
        return self._log("proposal_created", actor_did=proposal.proposer_did, **self._about(proposal))

    def log_vote_cast(self, signed: SignedVote) -> AuditEntry:
        vote = signed.vote
        return self._log("vote_cast", proposal_id=vote.proposal_id, actor_did=vote.voter_did, decision=vote.decision.value)

    def log_consensus_reached(self, result: ConsensusResult) -> AuditEntry:
        return self._log(
            "consensus_reached",
            proposal_id=result.proposal_id,
            actor_did=result.signer_did,
            decision=result.decision,
            details={"reason": result.reason},
        )

    def log_byzantine_detected(self, proposal_id: str, voter_did: str, details: str = "") -> AuditEntry:
        return self._log("byzantine_detected", proposal_id=proposal_id, actor_did=voter_did, details={"details": details})

    def log_node_added(self, did: str, name: str = "", weight: int = 1) -> AuditEntry:
        return self._log("node_added", actor_did=did, details={"name": name, "weight": weight})

    def log_node_removed(self, did: str) -> AuditEntry:
        return self._log("node_removed", actor_did=did)

    def log_authorization_granted(self, subject_id: str, kind: str, proposal_id: str) -> AuditEntry:
        return self._log("authorization_granted", subject_id=subject_id, kind=str(kind), proposal_id=proposal_id)

    def log_authorization_revoked(self, subject_id: str, kind: str, proposal_id: str) -> AuditEntry:
        return self._log("authorization_revoked", subject_id=subject_id, kind=str(kind), proposal_id=proposal_id)

    def entries(
        self,
        limit: int = 100,
        operation: str | None = None,
        proposal_id: str | None = None,
        actor_did: str | None = None,
    ) -> list[AuditEntry]:
        """Newest first."""
        wanted = {"operation": operation, "proposal_id": proposal_id, "actor_did": actor_did}
        found = [
            entry
            for entry in reversed(self._entries)
            if all(value is None or getattr(entry, name) == value for name, value in wanted.items())
        ]
        return found[: max(limit, 0)]

    def export_json(self) -> str:
        return json.dumps([asdict(entry) for entry in self._entries], indent=2)

    def __len__(self) -> int:
        return len(self._entries)
