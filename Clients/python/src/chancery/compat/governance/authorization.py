"""What passed for a subject, and whether it still counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from .errors import GovernanceError
from .node import GovernanceNode, NodeRegistry
from .records import GovernanceProposal, ProposalKind
from .round import PASSED, ConsensusResult, ConsensusRound

_REVOKED_BY = {
    ProposalKind.AUTHORIZE_MODEL: ProposalKind.REVOKE_MODEL,
    ProposalKind.AUTHORIZE_AGENT: ProposalKind.REVOKE_AGENT,
}


@dataclass(frozen=True)
class AuthorizationGrant:
    """A result with what it was about. `proposal` is needed for a result that was not made in this process: it says what was
    voted on.
    """

    subject_id: str
    kind: ProposalKind
    result: ConsensusResult
    scope: dict[str, Any] = field(default_factory=dict)
    proposal: GovernanceProposal | None = None

    def is_proven(self, registry: NodeRegistry | None = None) -> bool:
        """Whether the result is signed, passed, and is about this subject and kind."""
        proposal = self.proposal or self.result.proposal
        return (
            proposal is not None
            and self.result.decision == PASSED
            and ConsensusRound.verify_result(self.result, registry)
            and GovernanceNode.verify_proposal(proposal)
            and proposal.proposal_id == self.result.proposal_id
            and proposal.proposal_hash() == self.result.proposal_hash
            and (proposal.subject_id, proposal.kind) == (self.subject_id, self.kind)
        )


class AuthorizationChain:
    """The grants of one subject in the order in which they are added. What is not proven does not count, and the same grant
    counts once.

    A result is its coordinator's word; with `registry` only results of members count.
    """

    def __init__(self, subject_id: str, registry: NodeRegistry | None = None) -> None:
        self.subject_id = subject_id
        self.registry = registry
        self.grants: list[AuthorizationGrant] = []

    def add(self, grant: AuthorizationGrant) -> None:
        if grant.subject_id != self.subject_id:
            raise GovernanceError(f"grant subject {grant.subject_id} != chain subject {self.subject_id}")
        self.grants.append(grant)

    def is_authorized(self, kind: ProposalKind) -> bool:
        kind = ProposalKind(kind)
        authorized = False
        seen: set[str] = set()
        for grant in self.grants:
            # An old grant that is added again after a revocation authorises nothing again.
            if grant.result.proposal_hash in seen or not grant.is_proven(self.registry):
                continue
            seen.add(grant.result.proposal_hash)
            if grant.kind is kind:
                authorized = True
            elif grant.kind is _REVOKED_BY.get(kind):
                authorized = False
        return authorized

    def __len__(self) -> int:
        return len(self.grants)
