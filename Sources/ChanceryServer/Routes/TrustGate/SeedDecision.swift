internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// A decision in the words of the seed's TrustGate.
struct SeedDecision {
    enum State: String {
        /// A person is asked.
        case pending = "PENDING"
        case approved = "APPROVED"
        case rejected = "REJECTED"
        /// Nobody answered in time; the outcome is BLOCK then.
        case timedOut = "TIMED_OUT"
        /// Nobody had to be asked.
        case resolved = "RESOLVED"
    }

    let id: DecisionID?
    let decision: GateDecision
    let state: State
    private var answer: (event: GateEvent.Answer, time: UTCTime)?

    init(_ history: ActionGate.History, at time: UTCTime) {
        id = history.id
        decision = history.decision
        for (event, written) in zip(history.following, history.times) {
            if answer == nil, case .answer(let answer) = event { self.answer = (answer, written) }
        }
        let isOver = time > decision.expires || history.following.contains { if case .lapse = $0 { true } else { false } }
        state =
            switch answer?.event.choice {
            case _ where decision.question == nil: .resolved
            case .approve?: .approved
            case .reject?: .rejected
            case nil: isOver ? .timedOut : .pending
            }
    }

    /// A decision that was just made, or without an id only rehearsed.
    init(_ decision: GateDecision, id: DecisionID?) {
        self.id = id
        self.decision = decision
        state = decision.question == nil || id == nil ? .resolved : .pending
    }

    /// Effects have the same names in the seed.
    var outcome: String { state == .timedOut ? "BLOCK" : decision.verdict.effect.rawValue }

    func json(_ names: inout PolicyNames) throws -> JSONObject {
        let facts = decision.facts
        var object: JSONObject = [
            "action": .string(decision.action.name), "agent_id": .string(facts.agent),
            "agent_name": SeedValue.text(facts.agentName), "blocked": .bool(outcome == "BLOCK"),
            "outcome": .string(outcome), "pending": .bool(state == .pending),
            "policy_hash": SeedValue.text(decision.policy.map { Hex.encode($0) }),
            "policy_version": SeedValue.text(try decision.policy.flatMap { try names.name(of: $0) }),
            "reason": .string(decision.verdict.reason), "role": SeedValue.text(facts.role),
            "rule": .string(decision.verdict.rule), "state": .string(state.rawValue),
            "timeout_at": .integer(decision.expires.seconds), "timestamp": .integer(decision.time.seconds),
            "trust_score": SeedValue.number(facts.trust), "tsi_state": SeedValue.text(facts.stability?.rawValue),
            "vrs": SeedValue.number(facts.risk), "a2c_score": SeedValue.number(facts.collusion),
        ]
        object["decision_id"] = id.map { .string($0.text) }
        object["target_domain"] = decision.action.target.map { .string($0) }
        object["claimed"] = decision.claims.map { .object($0.members) }
        if let answer {
            object[answer.event.choice == .approve ? "approved_by" : "rejected_by"] = .string(answer.event.name)
            object["approval_timestamp"] = .integer(answer.time.seconds)
        }
        return object
    }
}
