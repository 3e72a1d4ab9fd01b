import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Every decision is durable before it is answered, and made from what the gate itself knows.
struct GateDecisionTests {
    // MARK: durable before the answer

    @Test(arguments: ["pay", "forbidden"])
    func `what was answered is on record and sealed, with all that it was decided from`(name: String) async throws {
        let sample = try await SampleGate()
        let action = try SampleGate.action(name, ["amount": 5, "to": "x"])
        let decided = try await sample.decide(action)
        #expect(decided.decision.verdict.effect == (name == "pay" ? .allow : .block))
        // As another process finds it.
        let (gate, _, home) = try sample.process()
        let found = try gate.history(of: decided.id)
        #expect(found.decision.action == action && found.decision.caller == "uid:1000" && found.following.isEmpty)
        #expect(found.decision.facts == decided.decision.facts && found.decision.verdict == decided.decision.verdict)
        #expect(found.decision.policy == (try gate.activePolicy()?.hash) && found.position == decided.position)
        let seal = try home.store.records(RecordQuery(agent: sample.chain, kind: BatchSeal.type, after: decided.position))
        #expect(seal.count == 1)
        #expect(try home.audit().failures == [])
    }

    @Test func `what could not be stored was not answered, and the gate goes on`() async throws {
        let sample = try await SampleGate()
        let before = try sample.home.store.frontier().size
        sample.store.onAppend { throw NodeError(.storeFull, "no room") }
        #expect(await refusal { _ = try await sample.decide() } == "store.full")
        #expect(await refusal { _ = try await sample.decide(for: "nobody") } == "store.full")
        #expect(try sample.home.store.frontier().size == before)
        sample.store.onAppend(nil)
        #expect(try await sample.decide().decision.verdict.effect == .allow)
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `a rehearsal leaves nothing behind and allows nothing`() async throws {
        let sample = try await SampleGate()
        let before = try sample.home.store.frontier().size
        let rehearsed = try await sample.gate.rehearse(SampleGate.action(), for: "robot", by: "uid:1000")
        #expect(rehearsed.verdict.effect == .allow)
        #expect(
            await refusal { _ = try await sample.gate.rehearse(SampleGate.action(), for: "nobody", by: "x") }
                == "gate.agent_unknown")
        #expect(try sample.home.store.frontier().size == before)
    }

    // MARK: who asks, and by which policy

    @Test func `without a policy everything is blocked`() async throws {
        let sample = try await SampleGate(nil)
        let decided = try await sample.decide()
        #expect(decided.decision.verdict.effect == .block && decided.decision.verdict.rule == "NO_POLICY")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.decision_unknown")
    }

    @Test(arguments: [
        "nobody", "", "gate", "ROBOT", "did:chancery:nobody", String(repeating: "x", count: 5000), "\u{0}\n../robot",
    ])
    func `an unknown agent is refused, on record, and whatever it is called the gate can be opened again`(
        name: String
    ) async throws {
        let sample = try await SampleGate()
        #expect(await refusal { _ = try await sample.decide(for: name) } == "gate.agent_unknown")
        let long = String(repeating: "caller", count: 100)
        #expect(await refusal { _ = try await sample.decide(for: name, by: long) } == "gate.agent_unknown")
        #expect(try sample.refusals() == ["gate.agent_unknown", "gate.agent_unknown"])
        let decided = try await sample.decide(by: long)
        // What one process wrote, every other one reads.
        #expect(try sample.process().gate.standing(of: decided.id) != nil)
    }

    @Test func `an agent is known by its name, its DID and its ids`() async throws {
        let sample = try await SampleGate()
        let document = sample.robot.document
        for name in ["robot", document.did.text, document.agentID.text, document.classicalAgentID.text] {
            #expect(try await sample.decide(for: name).decision.facts.agent == document.did.text)
        }
    }

