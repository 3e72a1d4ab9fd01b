import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

/// What the gate wrote cannot be changed without somebody saying so, and every decision can be made again.
struct GateJournalTests {
    /// What another process says to the journal: the code of its refusal, nil when it takes it.
    private func opening(_ sample: SampleGate) -> String? {
        code { _ = try sample.process().gate.questions() }
    }

    private func position(_ type: String, in sample: SampleGate) throws -> UInt64 {
        try #require(try sample.home.store.records(RecordQuery(agent: sample.chain, eventType: type, newestFirst: true)).first)
            .position
    }

    // MARK: replay

    @Test func `every decision is made again with the same verdict, also under a later policy`() async throws {
        let sample = try await SampleGate(SampleGate.policy(more: "dangerous_patterns: ['rm\\s+-rf']"))
        var decided: [ActionGate.Decided] = []
        let target = try GatedAction("fetch", payload: JSONObject([.init(name: "url", value: "https://x.example")]))
        for action in try [
            SampleGate.action(), SampleGate.action("forbidden"), SampleGate.action("run", ["cmd": "rm -rf /"]), target,
        ] {
            for risk in ["0.1", "0.7", "0.95"] { decided.append(try await sample.ask(action, risk: risk)) }
        }
        sample.home.clock.turn(by: 10)
        _ = try await sample.gate.activate(SampleGate.policy(restrictAfter: 3), by: "operator", comment: "stricter")
        sample.home.clock.turn(by: 1000)
        let (gate, _, _) = try sample.process()
        var rules: Set<String> = []
        for decided in decided {
            let found = try gate.history(of: decided.id).decision
            #expect(try gate.replay(found) == decided.decision.verdict)
            rules.insert(found.verdict.rule)
        }
        #expect(rules == ["DEFAULT", "ROLE", "DANGEROUS_PATTERN", "DOMAIN", "VRS_HUMAN", "VRS_BLOCK"])
        #expect(try gate.activations().map(\.comment) == ["stricter", ""])
        #expect(try gate.policy(at: decided[0].decision.time)?.comment == "")
    }

