internal import ChanceryGate
internal import ChanceryPolicy
internal import ChanceryWire

/// What the gate knows while several works are decided that are written together.
struct GateView {
    let state: GateState
    // What works before this one in the same step are about to write: how each agent stands then, and what is asked.
    private var histories: [String: AgentHistory] = [:]
    private var asked: [String: Int] = [:]
    private var askedCount = 0

    init(_ state: GateState) { self.state = state }

    mutating func expect(_ event: GateEvent) {
        guard case .decision(let decision) = event else { return }
        let agent = decision.facts.agent
        histories[agent, default: state.histories[agent] ?? AgentHistory()].note(decision)
        if decision.question != nil {
            asked[agent, default: 0] += 1
            askedCount += 1
        }
    }

    /// When the gate stood in the agent's way, what is about to be written included.
    func history(of agent: String) -> AgentHistory { histories[agent] ?? state.histories[agent] ?? AgentHistory() }

    /// How many questions of the agent, and of all, wait, those about to be asked included.
    func waiting(of agent: String) -> (own: Int, all: Int) {
        (state.waiting(of: agent) + (asked[agent] ?? 0), state.waitingCount + askedCount)
    }
}

/// Works that are decided on one state and written in one step.
struct GateRound {
    private enum Fate {
        case entry(Int)
        case refused(Int, any Error)
        case later
    }

    private(set) var entries: [GateJournal.Entry]
    private var fates: [Fate] = []

    /// Takes works in order, but for those that concern a decision that one before them changes, until a policy was activated.
    init(_ works: [GateJournal.Work], on view: GateView, lapsed: [DecisionID], at time: UTCTime) {
        let lapsed = lapsed.prefix(Self.most)
        entries = lapsed.map { .init(.lapse(.init($0))) }
        var view = view
        var touched = Set(lapsed)
        var (taken, isOver) = (0, false)
        for work in works {
            guard !isOver, taken < Self.most, work.decision.map({ touched.insert($0).inserted }) ?? true else {
                fates.append(.later)
                continue
            }
            taken += 1
            do {
                let entry = try work.decide(view, time)
                // What nobody could read back would stop the gate for good.
                _ = try GateEvent(entry.event.payload)
                view.expect(entry.event)
                fates.append(.entry(entries.count))
                entries.append(entry)
                // What comes after it is decided by it.
                if case .policy = entry.event { isOver = true }
            } catch {
                fates.append(.refused(entries.count, error))
                let coded = error as? any CodedError ?? NodeError(.rejected, "\(error)")
                entries.append(
                    .init(
                        .refusal(.init(of: work.name, coded, agent: work.agent, caller: work.caller, decision: work.decision))))
            }
        }
    }

    /// So many lapses and so many works fit into one batch together.
    private static let most = 4096

    /// One for each work; nil for one that was not taken.
    func results(_ written: [GateJournal.Written]) -> [Result<GateJournal.Written, any Error>?] {
        fates.map { fate in
            switch fate {
            case .entry(let index): .success(written[index])
            case .refused(_, let error): .failure(error)
            case .later: nil
            }
        }
    }
}
