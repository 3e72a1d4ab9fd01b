internal import ChanceryPolicy
public import ChanceryWire

/// What the gate knows from its own chain: a value that events move, so that any process that read the same events knows the
/// same.
public struct GateState: Sendable {
    /// Most decisions that wait for people at once, of one agent and of all.
    public static let questionsPerAgent = 100
    public static let questions = 10_000

    public private(set) var policy: PolicyActivation?
    public private(set) var open: [DecisionID: OpenDecision] = [:]
    public private(set) var histories: [String: AgentHistory] = [:]
    private var waiting: [String: Int] = [:]
    private var sizeAfterPurge = 0

    public init() {}

    /// How many questions of an agent, and of all, wait.
    public func waiting(of agent: String) -> Int { waiting[agent] ?? 0 }
    public var waitingCount: Int { waiting.values.reduce(0, +) }

    /// Takes an event of the gate's chain.
    ///
    /// - Parameters:
    ///   - id: the hash of the event, which is the name of a decision.
    ///   - time: when it was written.
    public mutating func apply(_ event: GateEvent, id: DecisionID, at time: UTCTime) {
        switch event {
        case .policy(let activation): policy = activation
        case .decision(let decision): take(decision, id)
        case .answer(let answer):
            guard var found = open[answer.decision], found.answer == nil, !found.hasLapsed else { return }
            settle(found)
            found.answer = answer
            open[answer.decision] = found
        case .redemption(let redemption): open[redemption.decision]?.isRedeemed = true
        case .lapse(let lapse):
            guard var found = open[lapse.decision], !found.hasLapsed, found.answer == nil else { return }
            settle(found)
            found.hasLapsed = true
            open[lapse.decision] = found
            if found.question?.onTimeout == .block {
                histories[found.agent, default: AgentHistory()].noteAlert(at: time.seconds)
            }
        case .outcome, .refusal: break
        }
        purge(at: time)
    }

    private mutating func take(_ decision: GateDecision, _ id: DecisionID) {
        let agent = decision.facts.agent
        histories[agent, default: AgentHistory()].note(decision)
        if decision.question != nil { waiting[agent, default: 0] += 1 }
        if decision.verdict.effect != .block { open[id] = OpenDecision(decision, id) }
    }

    private mutating func settle(_ decision: OpenDecision) {
        guard decision.question != nil, let count = waiting[decision.agent] else { return }
        waiting[decision.agent] = count > 1 ? count - 1 : nil
    }

    /// Questions whose last stage is over and that nobody has written down yet.
    public func lapsed(at time: UTCTime) -> [DecisionID] {
        guard !waiting.isEmpty else { return [] }
        return open.values.filter {
            $0.question != nil && $0.answer == nil && !$0.hasLapsed && $0.standing(at: time) == .lapsed
        }.map(\.id).sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    }

    /// Forgets what is over, once there is about as much of it as of the rest. Questions stay until their lapse is written.
    private mutating func purge(at time: UTCTime) {
        guard open.count > 1024 + 2 * sizeAfterPurge else { return }
        open = open.filter { _, decision in
            let isUnwritten = decision.question != nil && decision.answer == nil && !decision.hasLapsed
            return isUnwritten || !decision.isOver(at: time)
        }
        sizeAfterPurge = open.count
    }
}