    @Test func `a policy text that was altered in the store is found by replay, by the next process and by the audit`()
        async throws
    {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        try sample.rewrite(position("gate_policy", in: sample)) { $0.replacing("[forbidden]", by: "[nothing]") }
        #expect(code { _ = try sample.gate.replay(decided.decision) } == "gate.policy_altered")
        #expect(opening(sample) == "gate.policy_altered")
        #expect(try !sample.home.audit().isClean)
        // Nothing is decided by it.
        #expect(
            await refusal { _ = try await sample.process().gate.decide(SampleGate.action("forbidden"), for: "robot", by: "x") }
                == "gate.policy_altered")
    }

    @Test(arguments: [0, 259_200] as [Int64])
    func `a policy that was exchanged together with its hash is found, however long ago it was activated`(
        age: Int64
    ) async throws {
        let sample = try await SampleGate()
        sample.home.clock.turn(by: age)
        let position = try position("gate_policy", in: sample)
        let record = try #require(
            try sample.home.store.records(RecordQuery(agent: sample.chain, eventType: "gate_policy", limit: 1)).first)
        let event = try BatchEvent(decoding: record.bytes)
        let text = SampleGate.policy().replacing("[forbidden]", with: "[]")
        let forged = try BatchEvent(
            agentID: event.agentID, timestamp: event.timestamp, nonce: event.nonce,
            payload: PolicyActivation(
                text: text, name: "sample", version: "1", by: "operator", comment: "", proposal: nil, previous: nil,
                time: PolicyActivation(event.payload).time
            ).payload, previousHash: event.previousHash)
        try sample.damage(
            "UPDATE record SET bytes = ?, id = ? WHERE position = ?",
            [Data(forged.bytes), Data(Hex.decode(forged.hash)), Int64(position)])
        #expect(opening(sample) == "gate.journal_broken")
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `a policy of long ago is still the one in force`() async throws {
        let sample = try await SampleGate()
        _ = try await sample.decide()
        sample.home.clock.turn(by: 30 * 86_400)
        let (gate, _, _) = try sample.process()
        #expect(try gate.activePolicy()?.name == "sample")
        #expect(try await gate.decide(SampleGate.action(), for: "robot", by: "x").decision.verdict.effect == .allow)
    }

    // MARK: forgery

    /// A journal with a policy, two decisions and the use of the first.
    private func filled() async throws -> (sample: SampleGate, used: ActionGate.Decided, open: ActionGate.Decided) {
        let sample = try await SampleGate()
        let (used, open) = (try await sample.decide(), try await sample.decide(SampleGate.action("read")))
        try await sample.redeem(used.id)
        #expect(opening(sample) == nil)
        #expect(try sample.home.store.records(RecordQuery(agent: sample.chain)).count { $0.sequence != nil } == 4)
        return (sample, used, open)
    }

    @Test func `a changed byte in an event is found`() async throws {
        let (sample, used, open) = try await filled()
        try sample.rewrite(open.position) { $0.replacing("uid:1000", by: "uid:1001") }
        #expect(opening(sample) == "gate.journal_broken")
        #expect(code { _ = try sample.gate.history(of: open.id) } == "gate.journal_broken")
        #expect(code { _ = try sample.gate.decisions(RecordQuery(limit: 10)) } == "gate.journal_broken")
        #expect(code { _ = try sample.gate.history(of: used.id) } == nil)
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `a changed byte in the last event is found`() async throws {
        let (sample, used, _) = try await filled()
        try sample.rewrite(position("gate_redemption", in: sample)) { $0.replacing("uid:1000", by: "uid:1001") }
        #expect(opening(sample) == "gate.journal_broken")
        #expect(code { _ = try sample.gate.history(of: used.id) } == "gate.journal_broken")
        #expect(try !sample.home.audit().isClean)
    }

    @Test(arguments: ["delete", "rename", "age"])
    func `the use of a permission cannot be made to disappear`(how: String) async throws {
        let (sample, used, _) = try await filled()
        let use = Int64(try position("gate_redemption", in: sample))
        switch how {
        // The event and its seal.
        case "delete": try sample.damage("DELETE FROM record WHERE position >= ?", [use])
        case "rename": try sample.damage("UPDATE record SET agent = kind WHERE position >= ?", [use])
        // Beyond the time that a new process reads.
        default: try sample.damage("UPDATE record SET time = 1000 WHERE position >= ?", [use])
        }
        #expect(opening(sample) == "gate.journal_broken")
        #expect(
            await refusal { try await sample.process().gate.redeem(used.id, SampleGate.action(), for: "robot", by: "x") }
                == "gate.journal_broken")
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `a tail that was cut together with the place of the chain is found by the audit`() async throws {
        let (sample, _, open) = try await filled()
        let use = Int64(try position("gate_redemption", in: sample))
        let seal = try #require(
            try sample.home.store.records(RecordQuery(agent: sample.chain, kind: BatchSeal.type, after: open.position)).first)
        try sample.damage("DELETE FROM record WHERE position >= ?", [use])
        try sample.damage(
            "UPDATE chain SET count = 3, seals = 3, head = ?, last_seal = ? WHERE agent = ?",
            [open.id.text, Hex.encode(seal.id), sample.chain])
        #expect(try !SampleHome(sample.home.folder).audit().isClean)
    }

    @Test func `a seal that was removed is missed`() async throws {
        let (sample, _, _) = try await filled()
        let use = Int64(try position("gate_redemption", in: sample))
        try sample.damage("DELETE FROM record WHERE position = ?", [use + 1])
        #expect(opening(sample) == "gate.journal_broken")
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `an event that nobody signed is not taken, by this process or another`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.ask()
        let ann = try sample.person()
        // Who can write to the store writes that a person approved.
        let answer = GateEvent.answer(.init(try Approval.verify(ann.answer(to: decided)) { _ in ann.approver }))
        let state = try #require(try sample.home.store.chain(sample.chain))
        let forged = try BatchEvent(
            agentID: sample.identity.document.agentID, timestamp: state.timestamp, nonce: "forged", payload: answer.payload,
            previousHash: state.head)
        let moved = ChainState(
            count: state.count + 1, head: forged.hash, timestamp: state.timestamp, profile: state.profile, seals: state.seals,
            lastSeal: state.lastSeal)
        _ = try sample.home.store.append(
            [NewRecord(forged, sequence: state.count)], moving: [ChainMove(agent: sample.chain, from: state, to: moved)])
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.journal_broken")
        #expect(opening(sample) == "gate.journal_broken")
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `a decision is found by the beginning of its id, if that is clear`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        #expect(try sample.gate.id(decided.id.text) == decided.id && sample.gate.id(decided.id.short) == decided.id)
        for prefix in ["", "zz", String(decided.id.text.prefix(3)), decided.id.text + "0"] {
            #expect(code { _ = try sample.gate.id(prefix) } == "gate.decision_unknown", "\(prefix)")
        }
    }
}
