"""Members and their list."""

from __future__ import annotations

import uuid

from .._canonical import digest, now
from ..identity import AgentIdentity, verify_envelope
from .errors import GovernanceError, InvalidProposalError, UnknownNodeError
from .records import GovernanceProposal, SignedVote, Vote, VoteDecision

# Sums of weights stay exact wherever they are read.
_HEAVIEST = 2**53 - 1


class GovernanceNode:
    """An identity with a name and a weight. Verification takes no key from a message unless the claimed DID is its hash."""

    def __init__(self, identity: AgentIdentity, name: str, weight: int = 1) -> None:
        if not isinstance(weight, int) or isinstance(weight, bool) or not 0 < weight <= _HEAVIEST:
            raise GovernanceError("a weight is an integer from 1 to 2^53 - 1")
        self.identity = identity
        self.name = name
        self.weight = weight

    @property
    def did(self) -> str:
        return self.identity.did

    def sign_proposal(self, proposal: GovernanceProposal) -> GovernanceProposal:
        if proposal.proposer_did != self.did:
            raise InvalidProposalError("a proposal is signed by its proposer")
        proposal.signer_did = self.did
        proposal.algorithm = self.identity.algorithm.value
        proposal.public_key = self.identity.public_key.hex()
        proposal.signature = self.identity.sign(bytes.fromhex(proposal.proposal_hash())).hex()
        return proposal

    def cast_vote(self, proposal: GovernanceProposal, decision: VoteDecision, rationale: str = "") -> SignedVote:
        vote = Vote(
            vote_id=f"urn:pqc-gov-vote:{uuid.uuid4().hex}",
            proposal_id=proposal.proposal_id,
            proposal_hash=proposal.proposal_hash(),
            voter_did=self.did,
            decision=VoteDecision(decision),
            rationale=rationale,
            cast_at=now().isoformat(),
        )
        signature = self.identity.sign(digest(vote.canonical_bytes())).hex()
        return SignedVote(vote, self.identity.algorithm.value, signature, self.identity.public_key.hex())

    @staticmethod
    def verify_proposal(proposal: GovernanceProposal) -> bool:
        """Whether the proposer signed this: the key in it is the one behind `proposer_did`."""
        return proposal.signer_did == proposal.proposer_did and verify_envelope(
            proposal, proposal.proposer_did, proposal.canonical_bytes()
        )

    @staticmethod
    def verify_vote(signed: SignedVote) -> bool:
        """Whether the voter signed this: the key in it is the one behind `voter_did`."""
        return verify_envelope(signed, signed.vote.voter_did, signed.vote.canonical_bytes())


class NodeRegistry:
    """Who may vote, with which weight. A round works on the list as it was at its first vote."""

    def __init__(self) -> None:
        self._nodes: dict[str, GovernanceNode] = {}

    def register(self, node: GovernanceNode) -> None:
        self._nodes[node.did] = node

    def remove(self, did: str) -> None:
        self.get(did)
        del self._nodes[did]

    def get(self, did: str) -> GovernanceNode:
        try:
            return self._nodes[did]
        except KeyError as error:
            raise UnknownNodeError(f"no node with did {did}") from error

    def is_member(self, did: str) -> bool:
        return did in self._nodes

    def total_weight(self) -> int:
        return sum(node.weight for node in self._nodes.values())

    def list_dids(self) -> list[str]:
        return list(self._nodes)

    def weights(self) -> dict[str, int]:
        return {did: node.weight for did, node in self._nodes.items()}

    def __len__(self) -> int:
        return len(self._nodes)
