"""The interface of pqc-ai-governance: `from chancery.compat.governance import …` where `from pqc_ai_governance import …` was.

Objects in one process, with the bytes of the package. Decisions that machines of several organisations take together, that
freeze and delegate and that the gate obeys, are those of a federation: `chancery governance`.
"""

from .audit import AuditEntry, GovernanceAuditLog
from .authorization import AuthorizationChain, AuthorizationGrant
from .errors import (
    ByzantineDetectedError,
    ConsensusFailedError,
    GovernanceError,
    InsufficientQuorumError,
    InvalidProposalError,
    InvalidVoteError,
    ProposalExpiredError,
    UnknownNodeError,
)
from .node import GovernanceNode, NodeRegistry
from .records import GovernanceProposal, ProposalKind, ProposalStatus, SignedVote, Vote, VoteDecision
from .round import ConsensusResult, ConsensusRound, QuorumPolicy, VoteTally

__all__ = [
    "AuditEntry",
    "AuthorizationChain",
    "AuthorizationGrant",
    "ByzantineDetectedError",
    "ConsensusFailedError",
    "ConsensusResult",
    "ConsensusRound",
    "GovernanceAuditLog",
    "GovernanceError",
    "GovernanceNode",
    "GovernanceProposal",
    "InsufficientQuorumError",
    "InvalidProposalError",
    "InvalidVoteError",
    "NodeRegistry",
    "ProposalExpiredError",
    "ProposalKind",
    "ProposalStatus",
    "QuorumPolicy",
    "SignedVote",
    "UnknownNodeError",
    "Vote",
    "VoteDecision",
    "VoteTally",
]
