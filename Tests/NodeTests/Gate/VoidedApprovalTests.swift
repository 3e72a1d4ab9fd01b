import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import GRDB
import TestKit
import Testing

/// What a person approved is done only while they would be asked the same, and while it is they who said yes.
struct VoidedApprovalTests {
    // MARK: what is asked now

    @Test func `a risk that rose beyond what the person may answer for voids the approval`() async throws {
        let sample = try await SampleGate()
        for (person, expected) in [(try sample.person("ann", .l1), "gate.blocked_now"), (try sample.person("carol", .l3), nil)]
        {
            let decided = try await sample.ask(risk: "0.7")
            try await sample.gate.answer(person.answer(to: decided), by: "console")
            sample.risk.set("0.8")
            #expect(await refusal { try await sample.redeem(decided.id) } == expected, "\(person.approver.name)")
        }
        #expect(try sample.count("gate_redemption") == 1 && sample.refusals() == ["gate.blocked_now"])
    }

    @Test func `a risk that rises while the approval is used still stops the action`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person("ann", .l1)
        let decided = try await sample.ask()
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        sample.risk.answer { ScriptedRisk.risk($0 == 0 ? "0.7" : "0.8") }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        // The permission is spent.
        sample.risk.set("0.7")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
    }

    @Test func `a question by another rule was not answered`() async throws {
        let sample = try await SampleGate()
        let carol = try sample.person("carol", .l3)
        let decided = try await sample.ask()
        #expect(decided.decision.verdict.rule == "VRS_HUMAN")
        try await sample.gate.answer(carol.answer(to: decided), by: "console")
        sample.risk.set("0.1", .unstable)
        let now = try await sample.gate.rehearse(SampleGate.action(), for: "robot", by: "x").verdict
        #expect(now.effect == .requireHuman && now.rule == "TSI_UNSTABLE")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        // What nobody need be asked for any more may happen.
        sample.risk.set("0.1")
        try await sample.redeem(decided.id)
    }

    // MARK: who said yes

    /// Whoever can write to the store exchanges the record that the event names.
    @Test(arguments: ["nothing", "another question", "no", "a stranger", "damaged"])
    func `the signed answer is verified again when the approval is used`(instead: String) async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let (decided, other) = (try await sample.ask(), try await sample.ask())
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        let kept = try #require(try sample.home.store.records(RecordQuery(kind: Approval.type)).first)
        let key = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        let eve = SampleGate.Person(
            approver: try Approver.register("eve", .l3, key: key, at: sample.home.clock.now(), lifetime: 100), key: key)
        switch instead {
        case "nothing": try sample.damage("DELETE FROM record WHERE position = ?", [Int64(kept.position)])
        case "another question": try sample.rewrite(kept.position) { _ in try ann.answer(to: other) }
        case "no": try sample.rewrite(kept.position) { _ in try ann.answer(.reject, to: decided) }
        case "a stranger": try sample.rewrite(kept.position) { _ in try eve.answer(to: decided) }
        default: try sample.rewrite(kept.position) { $0.replacing("agreed", by: "AGREED") }
        }
        let expected = ["a stranger": "gate.approver_unknown", "damaged": "suite.invalid_signature"]
        #expect(await refusal { try await sample.redeem(decided.id) } == expected[instead] ?? "gate.approver_inactive")
        #expect(try sample.count("gate_redemption") == 0)
    }

    @Test func `the approval of somebody whose key was revoked or ran out since is worth nothing`() async throws {
        let sample = try await SampleGate()
        let (ann, bob) = (try sample.person("ann"), try sample.person("bob", lifetime: 50))
        let (first, second) = (try await sample.ask(), try await sample.ask())
        try await sample.gate.answer(ann.answer(to: first), by: "console")
        try await sample.gate.answer(bob.answer(to: second), by: "console")
        _ = try sample.process().approvers.revoke("ann")
        #expect(await refusal { try await sample.redeem(first.id) } == "gate.approver_inactive")
        sample.home.clock.turn(by: 60)
        #expect(await refusal { try await sample.redeem(second.id) } == "gate.approver_inactive")
        #expect(try sample.count("gate_redemption") == 0)
    }

    @Test func `who is revoked while the approval is used has not said yes`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        let approvers = try sample.process().approvers
        sample.store.onAppend { [store = sample.store] in
            store.onAppend(nil)
            _ = try approvers.revoke("ann")
        }
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.approver_inactive")
        // The permission is spent.
        #expect(try sample.count("gate_redemption") == 1 && sample.refusals() == ["gate.approver_inactive"])
    }

    // MARK: what the rule wants

    @Test func `a rule that wants a justification or somebody told has it in the question`() async throws {
        let policy = """
            language: chancery/policy/v2
            name: duties
            version: "1"
            approval: {channels: [desk]}
            rules:
              - id: pay
                effect: require_human
                when: {action: pay}
                obligations: [justify, {notify: finance}, {notify: desk}]
            """
        let sample = try await SampleGate(policy)
        let ann = try sample.person()
        let decided = try await sample.decide()
        let expected = try #require(decided.decision.question)
        #expect(expected.requiresJustification && expected.channels == ["desk", "finance"])
        let tried = try await sample.gate.rehearse(SampleGate.action(), for: "robot", by: "x", under: policy)
        #expect(tried.question == expected)
        #expect(
            await refusal { try await sample.gate.answer(ann.answer(to: decided, " "), by: "console") }
                == "gate.justification_missing")
        try await sample.gate.answer(ann.answer(to: decided, "seen the invoice"), by: "console")
        try await sample.redeem(decided.id)
    }
}
