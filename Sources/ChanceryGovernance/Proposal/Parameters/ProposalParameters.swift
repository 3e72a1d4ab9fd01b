public import ChanceryLedger
internal import ChanceryWire

/// What exactly a proposal asks for, typed by its kind. Models are named by the digest of their manifest, agents by DID.
public enum ProposalParameters: Sendable {
    case authorizeModel(manifest: [UInt8], scope: Scope, constraints: Constraints)
    case revokeModel(manifest: [UInt8], scope: Scope)
    case authorizeAgent(DID, role: String, scope: Scope, constraints: Constraints)
    case revokeAgent(DID, scope: Scope)
    /// Puts the policy with this hash in force at the gate.
    case updatePolicy([UInt8])
    case addNode(Enrolment, weight: Int64)
    case removeNode(DID)
    case emergencyFreeze(scope: Scope, rooms: Set<Room>, reason: String)
    /// Lifts the freezes of these proposals, ascending.
    case unfreeze([[UInt8]])
    case delegation(DelegationTerms)
    /// New keys of a member.
    case rotateKey(Enrolment)
    case activateProgram(ProgramTerms)

    public var kind: ProposalKind {
        switch self {
        case .authorizeModel: .authorizeModel
        case .revokeModel: .revokeModel
        case .authorizeAgent: .authorizeAgent
        case .revokeAgent: .revokeAgent
        case .updatePolicy: .updatePolicy
        case .addNode: .addNode
        case .removeNode: .removeNode
        case .emergencyFreeze: .emergencyFreeze
        case .unfreeze: .unfreeze
        case .delegation: .delegation
        case .rotateKey: .rotateKey
        case .activateProgram: .activateProgram
        }
    }

    /// Whose grants it gives or takes; nil for everything else.
    public var subject: Subject? {
        switch self {
        case .authorizeModel(let manifest, _, _), .revokeModel(let manifest, _): .model(manifest)
        case .authorizeAgent(let agent, _, _, _), .revokeAgent(let agent, _): .agent(agent)
        default: nil
        }
    }
}

/// Where a freeze stops work.
public enum Room: String, Sendable, CaseIterable, Comparable {
    case compute, gate, vault

    public static func < (left: Room, right: Room) -> Bool { left.rawValue < right.rawValue }
}

/// Who or what a grant is for.
public enum Subject: Sendable, Hashable, CustomStringConvertible {
    /// By the digest of its manifest, 32 bytes.
    case model([UInt8])
    case agent(DID)

    /// `model` or `agent`.
    public var kind: String {
        switch self {
        case .model: "model"
        case .agent: "agent"
        }
    }

    /// The hexadecimal digest of a model, the DID of an agent.
    public var text: String {
        switch self {
        case .model(let manifest): Hex.encode(manifest)
        case .agent(let agent): agent.text
        }
    }

    public var description: String { "\(kind) \(text)" }
}
