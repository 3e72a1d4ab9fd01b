public import ChanceryPolicy
public import ChanceryWire

/// A decision that somebody may still act on, answer or wait for.
public struct OpenDecision: Sendable {
    public let id: DecisionID
    public let agent: String
    public let caller: String
    public let action: String
    public let actionHash: [UInt8]
    public let target: String?
    public let policy: [UInt8]?
    public let effect: Effect
    /// The rule that decided.
    public let rule: String
    public let question: Question?
    public let time: UTCTime
    public let expires: UTCTime
    public internal(set) var answer: GateEvent.Answer?
    public internal(set) var isRedeemed: Bool
    public internal(set) var hasLapsed = false

    init(_ decision: GateDecision, _ id: DecisionID) {
        self.id = id
        agent = decision.facts.agent
        caller = decision.caller
        action = decision.action.name
        actionHash = decision.action.hash
        target = decision.action.target
        policy = decision.policy
        effect = decision.verdict.effect
        rule = decision.verdict.rule
        question = decision.question
        time = decision.time
        expires = decision.expires
        isRedeemed = decision.isUsedAtOnce
    }

    /// Where it stands.
    public enum Standing: Sendable, Equatable {
        /// It may be redeemed until then.
        case allowed(until: UTCTime)
        case blocked
        /// People are asked; the stage, from 0, and its end.
        case waiting(stage: Int64, clearance: Clearance)
        /// A person said yes; it may be redeemed until then.
        case approved(by: String, until: UTCTime)
        case rejected(by: String)
        /// The time was over before it was answered, or used.
        case lapsed
        case redeemed

        public var word: String {
            switch self {
            case .allowed: "allowed"
            case .blocked: "blocked"
            case .waiting: "waiting"
            case .approved: "approved"
            case .rejected: "rejected"
            case .lapsed: "lapsed"
            case .redeemed: "redeemed"
            }
        }
    }

    public func standing(at time: UTCTime) -> Standing {
        if isRedeemed { return .redeemed }
        if effect == .block { return .blocked }
        guard let question else { return time <= expires ? .allowed(until: expires) : .lapsed }
        if let answer {
            guard answer.choice == .approve else { return .rejected(by: answer.name) }
            return time <= answer.expires ? .approved(by: answer.name, until: answer.expires) : .lapsed
        }
        guard !hasLapsed, let stage = question.stage(at: time, asked: self.time) else { return .lapsed }
        return .waiting(stage: stage, clearance: question.clearance(at: stage))
    }

    /// Whether nothing can happen to it any more at `time`.
    func isOver(at time: UTCTime) -> Bool {
        switch standing(at: time) {
        case .redeemed: time > expires
        case .blocked, .rejected, .lapsed: true
        case .allowed, .waiting, .approved: false
        }
    }
}
