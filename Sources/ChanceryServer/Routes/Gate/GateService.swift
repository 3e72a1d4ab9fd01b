internal import ChanceryAPI
public import ChanceryGate
public import ChanceryNode
internal import ChanceryPolicy
public import ChanceryWire

/// What the routes of the gate work with.
public struct GateService: Sendable {
    public let gate: ActionGate
    let approvers: ApproverRegistry
    let now: @Sendable () -> UTCTime

    public init(_ gate: ActionGate, approvers: ApproverRegistry, now: @escaping @Sendable () -> UTCTime) {
        self.gate = gate
        self.approvers = approvers
        self.now = now
    }

    /// Whom a request is about: an agent speaks for itself alone, and whoever runs the house for any.
    ///
    /// - Throws: `gate.foreign_agent`.
    func agent(_ claimed: String?, of caller: Caller) throws -> String {
        if caller.principal.roles.contains(.operator) {
            return try RequestParameters.require(claimed ?? (caller.isAgent ? caller.principal.name : nil), "agent")
        }
        guard claimed == nil || claimed?.utf8.elementsEqual(caller.principal.name.utf8) == true else {
            throw GateError(.foreignAgent, "the key is of `\(caller.principal.name)`, who asks for nobody else")
        }
        return caller.principal.name
    }

    /// Runs `body`; what it refuses is on record before the caller hears of it.
    func recording<Value>(_ what: String, _ caller: Caller, _ body: () throws -> Value) async throws -> Value {
        do {
            return try body()
        } catch let error as any CodedError {
            try await gate.refuse(what, error, agent: caller.principal.name, caller: caller.principal.keyID)
        }
    }

    /// Checks that a caller may hear of a decision: an agent hears of its own.
    func requireHearing(_ decision: GateDecision, _ caller: Caller) throws {
        guard caller.principal.roles.isDisjoint(with: [.operator, .approver, .auditor]) else { return }
        let name = caller.principal.name
        guard [decision.facts.agent, decision.facts.agentName].contains(where: { $0?.utf8.elementsEqual(name.utf8) == true })
        else {
            throw GateError(.foreignAgent, "the decision is about another agent")
        }
    }
}

extension Caller {
    var isAgent: Bool { principal.roles.contains(.agent) }
}

extension GateError.Reason {
    /// An agent asks for itself alone.
    public static let foreignAgent = Self(rawValue: "gate.foreign_agent")
}
