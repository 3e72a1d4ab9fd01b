"""Counting votes, deciding, and the signed result."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from .._canonical import canonical_json, digest, from_hex, now
from ..identity import verify, verify_envelope
from .errors import (
    ByzantineDetectedError,
    ConsensusFailedError,
    GovernanceError,
    InsufficientQuorumError,
    InvalidProposalError,
    ProposalExpiredError,
)
from .node import GovernanceNode, NodeRegistry
from .records import GovernanceProposal, ProposalStatus, SignedVote, VoteDecision

PASSED, REJECTED = "passed", "rejected"


@dataclass(frozen=True)
class QuorumPolicy:
    """Shares of the total weight; one that is equal to its threshold meets it. Compared as fractions, so no weight rounds."""

    min_participation_fraction: float | Fraction = Fraction(2, 3)
    min_approval_fraction: float | Fraction = Fraction(2, 3)

    def __post_init__(self) -> None:
        for value in (self.participation, self.approval):
            if not 0 < value <= 1:
                raise GovernanceError("a threshold is more than 0 and at most 1")

    @property
    def participation(self) -> Fraction:
        return _fraction(self.min_participation_fraction)

    @property
    def approval(self) -> Fraction:
        return _fraction(self.min_approval_fraction)

    def check(self, approve: int, reject: int, abstain: int, total: int) -> tuple[bool, str]:
        """Whether it passes, and why or why not."""
        cast, effective = approve + reject + abstain, approve + reject
        if total <= 0:
            return False, "total weight is zero"
        if Fraction(cast, total) < self.participation:
            return False, f"participation {cast}/{total} < {float(self.participation):.2%}"
        if effective == 0:
            return False, "all votes are abstain"
        if Fraction(approve, effective) < self.approval:
            return False, f"approval {approve}/{effective} < {float(self.approval):.2%}"
        return True, "quorum met, supermajority approve"


def _fraction(value: float | Fraction) -> Fraction:
    # The shortest text of a double is what its author wrote: 0.1 is one tenth.
    try:
        return value if isinstance(value, Fraction) else Fraction(repr(value))
    except ValueError as error:
        raise GovernanceError("a threshold is a number") from error


class VoteTally:
    """Adds up signed votes for one proposal, as its text and its members' weights are at the first vote."""

    def __init__(self, proposal: GovernanceProposal, registry: NodeRegistry) -> None:
        self._registry = registry
        self._proposal = proposal
        self._fixed: tuple[str, str, dict[str, int]] | None = None
        self._first: dict[str, SignedVote] = {}
        self.valid_votes: list[SignedVote] = []
        self.invalid_votes: list[tuple[SignedVote, str]] = []
        self.equivocations: dict[str, tuple[SignedVote, SignedVote]] = {}

    def _begin(self) -> tuple[str, str, dict[str, int]]:
        if self._fixed is None:
            self._fixed = (self._proposal.proposal_id, self._proposal.proposal_hash(), self._registry.weights())
        return self._fixed

    @property
    def proposal_hash(self) -> str:
        return self._begin()[1]

    @property
    def members(self) -> dict[str, int]:
        return self._begin()[2]

    @property
    def total_weight(self) -> int:
        return sum(self.members.values())

    def add(self, signed: SignedVote) -> bool:
        """True when the vote counts, False when it does not; `ByzantineDetectedError` for a second decision of a member.

        Who contradicts itself loses its weight in this round, and both signed votes are kept.
        """
        proposal_id, proposal_hash, members = self._begin()
        vote = signed.vote
        reason = None
        if vote.proposal_hash != proposal_hash:
            reason = "proposal hash mismatch"
        elif vote.proposal_id != proposal_id:
            reason = "proposal id mismatch"
        elif not _signature_holds(signed):
            reason = "invalid signature"
        elif vote.voter_did not in members:
            reason = "non-member voter"
        elif not GovernanceNode.verify_vote(signed):
            reason = "public key does not match voter_did"
        if reason is not None:
            # One entry for each voter and reason is enough to see; a flood of them is kept out of memory.
            if all((v.vote.voter_did, r) != (vote.voter_did, reason) for v, r in self.invalid_votes):
                self.invalid_votes.append((signed, reason))
            return False
        first = self._first.setdefault(vote.voter_did, signed)
        if first is signed:
            self.valid_votes.append(signed)
            return True
        if first.vote.decision == vote.decision:
            return False
        self.equivocations.setdefault(vote.voter_did, (first, signed))
        self.valid_votes = [valid for valid in self.valid_votes if valid.vote.voter_did != vote.voter_did]
        raise ByzantineDetectedError(
            f"voter {vote.voter_did} cast conflicting votes: {first.vote.decision.value} then {vote.decision.value}",
            (first, signed),
        )

    def _weight(self, decision: VoteDecision) -> int:
        return sum(self.members[vote.vote.voter_did] for vote in self.valid_votes if vote.vote.decision is decision)

    @property
    def approve_weight(self) -> int:
        return self._weight(VoteDecision.APPROVE)

    @property
    def reject_weight(self) -> int:
        return self._weight(VoteDecision.REJECT)

    @property
    def abstain_weight(self) -> int:
        return self._weight(VoteDecision.ABSTAIN)

    def total_cast_weight(self) -> int:
        return self.approve_weight + self.reject_weight + self.abstain_weight

    def to_dict(self) -> dict[str, Any]:
        return {
            "approve_weight": self.approve_weight,
            "reject_weight": self.reject_weight,
            "abstain_weight": self.abstain_weight,
            "total_cast_weight": self.total_cast_weight(),
            "valid_votes": [vote.to_dict() for vote in self.valid_votes],
            "invalid_votes": [{"vote": vote.to_dict(), "reason": reason} for vote, reason in self.invalid_votes],
            "equivocations": [[vote.to_dict() for vote in pair] for pair in self.equivocations.values()],
        }


