/// What a proposal asks for. The names are those of pqc-ai-governance, and three of ours.
public enum ProposalKind: String, Sendable, CaseIterable {
    case authorizeModel = "authorize-model"
    case revokeModel = "revoke-model"
    case authorizeAgent = "authorize-agent"
    case revokeAgent = "revoke-agent"
    case updatePolicy = "update-policy"
    case addNode = "add-node"
    case removeNode = "remove-node"
    case emergencyFreeze = "emergency-freeze"
    case delegation
    case unfreeze
    case rotateKey = "rotate-key"
    case activateProgram = "activate-program"

    /// Whether passing it makes a new committee.
    public var changesRoster: Bool {
        switch self {
        case .addNode, .removeNode, .rotateKey: true
        default: false
        }
    }

    /// Whether it only takes rights away; such proposals go first and run under a freeze (rules G5, G10).
    public var isRestrictive: Bool {
        switch self {
        case .revokeModel, .revokeAgent, .removeNode, .emergencyFreeze: true
        default: false
        }
    }
}
