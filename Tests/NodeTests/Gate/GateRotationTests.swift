import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChanceryWire
import GRDB
import TestKit
import Testing

/// What the gate decided stays its own when its keys are rotated.
struct GateRotationTests {
    private func rotate(_ sample: SampleGate, _ identity: OpenIdentity? = nil) throws -> (
        gate: ActionGate, identity: OpenIdentity
    ) {
        let next = try sample.home.ledger.rotate(
            identity ?? sample.identity, keeper: sample.home.keeper, protection: .unencrypted)
        return (try sample.process(as: next).gate, next)
    }

    @Test func `what was decided before a rotation is listed, told and decided again after it`() async throws {
        let sample = try await SampleGate()
        let start = sample.home.clock.now()
        let used = try await sample.decide()
        try await sample.redeem(used.id)
        let asked = try await sample.ask()
        let blocked = try await sample.decide(SampleGate.action("forbidden"))
        let (gate, _) = try rotate(sample)
        let later = try await gate.decide(SampleGate.action("read"), for: "robot", by: "x")
        for decided in [used, asked, blocked, later] {
            let found = try gate.history(of: decided.id)
            #expect(found.decision.action == decided.decision.action && found.position == decided.position)
            #expect(try gate.replay(found.decision) == decided.decision.verdict)
            #expect(try gate.id(decided.id.short) == decided.id)
        }
        #expect(try gate.history(of: used.id).isUsed && !gate.history(of: asked.id).isUsed)
        #expect(try gate.activations().map(\.versionID) == ["sample@1"] && gate.activePolicy()?.name == "sample")
        // Pages go over the seam in both directions, without a gap or a repetition.
        let all = [used, asked, blocked, later].map(\.id)
        for isNewestFirst in [true, false] {
            var (found, query) = ([DecisionID](), RecordQuery(limit: 1, newestFirst: isNewestFirst))
            while let next = try gate.decisions(query).first, found.count < 9 {
                found.append(next.id)
                query.after = next.position
            }
            #expect(found == (isNewestFirst ? all.reversed() : all))
        }
        sample.home.clock.turn(by: 70)
        #expect(try gate.orphans(since: start, grace: 60).map(\.id) == [used.id])
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `a question asked before a rotation is answered, used and told after it, once`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let (gate, next) = try rotate(sample)
        func use(_ gate: ActionGate) async -> String? {
            await refusal { try await gate.redeem(decided.id, SampleGate.action(), for: "robot", by: "uid:1000") }
        }
        func tell(_ gate: ActionGate) async -> String? {
            await refusal {
                try await gate.note(.init(decided.id, .done, result: nil, detail: "", caller: "uid:1000"), of: "robot")
            }
        }
        #expect(try gate.questions().map(\.id) == [decided.id])
        #expect(await use(gate) == "gate.not_approved")
        try await gate.answer(ann.answer(to: decided), by: "console")
        #expect(await use(gate) == nil)
        #expect(await use(gate) == "gate.already_redeemed")
        #expect(await tell(gate) == nil)
        let (third, _) = try rotate(sample, next)
        #expect(await use(third) == "gate.already_redeemed")
        #expect(await tell(third) == "gate.outcome_known")
        let history = try third.history(of: decided.id)
        #expect(history.isUsed && history.hasOutcome && history.times == history.times.sorted())
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `what counts against an agent, and a policy of long ago, outlive rotations`() async throws {
        let sample = try await SampleGate(SampleGate.policy(restrictAfter: 2))
        for _ in 0..<2 { _ = try await sample.decide(SampleGate.action("forbidden")) }
        let (gate, next) = try rotate(sample)
        #expect(try await gate.decide(SampleGate.action(), for: "robot", by: "x").decision.verdict.rule == "ESCALATION")
        sample.home.clock.turn(by: 60 * 86_400)
        let (third, _) = try rotate(sample, next)
        #expect(try third.activePolicy()?.name == "sample" && third.activations().count == 1)
        #expect(try await third.decide(SampleGate.action(), for: "robot", by: "x").decision.verdict.effect == .allow)
    }

    @Test func `a process with the keys of before decides nothing any more, and those with the new ones go on`() async throws {
        let sample = try await SampleGate()
        let other = try sample.process().gate
        _ = try await other.decide(SampleGate.action(), for: "robot", by: "x")
        let (gate, next) = try rotate(sample)
        let size = try sample.home.store.frontier().size
        for old in [sample.gate, other] {
            #expect(await refusal { _ = try await old.decide(SampleGate.action(), for: "robot", by: "x") } == "node.rejected")
        }
        #expect(try sample.home.store.frontier().size == size)
        let second = try sample.process(as: next).gate
        for number in 0..<6 {
            _ = try await [gate, second][number % 2].decide(SampleGate.action(), for: "robot", by: "x")
        }
        #expect(try gate.decisions(RecordQuery(limit: 100)).count == 7)
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `the use of a permission before a rotation cannot be made to disappear`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        try await sample.redeem(decided.id)
        let use = try #require(
            try sample.home.store.records(RecordQuery(agent: sample.chain, eventType: "gate_redemption")).first)
        let (_, next) = try rotate(sample)
        try sample.damage("DELETE FROM record WHERE position = ?", [Int64(use.position)])
        #expect(code { _ = try sample.process(as: next).gate.questions() } == "gate.journal_broken")
    }
}
