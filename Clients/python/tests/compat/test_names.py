"""Every name of the seeds' API tables, with the parameters that they print."""

from __future__ import annotations

import importlib
import inspect

import pytest

TABLES = {
    "chancery.aiss": """
        generate_keypair() derive_agent_id(public_key) stamp_event(private_key,agent_id,payload,previous_hash)
        stamp_genesis_event(private_key,public_key,agent_id,payload) compute_event_hash(event) store_event(event,agent_name)
        load_events(agent_id,agent_name) search_events(agent_id,event_type,after,before,limit,session_id,follow_rotation)
        get_memory_stats() unlock(agent_name,passphrase) lock(agent_name) verify_chain(events) verify_event(event)
        verify_signature(event,public_key) export_identity(agent_id,public_key) export_audit_chain(identity,events)""",
    "chancery.aiss.identity_session": "IdentitySession.open(agent_name,passphrase) IdentitySession.from_env()",
    "chancery.aiss.agent_registry": "register_agent(name,agent_id,tier,metadata) list_agents() get_agent_info(name)",
    "chancery.aiss.identity": """create_rotation_attestation(old_private_key,old_agent_id,new_agent_id,reason)
        create_rotation_pcp_event(old_private_key,old_agent_id,new_agent_id,attestation,previous_hash)""",
    "chancery.aiss.memory": "load_full_history(agent_id) MemorySession(agent_name,passphrase)",
    "chancery.aiss.chain": "verify_chain_linkage(events) verify_monotonic_timestamps(events)",
    "chancery.aiss.replay": "detect_replay_attacks(events)",
    "chancery.aiss.fork": "find_forks(events)",
    "chancery.aiss.a2a": """create_identity_proposal(private_key,public_key,agent_id,capabilities,metadata)
        create_identity_response(private_key,public_key,agent_id,proposal,capabilities)
        build_cosigned_handshake_event(private_key,agent_id,proposal,response,previous_hash)""",
    "chancery.aiss.exports": "verify_audit_export()",
    "chancery.aiss.crypto.dilithium": "generate_keypair()",
    "chancery.aiss.identity_aiss2": "generate_aiss2_identity(agent_name,passphrase)",
    "chancery.aiss.stamp_aiss2": """
        stamp_event_aiss2(ed25519_private_key,dilithium_private_key,agent_id,payload,previous_hash)""",
    "chancery.aiss.verify_aiss2": "verify_aiss2_conformance(event)",
    "chancery.compat.session": """AgentSession(agents) AgentSession.start() AgentSession.end()
        AgentSession.stamp(agent_name,event_type,payload,peer) AgentSession.export(path) AgentSession.summary()
        AgentSession.get_agent(name) AgentSession.session_id AgentMember.event_count""",
    "chancery.compat.trustgate": """load_policy() evaluate()
        EvaluationContext(agent_id,agent_name,action,payload,role,vrs,tsi_state,target_domain)""",
    "chancery.compat.vigil": "compute_vrs() compute_tsi() compute_a2c_risk() get_installation_summary()",
    "chancery.compat.identity": "AgentIdentity.create(name,algorithm) generate_kem_keypair() SignatureAlgorithm verify()",
    "chancery.compat.governance": """
        GovernanceNode(identity,name,weight) GovernanceNode.did GovernanceNode.sign_proposal(proposal)
        GovernanceNode.cast_vote(proposal,decision,rationale) GovernanceNode.verify_proposal(proposal)
        GovernanceNode.verify_vote(signed) NodeRegistry.register(node) NodeRegistry.remove(did) NodeRegistry.get(did)
        NodeRegistry.is_member(did) NodeRegistry.total_weight() NodeRegistry.list_dids() NodeRegistry.__len__()
        GovernanceProposal.create(kind,subject_id,title,proposer_did) GovernanceProposal.canonical_bytes()
        GovernanceProposal.proposal_hash() GovernanceProposal.is_expired() GovernanceProposal.to_dict()
        GovernanceProposal.from_dict() Vote SignedVote VoteTally.approve_weight VoteTally.reject_weight
        VoteTally.abstain_weight VoteTally.total_cast_weight() VoteTally.to_dict() ConsensusRound(proposal,registry,policy)
        ConsensusRound.cast(signed_vote) ConsensusRound.finalize(coordinator) ConsensusRound.verify_result(result)
        QuorumPolicy(min_participation_fraction,min_approval_fraction) ConsensusResult.canonical_bytes()
        ConsensusResult.to_dict() ConsensusResult.to_json() AuthorizationChain(subject_id)
        AuthorizationChain.is_authorized(kind) AuthorizationGrant(subject_id,kind,result)
        GovernanceAuditLog.log_proposal_created() GovernanceAuditLog.log_vote_cast()
        GovernanceAuditLog.log_consensus_reached() GovernanceAuditLog.log_byzantine_detected()
        GovernanceAuditLog.log_node_added() GovernanceAuditLog.log_node_removed()
        GovernanceAuditLog.log_authorization_granted() GovernanceAuditLog.log_authorization_revoked()
        GovernanceAuditLog.entries(operation,proposal_id,actor_did) GovernanceError InvalidProposalError InvalidVoteError
        InsufficientQuorumError ConsensusFailedError UnknownNodeError ByzantineDetectedError ProposalExpiredError""",
    "chancery.compat.enclave": """
        EnclaveVault(backend) EnclaveVault.unlock(ttl_seconds) EnclaveVault.lock()
        EnclaveVault.put_artifact(name,kind,content,version,app_bundle_id) EnclaveVault.get_artifact(name_or_id)
        EnclaveVault.delete_artifact(name_or_id) EnclaveVault.list_artifacts() EnclaveVault.save() EnclaveVault.is_unlocked
        EnclaveArtifact(metadata,content) EnclaveArtifact.sha3_256_hex() EnclaveArtifact.content_hash()
        AccessPolicy.add(rule) AccessPolicy.check(metadata,caller_bundle_id)
        ArtifactPolicy(kind,allowed_bundle_ids,require_biometric,max_uses_per_hour)
        DeviceAttester(identity,device_id,device_model,enclave_vendor) DeviceAttester.attest(artifact_id,content_hash)
        DeviceAttester.verify(att) DeviceAttester.verify_or_raise(att) InMemoryEnclaveBackend(device_id,device_model)
        EnclaveSDKError UnknownArtifactError EnclaveLockedError DecryptionError BackendError AttestationError
        PolicyViolationError DEFAULT_SESSION_TTL""",
}
NAMES = [(module, name) for module, names in TABLES.items() for name in names.split()]


@pytest.mark.parametrize(("module", "name"), NAMES, ids=lambda value: value)
def test_the_name_is_there_and_takes_what_the_table_says(module: str, name: str) -> None:
    path, _, parameters = name.removesuffix(")").partition("(")
    found = importlib.import_module(module)
    for part in path.split("."):
        found = getattr(found, part)
    if parameters:
        assert set(parameters.split(",")) <= set(inspect.signature(found).parameters)