def _signature_holds(signed: SignedVote) -> bool:
    try:
        public_key, signature = from_hex(signed.public_key), from_hex(signed.signature)
    except ValueError:
        return False
    return verify(signed.algorithm, public_key, digest(signed.vote.canonical_bytes()), signature)


@dataclass
class ConsensusResult:
    """What a coordinator signed. It is one member's word: whoever has the votes recounts them with `ConsensusRound.recount`."""

    proposal_id: str
    proposal_hash: str
    decision: str
    reason: str
    approve_weight: int
    reject_weight: int
    abstain_weight: int
    total_weight: int
    included_vote_ids: list[str]
    decided_at: str
    signer_did: str = ""
    algorithm: str = ""
    signature: str = ""
    public_key: str = ""
    # The proposal that was decided, where the result was made here. It is not part of the record.
    proposal: GovernanceProposal | None = field(default=None, repr=False, compare=False)

    def canonical_bytes(self) -> bytes:
        names = "proposal_id proposal_hash decision reason approve_weight reject_weight abstain_weight total_weight decided_at"
        body = {name: getattr(self, name) for name in names.split()}
        return canonical_json({**body, "included_vote_ids": sorted(self.included_vote_ids)})

    def to_dict(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "proposal"}

    def to_json(self) -> str:
        return json.dumps(self.to_dict(), indent=2)

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> ConsensusResult:
        try:
            return cls(**{name: content[name] for name in cls.__dataclass_fields__ if name != "proposal"})
        except (KeyError, TypeError) as error:
            raise GovernanceError(f"not a result: {error} is missing") from error

    def raise_for_decision(self) -> None:
        """Raises `InsufficientQuorumError` or `ConsensusFailedError` unless it passed."""
        if self.decision != PASSED:
            short = self.reason.startswith("participation") or self.reason == "total weight is zero"
            raise (InsufficientQuorumError if short else ConsensusFailedError)(self.reason)