    @Test func `a retired agent is blocked from the next decision on, also with a permission in hand`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        _ = try sample.home.ledger.retire(sample.robot)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        let verdict = try await sample.decide().decision.verdict
        #expect(verdict.effect == .block && verdict.rule == "NOT_AUTHORIZED")
    }

    @Test(arguments: ["frozen", "unauthorised", "other policy", "no policy", "no role"])
    func `what a committee does not let act is blocked`(what: String) async throws {
        let sample = try await SampleGate(governed: true)
        #expect(try await sample.decide().decision.verdict.effect == .allow)
        let other = VotedPolicy(hash: Digest.sha256([1]), proposal: Digest.sha256([2]))
        sample.authority?.answer { _, voted in
            switch what {
            case "frozen": ScriptedAuthority.word(frozen: true, policy: voted)
            case "unauthorised": ScriptedAuthority.word(authorized: false, policy: voted)
            case "other policy": ScriptedAuthority.word(policy: other)
            case "no policy": ScriptedAuthority.word(policy: nil)
            default: ScriptedAuthority.word(role: "guest", policy: voted)
            }
        }
        let verdict = try await sample.decide().decision.verdict
        let rule = [
            "frozen": "FROZEN", "unauthorised": "NOT_AUTHORIZED", "other policy": "POLICY_NOT_IN_FORCE",
            "no policy": "POLICY_NOT_IN_FORCE", "no role": "ROLE",
        ]
        #expect(verdict.effect == .block && verdict.rule == rule[what])
    }

    @Test func `where a committee exists only the text that it voted is activated`() async throws {
        let sample = try await SampleGate(governed: true)
        let other = SampleGate.policy(restrictAfter: 7)
        #expect(
            await refusal { _ = try await sample.gate.activate(other, by: "operator", comment: "") } == "gate.policy_not_voted")
        sample.authority?.vote(other)
        #expect(try await sample.gate.activate(other, by: "operator", comment: "").proposal != nil)
        #expect(
            await refusal { _ = try await sample.gate.activate(other, by: "operator", comment: "") } == "gate.policy_active")
        #expect(
            await refusal { _ = try await sample.gate.activate("vrs: [", by: "operator", comment: "") }?.hasPrefix("policy.")
                == true)
        let long = String(repeating: "c", count: 5000)
        let refused = await refusal { _ = try await sample.gate.activate(other, by: "operator", comment: long) }
        #expect(refused == "gate.comment_too_long")
        #expect(try sample.refusals().count == 4)
        #expect(try sample.process().gate.activations().count == 2)
    }

    // MARK: facts

    @Test func `facts come from the daemon, whatever the payload claims`() async throws {
        let sample = try await SampleGate()
        sample.risk.set("0.9", .critical)
        let claims: JSONValue = [
            "vrs": 0, "role": "trusted", "tsi_state": "STABLE", "trust_score": 1, "facts": ["risk": "0", "authorized": true],
        ]
        let decided = try await sample.decide(SampleGate.action("pay", claims))
        #expect(decided.decision.verdict.effect == .block && decided.decision.verdict.rule == "VRS_BLOCK")
        #expect(decided.decision.facts.risk == ExactDecimal("0.9") && decided.decision.facts.stability == .critical)
        #expect(decided.decision.facts.role == "clerk")
        // Recorded all the same.
        #expect(try sample.gate.history(of: decided.id).decision.action.payload["vrs"] == 0)
    }

    @Test(arguments: [(nil, Stability.stable), ("0.1", nil), (nil, nil)] as [(String?, Stability?)])
    func `what is not known denies`(risk: String?, stability: Stability?) async throws {
        let sample = try await SampleGate()
        sample.risk.set(risk, stability)
        let verdict = try await sample.decide().decision.verdict
        #expect(verdict.effect == .block && verdict.rule == "FACT_MISSING")
    }

    @Test func `facts that became worse while the decision was written are decided again`() async throws {
        let sample = try await SampleGate()
        sample.risk.answer { ScriptedRisk.risk($0 == 0 ? "0.1" : "0.95") }
        let decided = try await sample.decide()
        #expect(decided.decision.verdict.effect == .block)
        // The first one is on record too, and allows nothing now.
        let first = try sample.gate.decisions(RecordQuery(limit: 10)).first { $0.decision.verdict.effect == .allow }
        let id = try #require(first?.id)
        #expect(await refusal { try await sample.redeem(id) } == "gate.blocked_now")
    }

    @Test func `facts that became better need no second decision`() async throws {
        let sample = try await SampleGate()
        sample.risk.answer { ScriptedRisk.risk($0 == 0 ? "0.95" : "0.1") }
        #expect(try await sample.decide().decision.verdict.effect == .block)
        #expect(try sample.count("gate_decision") == 1)
    }

    @Test func `facts that keep changing are denied`() async throws {
        let sample = try await SampleGate(governed: true)
        // The answer is always stricter than the one before it.
        sample.risk.answer { ScriptedRisk.risk(["0.1", "0.7", "0.95", "0.1"][$0 % 4]) }
        sample.authority?.answer { number, voted in ScriptedAuthority.word(frozen: number % 2 == 1, policy: voted) }
        let decided = try? await sample.decide()
        #expect(decided.map { $0.decision.verdict.effect == .block } ?? true)
    }

    // MARK: what came before

    @Test func `an agent that was refused often is restricted, counted within one batch`() async throws {
        let sample = try await SampleGate(SampleGate.policy(restrictAfter: 100))
        let hold = Hold(sample.store)
        let first = Task { try await sample.decide() }
        try await hold.isReached()
        sample.risk.set("0.1")
        let blocked = (0..<100).map { _ in Task { try await sample.decide(SampleGate.action("forbidden")) } }
        while sample.risk.asked < 100 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(50))
        let last = Task { try await sample.decide() }
        while sample.risk.asked < 101 { try await Task.sleep(for: .milliseconds(5)) }
        try await Task.sleep(for: .milliseconds(50))
        hold.release()
        #expect(try await first.value.decision.verdict.effect == .allow)
        for task in blocked { #expect(try await task.value.decision.verdict.effect == .block) }
        let verdict = try await last.value.decision.verdict
        #expect(verdict.effect == .restrict && verdict.rule == "ESCALATION")
        // Two batches: the one that was held, and all the others under one seal.
        #expect(try sample.home.store.chain(sample.chain)?.seals == 3)
        // Other processes count the same, and an hour later it is forgotten.
        #expect(
            try await sample.process().gate.decide(SampleGate.action(), for: "robot", by: "x").decision.verdict.effect
                == .restrict)
        sample.home.clock.turn(by: 2 * 3600)
        #expect(try await sample.decide().decision.verdict.effect == .allow)
    }

    @Test func `an agent asks a hundred questions at once at most, counted within one batch`() async throws {
        let sample = try await SampleGate()
        sample.risk.set("0.7")
        let codes = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<150 { group.addTask { await refusal { _ = try await sample.decide() } } }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == GateState.questionsPerAgent)
        #expect(codes.count { $0 == "gate.too_many_questions" } == 50)
        #expect(try sample.refusals().count == 50 && sample.gate.questions().count == 100)
        // Another agent still may.
        let other = try sample.home.identity("second")
        _ = try sample.home.ledger.register(other, role: "clerk")
        #expect(try await sample.decide(for: "second").decision.verdict.effect == .requireHuman)
        sample.home.clock.turn(by: 101)
        try sample.gate.noteLapses()
        #expect(try sample.count("gate_lapse") == 101 && sample.gate.questions().isEmpty)
        #expect(try await sample.decide().decision.verdict.effect == .requireHuman)
    }
}
