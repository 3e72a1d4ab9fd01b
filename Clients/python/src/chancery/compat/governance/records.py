"""Proposals and votes: their bytes, as docs/spec/pqaid-v0.md says them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

from .._canonical import canonical_json, digest, now, parsed_time
from .errors import InvalidProposalError, InvalidVoteError


class ProposalKind(str, Enum):
    AUTHORIZE_MODEL = "authorize-model"
    REVOKE_MODEL = "revoke-model"
    AUTHORIZE_AGENT = "authorize-agent"
    REVOKE_AGENT = "revoke-agent"
    UPDATE_POLICY = "update-policy"
    ADD_NODE = "add-node"
    REMOVE_NODE = "remove-node"
    EMERGENCY_FREEZE = "emergency-freeze"
    DELEGATION = "delegation"


class ProposalStatus(str, Enum):
    OPEN = "open"
    PASSED = "passed"
    REJECTED = "rejected"
    EXPIRED = "expired"


class VoteDecision(str, Enum):
    APPROVE = "approve"
    REJECT = "reject"
    ABSTAIN = "abstain"


DEFAULT_TTL_SECONDS = 86_400


@dataclass
class GovernanceProposal:
    proposal_id: str
    kind: ProposalKind
    subject_id: str
    title: str
    description: str
    proposer_did: str
    parameters: dict[str, Any]
    created_at: str
    expires_at: str
    status: ProposalStatus = ProposalStatus.OPEN
    signer_did: str = ""
    algorithm: str = ""
    signature: str = ""
    public_key: str = ""

    @classmethod
    def create(
        cls,
        kind: ProposalKind,
        subject_id: str,
        title: str,
        proposer_did: str,
        description: str = "",
        parameters: dict[str, Any] | None = None,
        ttl_seconds: int = DEFAULT_TTL_SECONDS,
    ) -> GovernanceProposal:
        created = now()
        return cls(
            proposal_id=f"urn:pqc-gov-prop:{uuid.uuid4().hex}",
            kind=ProposalKind(kind),
            subject_id=subject_id,
            title=title,
            description=description,
            proposer_did=proposer_did,
            parameters=dict(parameters or {}),
            created_at=created.isoformat(),
            expires_at=(created + timedelta(seconds=ttl_seconds)).isoformat(),
        )

    def canonical_bytes(self) -> bytes:
        names = "proposal_id kind subject_id title description proposer_did parameters created_at expires_at"
        return canonical_json({name: _plain(getattr(self, name)) for name in names.split()})

    def proposal_hash(self) -> str:
        return digest(self.canonical_bytes()).hex()

    def is_expired(self) -> bool:
        """Whether the time is over. A time that cannot be read is refused: it would never be over."""
        try:
            return now() > parsed_time(self.expires_at)
        except ValueError as error:
            raise InvalidProposalError(f"expires_at: {error}") from error

    def to_dict(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> GovernanceProposal:
        try:
            known = {name: content[name] for name in cls.__dataclass_fields__ if name in content}
            known["kind"] = ProposalKind(known["kind"])
            known["status"] = ProposalStatus(known.get("status", "open"))
            return cls(**known)
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidProposalError(f"not a proposal: {error}") from error


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value


@dataclass(frozen=True)
class Vote:
    vote_id: str
    proposal_id: str
    proposal_hash: str
    voter_did: str
    decision: VoteDecision
    rationale: str
    cast_at: str

    def to_dict(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in vars(self).items()}

    def canonical_bytes(self) -> bytes:
        return canonical_json(self.to_dict())


@dataclass(frozen=True)
class SignedVote:
    vote: Vote
    algorithm: str = ""
    signature: str = ""
    public_key: str = field(default="", repr=False)

    def to_dict(self) -> dict[str, Any]:
        return {**vars(self), "vote": self.vote.to_dict()}

    @classmethod
    def from_dict(cls, content: dict[str, Any]) -> SignedVote:
        try:
            vote = dict(content["vote"])
            vote["decision"] = VoteDecision(vote["decision"])
            return cls(Vote(**vote), content["algorithm"], content["signature"], content["public_key"])
        except (KeyError, TypeError, ValueError) as error:
            raise InvalidVoteError(f"not a signed vote: {error}") from error
