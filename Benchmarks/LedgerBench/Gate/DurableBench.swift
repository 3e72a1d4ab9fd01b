import ChanceryGate
import ChanceryNode
import ChanceryPolicy
import ChanceryWire

/// The whole gate: who the agent is and how it stands from the store, the policy, the signed batch, the commit, and the agent
/// looked at again. Many ask at once, each waiting for its answer.
enum DurableBench {
    private static let agents = 16
    private static let callers = 256

    static func run(_ bench: Bench) throws -> [Measurement] {
        let home = bench.home
        let now = home.time
        let names = (0..<agents).map { "agent-\($0)" }
        for name in names {
            let identity = try home.identity(name)
            _ = try home.ledger.register(identity, role: PolicySample.role)
            _ = try home.ledger.stamp((0..<20).map(SamplePayload.step), as: identity, profile: .aiss21)
        }
        let gate = ActionGate(
            identity: try home.identity("gate"), store: home.store, registry: home.registry, authority: nil,
            risk: VigilDesk(store: home.store, registry: home.registry, now: now),
            approvers: ApproverRegistry(store: home.store, registry: home.registry, now: now), now: now)
        let text = PolicySample.trustGate(PolicySample.fewPatterns)
        _ = try Bench.blocking { try await gate.activate(text, by: "bench", comment: "") }
        let share = max(1, bench.scale.durableDecisions / callers)
        let many = try bench.rounds {
            home.advance(bySeconds: 60)
            return try rate(gate, names, callers: callers, each: share)
        }
        let one = try bench.rounds {
            home.advance(bySeconds: 60)
            return try rate(gate, names, callers: 1, each: max(1, share))
        }
        return [
            Measurement(
                "gate.durable", "full gate, signed batches, durable, \(callers) ask at once", .perSecond, many,
                target: .atLeast(5000)),
            Measurement("gate.durable.one", "the same, one after the other", .perSecond, one),
        ]
    }

    private static func rate(_ gate: ActionGate, _ names: [String], callers: Int, each: Int) throws -> Double {
        let time = try seconds {
            try Bench.blocking {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for caller in 0..<callers {
                        group.addTask {
                            for _ in 0..<each { try await decide(gate, names[caller % names.count]) }
                        }
                    }
                    try await group.waitForAll()
                }
            }
        }
        return Double(callers * each) / time
    }

    private static func decide(_ gate: ActionGate, _ agent: String) async throws {
        let action = try GatedAction(PolicySample.action, payload: ActionSample.order, target: PolicySample.target)
        let decided = try await gate.decide(action, for: agent, by: "bench")
        guard decided.decision.verdict.effect == .allow else {
            throw Failure(description: "the gate says \(decided.decision.verdict)")
        }
    }
}
