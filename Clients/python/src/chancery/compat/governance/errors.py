"""The exceptions of pqc-ai-governance."""


class GovernanceError(Exception):
    """Base of the others, and what has no name of its own."""


class InvalidProposalError(GovernanceError):
    """A proposal is malformed, or its signature is not the proposer's."""


class InvalidVoteError(GovernanceError):
    """A vote is malformed."""


class InsufficientQuorumError(GovernanceError):
    """Too little weight took part."""


class ConsensusFailedError(GovernanceError):
    """Enough took part, and the decision is no."""


class UnknownNodeError(GovernanceError):
    """No node of this DID is a member."""


class ByzantineDetectedError(GovernanceError):
    """A member signed two different decisions. `evidence` has both votes, for anybody to verify."""

    def __init__(self, message: str, evidence: tuple[object, object] | None = None) -> None:
        super().__init__(message)
        self.evidence = evidence


class ProposalExpiredError(GovernanceError):
    """The proposal's time is over."""
