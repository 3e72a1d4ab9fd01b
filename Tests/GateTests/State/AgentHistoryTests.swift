import ChanceryGate
import ChanceryPolicy
import ChanceryWire
import TestKit
import Testing

/// When the gate stood in an agent's way.
struct AgentHistoryTests {
    private func history(_ decisions: [GateDecision]) -> AgentHistory {
        decisions.reduce(into: AgentHistory()) { $0.note($1) }
    }

    @Test(arguments: [
        (Effect.allow, "DEFAULT", 0, 0), (.allowWithLog, "TSI_WATCH", 0, 1), (.allowWithLog, "EXTERNAL_CALL", 0, 0),
        (.restrict, "ESCALATION", 0, 0), (.requireHuman, "VRS_HUMAN", 1, 0), (.block, "ROLE", 1, 0),
    ])
    func `blocks and questions are alerts, watched actions are watches`(
        effect: Effect, rule: String, alerts: Int, watches: Int
    ) throws {
        let history = history([try Sample.decision(effect, rule: rule, at: 7)])
        #expect(history.alerts == [Int64](repeating: SampleKeys.time(7).seconds, count: alerts))
        #expect(history.watches.count == watches)
    }

    @Test func `no more moments are kept than fit, and the latest stay`() throws {
        let blocked = try (0..<AgentHistory.capacity + 100).map { try Sample.decision(.block, at: Int64($0 % 1000)) }
        let history = history(blocked + [try Sample.decision(.block, at: 2000)])
        #expect(history.alerts.count == AgentHistory.capacity && history.alerts.last == SampleKeys.time(2000).seconds)
    }

    @Test func `what is older than policies look back is forgotten, and a clock that went back forgets nothing`() throws {
        let old = try history([Sample.decision(.block, at: 0), Sample.decision(.block, at: AgentHistory.span + 1)])
        #expect(old.alerts == [SampleKeys.time(AgentHistory.span + 1).seconds])
        let back = try history([Sample.decision(.block, at: 1000), Sample.decision(.block, at: -1_000_000)])
        #expect(back.alerts.count == 2)
    }
}