class ConsensusRound:
    """One vote on one signed proposal. It is finished once, by a member, and does not pass after the proposal's time."""

    def __init__(self, proposal: GovernanceProposal, registry: NodeRegistry, policy: QuorumPolicy | None = None) -> None:
        if not GovernanceNode.verify_proposal(proposal):
            raise InvalidProposalError("the proposal is not signed by its proposer")
        if not registry.is_member(proposal.proposer_did):
            raise InvalidProposalError("the proposer is no member")
        proposal.is_expired()
        self.proposal = proposal
        self.registry = registry
        self.policy = policy or QuorumPolicy()
        self.tally = VoteTally(proposal, registry)
        self.result: ConsensusResult | None = None

    def cast(self, signed_vote: SignedVote) -> bool:
        if self.result is not None:
            raise GovernanceError("the round is finished")
        if self.proposal.is_expired():
            raise ProposalExpiredError(f"proposal {self.proposal.proposal_id} is expired")
        return self.tally.add(signed_vote)

    def finalize(self, coordinator: GovernanceNode) -> ConsensusResult:
        if self.result is not None:
            raise GovernanceError("the round is finished")
        tally = self.tally
        if coordinator.did not in tally.members:
            raise GovernanceError("the coordinator is no member")
        weights = (tally.approve_weight, tally.reject_weight, tally.abstain_weight)
        passed, reason = self.policy.check(*weights, tally.total_weight)
        expired = self.proposal.is_expired()
        if passed and expired:
            passed, reason = False, "the proposal is expired"
        if self.proposal.proposal_hash() != tally.proposal_hash:
            passed, reason = False, "the proposal was changed after the first vote"
        result = ConsensusResult(
            self.proposal.proposal_id, tally.proposal_hash, PASSED if passed else REJECTED, reason, *weights,
            tally.total_weight, [vote.vote.vote_id for vote in tally.valid_votes], now().isoformat(),
            signer_did=coordinator.did, algorithm=coordinator.identity.algorithm.value,
            public_key=coordinator.identity.public_key.hex(),
        )  # fmt: skip
        result.signature = coordinator.identity.sign(digest(result.canonical_bytes())).hex()
        result.proposal = GovernanceProposal.from_dict(self.proposal.to_dict())
        undecided = expired and not passed
        self.proposal.status = (
            ProposalStatus.PASSED if passed else ProposalStatus.EXPIRED if undecided else ProposalStatus.REJECTED
        )
        self.result = result
        return result

    @staticmethod
    def verify_result(result: ConsensusResult, registry: NodeRegistry | None = None) -> bool:
        """Whether the coordinator named in it signed it, and is a member of `registry` where one is given."""
        if registry is not None and not registry.is_member(result.signer_did):
            return False
        return verify_envelope(result, result.signer_did, result.canonical_bytes())

    @staticmethod
    def recount(
        result: ConsensusResult,
        proposal: GovernanceProposal,
        votes: Iterable[SignedVote],
        registry: NodeRegistry,
        policy: QuorumPolicy | None = None,
    ) -> bool:
        """Whether these votes of these members come to this result, from the signatures alone: no word of the coordinator is
        believed.
        """
        if not GovernanceNode.verify_proposal(proposal) or not ConsensusRound.verify_result(result, registry):
            return False
        tally = VoteTally(proposal, registry)
        for vote in votes:
            try:
                tally.add(vote)
            except ByzantineDetectedError:
                continue
        weights = (tally.approve_weight, tally.reject_weight, tally.abstain_weight)
        passed, _ = (policy or QuorumPolicy()).check(*weights, tally.total_weight)
        return (
            result.proposal_hash == tally.proposal_hash
            and (result.approve_weight, result.reject_weight, result.abstain_weight) == weights
            and result.total_weight == tally.total_weight
            and sorted(result.included_vote_ids) == sorted(vote.vote.vote_id for vote in tally.valid_votes)
            and (result.decision == PASSED) == passed
        )
