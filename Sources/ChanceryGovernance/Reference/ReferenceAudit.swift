/// The names that the package's governance audit gives to what happened; ours are logged under the same eight.
public enum ReferenceAuditOperation: String, Sendable, CaseIterable {
    case proposalCreated = "proposal_created"
    case voteCast = "vote_cast"
    case consensusReached = "consensus_reached"
    case byzantineDetected = "byzantine_detected"
    case nodeAdded = "node_added"
    case nodeRemoved = "node_removed"
    case authorizationGranted = "authorization_granted"
    case authorizationRevoked = "authorization_revoked"
}
