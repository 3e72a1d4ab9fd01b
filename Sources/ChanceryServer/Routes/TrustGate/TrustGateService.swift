internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryLedger
public import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryWire

/// What the seed's TrustGate endpoints work with.
public struct TrustGateService: Sendable {
    let gate: ActionGate
    let approvers: ApproverRegistry
    let vigil: VigilDesk
    let agents: NamedAgents
    let release: String
    let now: @Sendable () -> UTCTime

    public init(_ service: GateService, vigil: VigilDesk, registry: IdentityRegistry, release: String) {
        gate = service.gate
        approvers = service.approvers
        now = service.now
        self.vigil = vigil
        self.release = release
        agents = NamedAgents(registry: registry)
    }

    /// The decision that a path names, with all that followed, if the caller may hear of it.
    ///
    /// - Throws: `gate.decision_unknown`, `gate.foreign_agent`.
    func history(_ request: APIRequest, _ caller: Caller) async throws -> ActionGate.History {
        let text = try RequestParameters.require(request.parameters.text("id"), "id")
        guard let id = try? DecisionID(text) else {
            throw GateError(.decisionUnknown, "there is no decision `\(text.prefix(16))`")
        }
        return try await HomeServices.blocking {
            let history = try gate.history(of: id)
            if let own = try agents.subject(nil, of: caller, anybodyFor: .oversight) {
                guard history.decision.facts.agent.utf8.elementsEqual(own.did.text.utf8) else {
                    throw GateError(.foreignAgent, "the decision is about another agent")
                }
            }
            return history
        }
    }

    /// A decision in the seed's words.
    func json(_ history: ActionGate.History) throws -> JSONObject {
        var names = PolicyNames(gate)
        return try SeedDecision(history, at: now()).json(&names)
    }
}

/// What policies are called as PiQrypt calls them, looked up once for an answer.
struct PolicyNames {
    private let gate: ActionGate
    private var known: [[UInt8]: String] = [:]
    private var isComplete = false

    init(_ gate: ActionGate) { self.gate = gate }

    /// Name and version of the policy; nil for one that was never active here.
    mutating func name(of hash: [UInt8]) throws -> String? {
        if known.isEmpty, let active = try gate.activePolicy() { known[active.hash] = active.versionID }
        if let name = known[hash] { return name }
        if !isComplete {
            isComplete = true
            for activation in try gate.activations() { known[activation.hash] = activation.versionID }
        }
        return known[hash]
    }
}
