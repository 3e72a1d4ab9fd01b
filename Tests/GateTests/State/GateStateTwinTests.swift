import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Totals that are kept from event to event are those of a reading of all events.
struct GateStateTwinTests {
    private struct Asked {
        let id: DecisionID
        let decision: GateDecision
        var isSettled = false
    }

    @Test func `after thousands of events questions and alerts are counted as by hand`() throws {
        var random = Mutator("gate states", corpus: [])
        var state = GateState()
        let key = try Sample.key()
        let approver = try Sample.approver("ann", .l3, key, lifetime: 1_000_000)
        let agents = (0..<4).map { "did:sample:\($0)" }
        let questions = try [ApprovalTerms.OnTimeout.block, .reject].map { try Sample.question($0, timeout: 50_000) }
        var asked: [Asked] = []
        var alerts: [String: [Int64]] = [:]
        for step in 0..<3000 {
            let (time, agent) = (Int64(step), agents[random.next(agents.count)])
            switch random.next(10) {
            case 0...4:
                let effect = [Effect.allow, .block, .requireHuman, .restrict][random.next(4)]
                let decision = try Sample.decision(
                    effect, agent: agent, question: effect == .requireHuman ? questions[random.next(2)] : nil, at: time)
                let id = try Sample.id(step)
                state.apply(.decision(decision), id: id, at: SampleKeys.time(time))
                if effect == .requireHuman { asked.append(Asked(id: id, decision: decision)) }
                if [.block, .requireHuman].contains(effect) {
                    alerts[agent, default: []].append(SampleKeys.time(time).seconds)
                }
            case 5 where !asked.isEmpty:
                // Also answers that come twice, and after a lapse.
                let index = random.next(asked.count)
                let terms = try Approval.Terms(
                    random.next(2) == 0 ? .approve : .reject, on: asked[index].decision, asked[index].id, justification: "",
                    at: SampleKeys.time(time))
                state.apply(
                    .answer(.init(try Approval.sign(terms, as: approver, key: key))), id: try Sample.id(step),
                    at: SampleKeys.time(time))
                asked[index].isSettled = true
            case 6 where !asked.isEmpty:
                let index = random.next(asked.count)
                state.apply(.lapse(.init(asked[index].id)), id: try Sample.id(step), at: SampleKeys.time(time))
                if !asked[index].isSettled, asked[index].decision.question?.onTimeout == .block {
                    alerts[asked[index].decision.facts.agent, default: []].append(SampleKeys.time(time).seconds)
                }
                asked[index].isSettled = true
            case 7 where !asked.isEmpty:
                let found = asked[random.next(asked.count)]
                state.apply(
                    .redemption(.init(found.id, actionHash: found.decision.action.hash, caller: "")), id: try Sample.id(step),
                    at: SampleKeys.time(time))
            default:
                let error = GateError(.notPending, "nobody waits")
                state.apply(
                    .refusal(.init(of: "answer", error, agent: agent, caller: "x")), id: try Sample.id(step),
                    at: SampleKeys.time(time))
            }
            guard step % 50 == 0 || step > 2990 else { continue }
            let open = asked.filter { !$0.isSettled }
            #expect(state.waitingCount == open.count)
            for agent in agents {
                #expect(state.waiting(of: agent) == open.count { $0.decision.facts.agent == agent })
                #expect(state.histories[agent]?.alerts ?? [] == Array((alerts[agent] ?? []).suffix(AgentHistory.capacity)))
            }
        }
        #expect(
            alerts.values.contains { $0.count > 100 } && asked.contains { !$0.isSettled } && asked.contains { $0.isSettled })
    }
}
