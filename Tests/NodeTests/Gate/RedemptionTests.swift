import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// A permission is used once, for exactly what was decided, if it still holds (rule P3).
struct RedemptionTests {
    private let sample: SampleGate

    init() async throws { sample = try await SampleGate() }

    private func requireUnused(_ code: String, _ count: Int = 1) throws {
        #expect(try sample.count("gate_redemption") == 0)
        #expect(try sample.refusals() == [String](repeating: code, count: count))
    }

    @Test func `a permission is used once`() async throws {
        let decided = try await sample.decide()
        try await sample.redeem(decided.id)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
        #expect(
            await refusal { try await sample.process().gate.redeem(decided.id, SampleGate.action(), for: "robot", by: "x") }
                == "gate.already_redeemed")
        #expect(try sample.count("gate_redemption") == 1)
        #expect(try sample.refusals() == ["gate.already_redeemed", "gate.already_redeemed"])
        #expect(try sample.home.audit().failures == [])
    }

    @Test(arguments: [1, 2])
    func `of fifty uses at the same time one succeeds, whatever the number of processes`(processes: Int) async throws {
        let decided = try await sample.decide()
        let gates = try (1..<processes).reduce(into: [sample.gate]) { gates, _ in gates.append(try sample.process().gate) }
        let codes = await withTaskGroup(of: String?.self) { group in
            for number in 0..<50 {
                let gate = gates[number % gates.count]
                group.addTask {
                    await refusal { try await gate.redeem(decided.id, SampleGate.action(), for: "robot", by: "uid:\(number)") }
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1)
        #expect(codes.count { $0 == "gate.already_redeemed" } == 49, "\(Set(codes.compactMap { $0 }))")
        #expect(try sample.count("gate_redemption") == 1 && sample.refusals().count == 49)
    }

    /// The other process comes at the worst moment: after this one read the chain, and before it writes.
    @Test func `a permission that another process uses while this one decides is not used again`() async throws {
        let decided = try await sample.decide()
        let other = try sample.process().gate
        let looks = Mutex(0)
        let isUsed = Mutex(false)
        sample.store.onChain { [sample] name, isBefore in
            guard isBefore, name == sample.chain,
                looks.withLock({
                    $0 += 1; return $0
                }) == 2
            else { return }
            blocking {
                try await other.redeem(decided.id, SampleGate.action(), for: "robot", by: "other")
                isUsed.withLock { $0 = true }
            }
        }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
        sample.store.onChain(nil)
        #expect(isUsed.withLock { $0 })
        #expect(try sample.count("gate_redemption") == 1)
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `a process that reads while another writes still takes the journal for whole`() async throws {
        let other = try sample.process().gate
        // Something to read; and while it is read, there comes more.
        _ = try await other.decide(SampleGate.action("read"), for: "robot", by: "other")
        let written = Mutex(0)
        sample.store.onChain { [sample] name, isBefore in
            guard !isBefore, name == sample.chain,
                written.withLock({
                    $0 += 1; return $0
                }) == 1
            else { return }
            blocking { _ = try await other.decide(SampleGate.action("read"), for: "robot", by: "other") }
        }
        // The place of the chain was looked up before the other wrote, the events after.
        #expect(try sample.gate.activePolicy() != nil)
        #expect(try sample.gate.questions().isEmpty)
        sample.store.onChain(nil)
        let decided = try await sample.decide()
        #expect(try sample.gate.questions().isEmpty)
        _ = try await other.decide(SampleGate.action("read"), for: "robot", by: "other")
        try await sample.redeem(decided.id)
        #expect(try sample.refusals() == [])
    }

    @Test func `other arguments, another tool, another agent or no decision at all are refused`() async throws {
        let second = try sample.home.identity("second")
        _ = try sample.home.ledger.register(second, role: "clerk")
        let decided = try await sample.decide()
        let payload = JSONObject([.init(name: "amount", value: 1)])
        let others = try [
            SampleGate.action("pay", ["amount": 2]), SampleGate.action("read"),
            GatedAction("pay", payload: payload, target: "x.y"),
            GatedAction("pay", payload: payload, labels: ["untrusted"]),
            GatedAction("pay", payload: payload, tool: .init(upstream: "u", pin: nil)),
        ]
        for other in others { #expect(await refusal { try await sample.redeem(decided.id, other) } == "gate.action_changed") }
        try requireUnused("gate.action_changed", others.count)
        #expect(await refusal { try await sample.redeem(decided.id, for: "second") } == "gate.foreign_decision")
        #expect(await refusal { try await sample.redeem(decided.id, for: "nobody") } == "gate.agent_unknown")
        let unknown = try DecisionID([UInt8](repeating: 7, count: 64))
        #expect(await refusal { try await sample.redeem(unknown) } == "gate.decision_unknown")
        // After all of that the right one still may.
        try await sample.redeem(decided.id)
    }

    @Test func `a blocked decision, one over, and one of another policy allow nothing`() async throws {
        let blocked = try await sample.decide(SampleGate.action("forbidden"))
        #expect(
            await refusal { try await sample.redeem(blocked.id, SampleGate.action("forbidden")) } == "gate.decision_unknown"
        )
        let over = try await sample.decide()
        sample.home.clock.turn(by: 31)
        #expect(await refusal { try await sample.redeem(over.id) } == "gate.decision_expired")
        let decided = try await sample.decide()
        _ = try await sample.process().gate.activate(SampleGate.policy(restrictAfter: 9), by: "operator", comment: "")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.policy_changed")
        #expect(try sample.count("gate_redemption") == 0)
        #expect(try sample.refusals() == ["gate.decision_unknown", "gate.decision_expired", "gate.policy_changed"])
    }

    @Test func `the second of a clock that goes back does not revive what is over`() async throws {
        let decided = try await sample.decide()
        sample.home.clock.turn(by: 40)
        #expect(try await sample.decide().decision.verdict.effect == .allow)
        sample.home.clock.turn(by: -40)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.decision_expired")
    }

    @Test(arguments: ["0.7", "0.95"])
    func `what is not allowed any more is not done, although it was`(risk: String) async throws {
        let decided = try await sample.decide()
        sample.risk.set(risk)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        try requireUnused("gate.blocked_now")
    }

    @Test(arguments: ["0.7", "0.95"])
    func `what comes to light while the permission is used still stops the action`(risk: String) async throws {
        let decided = try await sample.decide()
        sample.risk.answer { ScriptedRisk.risk($0 == 0 ? "0.1" : risk) }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        // The permission is spent, and the refusal is on record.
        #expect(try sample.count("gate_redemption") == 1 && sample.refusals() == ["gate.blocked_now"])
        sample.risk.set("0.1")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
    }

    @Test func `a freeze that comes while the permission is used still stops the action`() async throws {
        let sample = try await SampleGate(governed: true)
        let decided = try await sample.decide()
        sample.authority?.answer { number, voted in ScriptedAuthority.word(frozen: number > 0, policy: voted) }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
    }

    @Test func `a policy that is activated in the same batch voids the permissions after it`() async throws {
        let decided = try await sample.decide()
        let hold = Hold(sample.store)
        let first = Task { [sample] in try await sample.decide(SampleGate.action("read")) }
        try await hold.isReached()
        let activation = Task { [sample] in
            try await sample.gate.activate(SampleGate.policy(restrictAfter: 9), by: "operator", comment: "")
        }
        try await Task.sleep(for: .milliseconds(100))
        let use = Task { [sample] in await refusal { try await sample.redeem(decided.id) } }
        try await Task.sleep(for: .milliseconds(100))
        hold.release()
        _ = try await (first.value, activation.value)
        #expect(await use.value == "gate.policy_changed")
        #expect(try sample.count("gate_redemption") == 0)
    }

    // MARK: outcomes

    @Test func `an outcome is noted once, by the agent that used the permission`() async throws {
        let second = try sample.home.identity("second")
        _ = try sample.home.ledger.register(second, role: "clerk")
        let decided = try await sample.decide()
        func note(_ agent: String = "robot", _ id: DecisionID? = nil) async -> String? {
            await refusal {
                try await sample.gate.note(
                    .init(id ?? decided.id, .done, result: nil, detail: "ok", caller: "uid:1000"), of: agent)
            }
        }
        #expect(await note() == "gate.decision_unknown")
        try await sample.redeem(decided.id)
        #expect(await note("second") == "gate.foreign_decision")
        #expect(await note("nobody") == "node.not_found")
        #expect(try await note("robot", DecisionID([UInt8](repeating: 1, count: 64))) == "gate.decision_unknown")
        #expect(await note() == nil)
        #expect(await note() == "gate.outcome_known")
        #expect(try sample.count("gate_outcome") == 1 && sample.refusals().count == 5)
        let history = try sample.gate.history(of: decided.id)
        #expect(history.isUsed && history.hasOutcome)
    }

    @Test func `an outcome that does not count is no loss, and is on record as refused`() async throws {
        let decided = try await sample.decide()
        func conclude(_ hasHappened: Bool) async -> String? {
            await refusal {
                try await sample.gate.conclude(
                    .init(decided.id, .failed, result: nil, detail: "", caller: "uid:1000"), of: "robot",
                    hasHappened: hasHappened)
            }
        }
        #expect(await conclude(false) == nil)
        #expect(await conclude(true) == "gate.decision_unknown")
        try await sample.redeem(decided.id)
        #expect(try sample.count("gate_outcome") == 0)
        for _ in 0..<2 { #expect(await conclude(true) == nil) }
        #expect(try sample.count("gate_outcome") == 1)
        #expect(try sample.refusals() == ["gate.decision_unknown", "gate.decision_unknown", "gate.outcome_known"])
    }

    @Test(arguments: [(2, nil), (3, "store.busy")] as [(Int, String?)])
    func `a store that is busy twice takes the outcome all the same`(times: Int, expected: String?) async throws {
        let decided = try await sample.decide()
        try await sample.redeem(decided.id)
        let left = Mutex(times)
        sample.store.onAppend {
            let isBusy = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if isBusy { throw NodeError(.storeBusy, "another process holds the store") }
        }
        let found = await refusal {
            try await sample.gate.conclude(
                .init(decided.id, .done, result: nil, detail: "", caller: "uid:1000"), of: "robot", hasHappened: true)
        }
        #expect(try found == expected && sample.count("gate_outcome") == (expected == nil ? 1 : 0))
    }

    @Test func `of many outcomes at the same time one is noted`() async throws {
        let decided = try await sample.decide()
        try await sample.redeem(decided.id)
        let other = try sample.process().gate
        let codes = await withTaskGroup(of: String?.self) { group in
            for number in 0..<20 {
                let gate = number % 2 == 0 ? sample.gate : other
                group.addTask {
                    await refusal {
                        try await gate.note(.init(decided.id, .done, result: nil, detail: "", caller: "\(number)"), of: "robot")
                    }
                }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1 && codes.count { $0 == "gate.outcome_known" } == 19)
    }

    @Test func `permissions that were used and of which nobody said more are found`() async throws {
        let start = sample.home.clock.now()
        let (silent, told, unused) = (try await sample.decide(), try await sample.decide(), try await sample.decide())
        for decided in [silent, told] { try await sample.redeem(decided.id) }
        try await sample.gate.note(.init(told.id, .failed, result: nil, detail: "", caller: ""), of: "robot")
        #expect(try sample.gate.orphans(since: start, grace: 60).isEmpty)
        sample.home.clock.turn(by: 100)
        #expect(try sample.gate.orphans(since: start, grace: 60).map(\.id) == [silent.id])
        #expect(try sample.gate.orphans(since: sample.home.clock.now(), grace: 0).isEmpty)
        #expect(try !sample.gate.history(of: unused.id).isUsed)
    }

    /// A client that asks again and again must not push out of sight what happened.
    @Test func `many refusals hide neither use nor outcome`() async throws {
        let decided = try await sample.ask()
        for _ in 0..<120 { #expect(await refusal { try await sample.redeem(decided.id) } == "gate.not_approved") }
        let ann = try sample.person()
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        try await sample.redeem(decided.id)
        #expect(try sample.gate.history(of: decided.id).isUsed)
        for expected in [nil, "gate.outcome_known"] {
            #expect(
                await refusal {
                    try await sample.gate.note(.init(decided.id, .done, result: nil, detail: "", caller: ""), of: "robot")
                } == expected)
        }
        sample.home.clock.turn(by: 100)
        #expect(try sample.gate.orphans(since: decided.decision.time, grace: 0).isEmpty)
    }
}
