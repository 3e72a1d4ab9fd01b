"""pqc-ai-governance: quick start."""

from chancery.compat.identity import AgentIdentity
from chancery.compat.governance import (
    AuthorizationChain, AuthorizationGrant,
    ByzantineDetectedError,
    ConsensusRound, GovernanceAuditLog, GovernanceNode, GovernanceProposal,
    NodeRegistry, ProposalKind, QuorumPolicy, VoteDecision,
)

# 1. Stand up five governance nodes (each with a PQC identity).
alice = GovernanceNode(identity=AgentIdentity.create("alice"), name="alice", weight=1)
bob   = GovernanceNode(identity=AgentIdentity.create("bob"),   name="bob",   weight=1)
carol = GovernanceNode(identity=AgentIdentity.create("carol"), name="carol", weight=1)
dave  = GovernanceNode(identity=AgentIdentity.create("dave"),  name="dave",  weight=2)
eve   = GovernanceNode(identity=AgentIdentity.create("eve"),   name="eve",   weight=1)

registry = NodeRegistry()
for n in (alice, bob, carol, dave, eve):
    registry.register(n)

# 2. Alice proposes authorizing a medical-AI model.
proposal = GovernanceProposal.create(
    kind=ProposalKind.AUTHORIZE_MODEL,
    subject_id="did:pqaid:medical-ai-v2",
    title="Authorize medical-ai-v2 for production",
    proposer_did=alice.did,
    parameters={"environment": "prod", "max_rate_qps": 50},
)
alice.sign_proposal(proposal)

# 3. Nodes vote.
rnd = ConsensusRound(proposal=proposal, registry=registry, policy=QuorumPolicy())
for voter in (alice, bob, carol, dave):
    rnd.cast(voter.cast_vote(proposal, VoteDecision.APPROVE))
rnd.cast(eve.cast_vote(proposal, VoteDecision.ABSTAIN))

# 4. Finalize. The result is ML-DSA signed by the coordinator.
result = rnd.finalize(coordinator=alice)
assert result.decision == "passed"
assert ConsensusRound.verify_result(result)

# 5. Bind the passed result into an authorization chain.
chain = AuthorizationChain(subject_id=proposal.subject_id)
chain.add(AuthorizationGrant(
    subject_id=proposal.subject_id,
    kind=proposal.kind,
    result=result,
))
assert chain.is_authorized(ProposalKind.AUTHORIZE_MODEL)
print(result.decision, result.approve_weight, result.total_weight, len(bytes.fromhex(result.signature)))

# examples/byzantine_detection.py: one node submits conflicting votes.
log = GovernanceAuditLog()
rnd = ConsensusRound(proposal=proposal, registry=registry)
rnd.cast(eve.cast_vote(proposal, VoteDecision.APPROVE))
try:
    rnd.cast(eve.cast_vote(proposal, VoteDecision.REJECT))
except ByzantineDetectedError as error:
    log.log_byzantine_detected(proposal.proposal_id, eve.did, str(error))
    # Differs: the error has both signed votes, and the member's weight no longer counts in this round.
    print(len(error.evidence), rnd.tally.approve_weight, log.entries(operation="byzantine_detected")[0].operation)

# examples/emergency_freeze.py: unanimous EMERGENCY_FREEZE; signed result produced and verified.
freeze = alice.sign_proposal(GovernanceProposal.create(
    kind=ProposalKind.EMERGENCY_FREEZE, subject_id="*", title="Halt", proposer_did=alice.did))
rnd = ConsensusRound(proposal=freeze, registry=registry)
for voter in (alice, bob, carol, dave, eve):
    rnd.cast(voter.cast_vote(freeze, VoteDecision.APPROVE))
result = rnd.finalize(coordinator=bob)
# Differs: objects in one process halt nobody. In a federation a passed freeze stops agents: `chancery governance freeze`.
print(result.decision, ConsensusRound.verify_result(result, registry))
