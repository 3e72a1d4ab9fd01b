import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// A person answers one question, once, with their own key (rule P3).
struct GateApprovalTests {
    private func answer(_ bytes: [UInt8], in sample: SampleGate) async -> String? {
        await refusal { try await sample.gate.answer(bytes, by: "console") }
    }

    @Test func `an approval lets the action happen once, and all of it is on record`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        #expect(decided.decision.verdict.effect == .requireHuman)
        #expect(try sample.gate.questions().map(\.id) == [decided.id])
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.not_approved")
        let standing = try await sample.gate.answer(ann.answer(to: decided), by: "console")
        #expect(standing == .approved(by: "ann", until: decided.decision.time.advanced(bySeconds: 300)))
        #expect(try sample.gate.questions().isEmpty && sample.process().gate.standing(of: decided.id) == standing)
        try await sample.redeem(decided.id)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
        #expect(try sample.count("gate_answer") == 1 && sample.count("gate_redemption") == 1)
        // The signed answer itself is kept, and the audit verifies it.
        let kept = try sample.home.store.records(RecordQuery(kind: Approval.type))
        #expect(kept.count == 1)
        #expect(try sample.home.audit().failures == [])
        let position = try #require(kept.first?.position)
        let other = try ann.answer(.reject, to: decided)
        try sample.rewrite(position) { _ in other }
        #expect(try !sample.home.audit().isClean)
    }

    @Test func `of two answers the first counts, also when both come at once`() async throws {
        let sample = try await SampleGate()
        let (ann, bob) = (try sample.person("ann"), try sample.person("bob"))
        let decided = try await sample.ask()
        let answers = try [ann.answer(.reject, to: decided), bob.answer(to: decided), ann.answer(to: decided)]
        let other = try sample.process().gate
        let codes = await withTaskGroup(of: String?.self) { group in
            for (number, bytes) in answers.enumerated() {
                let gate = number == 1 ? other : sample.gate
                group.addTask { await refusal { try await gate.answer(bytes, by: "console") } }
            }
            return await group.reduce(into: [String?]()) { $0.append($1) }
        }
        #expect(codes.count { $0 == nil } == 1 && codes.count { $0 == "gate.not_pending" } == 2)
        #expect(try sample.count("gate_answer") == 1)
    }

    @Test func `a rejection is final`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        #expect(try await sample.gate.answer(ann.answer(.reject, to: decided), by: "console") == .rejected(by: "ann"))
        #expect(await answer(try! ann.answer(to: decided), in: sample) == "gate.not_pending")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.not_approved")
    }

    @Test func `an approval is worth nothing for another decision about the same action`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let (first, second) = (try await sample.ask(), try await sample.ask())
        #expect(first.decision.action == second.decision.action && first.id != second.id)
        let bytes = try ann.answer(to: first)
        try await sample.gate.answer(bytes, by: "console")
        #expect(await answer(bytes, in: sample) == "gate.not_pending")
        #expect(await refusal { try await sample.redeem(second.id) } == "gate.not_approved")
        try await sample.redeem(first.id)
        #expect(await answer(bytes, in: sample) == "gate.not_pending")
    }

    // MARK: who may not

    @Test(arguments: ["robot", "ROBOT", "Robot", "caller", "Caller"])
    func `the agent does not answer for itself, nor does whoever asked`(name: String) async throws {
        let sample = try await SampleGate()
        let person = try sample.person(name)
        let decided = try await sample.ask(by: "caller")
        for choice in Approval.Choice.allCases {
            #expect(try await answer(person.answer(choice, to: decided), in: sample) == "gate.self_approval")
        }
        #expect(try sample.refusals() == ["gate.self_approval", "gate.self_approval"] && sample.count("gate_answer") == 0)
    }

    @Test func `an approver is not called like the agent's ids, nor does the holder of the asking key answer`() async throws {
        let sample = try await SampleGate()
        let document = sample.robot.document
        for name in [document.agentID.text, document.classicalAgentID.text, document.did.text] where name.utf8.count <= 64 {
            let decided = try await sample.ask()
            #expect(try await answer(sample.person(name).answer(to: decided), in: sample) == "gate.self_approval", "\(name)")
        }
        let ann = try sample.person()
        let decided = try await sample.ask(by: ann.approver.id)
        #expect(try await answer(ann.answer(to: decided), in: sample) == "gate.self_approval")
    }

    @Test func `a key of an agent is no key of a person`() async throws {
        let sample = try await SampleGate()
        let keys = sample.robot.keys
        for parts in [keys.root.parts, keys.record.parts] {
            let key = try SigningKey<Purpose.Approval>(.mlDSA65, parts: parts)
            let approver = try Approver.register("eve", .l3, key: key, at: sample.home.clock.now(), lifetime: 100)
            #expect(code { _ = try sample.approvers.register(approver) } == "gate.approver_malformed")
        }
        let hybrid = try SigningKey<Purpose.Approval>(.hybrid, parts: keys.aiss.parts)
        let approver = try Approver.register("eve", .l3, key: hybrid, at: sample.home.clock.now(), lifetime: 100)
        #expect(code { _ = try sample.approvers.register(approver) } == "gate.approver_malformed")
        #expect(try sample.approvers.approvers().isEmpty)
    }

    @Test func `clearance, principals and justification are asked for`() async throws {
        let sample = try await SampleGate(SampleGate.policy(justification: true, principals: "ann, bob, carol"))
        let (ann, bob, eve) = (try sample.person("ann", .l1), try sample.person("bob", .l2), try sample.person("eve", .l3))
        let decided = try await sample.ask(risk: "0.8")
        #expect(try await answer(ann.answer(to: decided), in: sample) == "gate.clearance_too_low")
        #expect(try await answer(eve.answer(to: decided), in: sample) == "gate.not_a_principal")
        #expect(try await answer(bob.answer(to: decided, " \t"), in: sample) == "gate.justification_missing")
        #expect(try await answer(bob.answer(to: decided, "seen the invoice"), in: sample) == nil)
        #expect(try sample.refusals() == ["gate.clearance_too_low", "gate.not_a_principal", "gate.justification_missing"])
    }

    @Test func `who was revoked answers no more, also when another process did it`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let bytes = try ann.answer(to: decided)
        _ = try sample.process().approvers.revoke("ann")
        #expect(await answer(bytes, in: sample) == "gate.approver_inactive")
        // Nothing revives a key.
        #expect(code { _ = try sample.approvers.register(ann.approver) } == "node.already_exists")
        #expect(await answer(bytes, in: sample) == "gate.approver_inactive")
        #expect(try sample.refusals() == ["gate.approver_inactive", "gate.approver_inactive"])
    }

    @Test func `who is revoked after the signature was checked and before it is written answers no more`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let bytes = try ann.answer(to: decided)
        let hold = Hold(sample.store)
        let first = Task { try await sample.decide(SampleGate.action("read")) }
        try await hold.isReached()
        let late = Task { await answer(bytes, in: sample) }
        try await Task.sleep(for: .milliseconds(100))
        _ = try sample.process().approvers.revoke("ann")
        hold.release()
        #expect(await late.value == "gate.approver_inactive")
        _ = try await first.value
        #expect(try sample.count("gate_answer") == 0)
    }

    @Test func `strangers, false signatures and damaged answers are refused and on record`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let key = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        let stranger = try Approver.register("eve", .l3, key: key, at: sample.home.clock.now(), lifetime: 100)
        let eve = SampleGate.Person(approver: stranger, key: key)
        #expect(try await answer(eve.answer(to: decided), in: sample) == "gate.approver_unknown")
        let impostor = SampleGate.Person(approver: ann.approver, key: key)
        #expect(try await answer(impostor.answer(to: decided), in: sample) == "suite.invalid_signature")
        let good = try ann.answer(to: decided)
        #expect(await answer(good.replacing("pay", by: "bay"), in: sample) == "suite.invalid_signature")
        #expect(await answer(Array(good.dropLast()), in: sample)?.hasPrefix("wire.") == true)
        #expect(await answer([], in: sample)?.hasPrefix("wire.") == true)
        #expect(try sample.refusals().count == 5 && sample.count("gate_answer") == 0)
    }

    @Test func `an answer that is over, dated ahead or too long-lived does not count`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let time = decided.decision.time
        for bytes in try [
            ann.answer(to: decided, at: time.advanced(bySeconds: 120)),
            ann.answer(to: decided, at: time.advanced(bySeconds: -120)),
        ] { #expect(await answer(bytes, in: sample) == "gate.approval_expired") }
        let short = try ann.answer(to: decided, lifetime: 5)
        sample.home.clock.turn(by: 6)
        #expect(await answer(short, in: sample) == "gate.approval_expired")
        // An approval that is over before it was used.
        try await sample.gate.answer(ann.answer(to: decided, lifetime: 20), by: "console")
        sample.home.clock.turn(by: 20)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.decision_expired")
    }

    // MARK: afterwards

    @Test func `an approval does not outweigh what is blocked now`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        sample.risk.set("0.95")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        sample.risk.set("0.7")
        #expect(
            await refusal { try await sample.redeem(decided.id, SampleGate.action("pay", ["amount": 2])) }
                == "gate.action_changed")
        _ = try await sample.gate.activate(SampleGate.policy(restrictAfter: 9), by: "operator", comment: "")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.policy_changed")
        #expect(try sample.count("gate_redemption") == 0)
    }

    @Test func `the alert of the question itself does not block what people approved`() async throws {
        let sample = try await SampleGate(
            """
            language: chancery/policy/v2
            name: strict
            version: "1"
            rules:
              - {id: pay, effect: require_human, when: {action: pay}}
              - {id: tired, effect: forbid, when: {alerts_last_hour: {ge: 2}}}
            """)
        let ann = try sample.person()
        let decided = try await sample.decide()
        #expect(decided.decision.verdict.effect == .requireHuman)
        try await sample.gate.answer(ann.answer(to: decided), by: "console")
        try await sample.redeem(decided.id)
    }

    // MARK: nobody answers

    @Test(arguments: [("REJECT", Effect.allow), ("BLOCK", .restrict)])
    func `a question that nobody answers lapses, and BLOCK counts it against the agent`(
        onTimeout: String, later: Effect
    ) async throws {
        let sample = try await SampleGate(SampleGate.policy(restrictAfter: 2, onTimeout: onTimeout))
        let ann = try sample.person()
        let decided = try await sample.ask()
        let bytes = try ann.answer(to: decided)
        sample.home.clock.turn(by: 100)
        #expect(await answer(bytes, in: sample) == "gate.not_pending")
        #expect(await refusal { try await sample.redeem(decided.id) } != nil)
        #expect(try sample.count("gate_lapse") == 1 && sample.count("gate_redemption") == 0)
        try sample.gate.noteLapses()
        #expect(try sample.count("gate_lapse") == 1)
        sample.risk.set("0.1")
        #expect(try await sample.decide().decision.verdict.effect == later)
        #expect(
            try await sample.process().gate.decide(SampleGate.action(), for: "robot", by: "x").decision.verdict.effect == later)
    }

    @Test func `a question that escalates asks the next clearance, and then gives up`() async throws {
        let sample = try await SampleGate(SampleGate.policy(onTimeout: "ESCALATE"))
        let (ann, bob) = (try sample.person("ann", .l1), try sample.person("bob", .l2))
        let (first, second) = (try await sample.ask(), try await sample.ask())
        sample.home.clock.turn(by: 101)
        let now = sample.home.clock.now()
        #expect(try sample.gate.standing(of: first.id) == .waiting(stage: 1, clearance: .l2))
        #expect(try await answer(ann.answer(to: first, at: now), in: sample) == "gate.clearance_too_low")
        #expect(try await answer(bob.answer(to: first, at: now), in: sample) == nil)
        try await sample.redeem(first.id)
        sample.home.clock.turn(by: 200)
        #expect(try await answer(bob.answer(to: second, at: sample.home.clock.now()), in: sample) == "gate.not_pending")
        #expect(try sample.count("gate_lapse") == 1)
    }

    @Test func `who waits hears of an answer that another process took`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let decided = try await sample.ask()
        let deadline = decided.decision.time.advanced(bySeconds: 50)
        let waiting = Task { try await sample.gate.settled(decided.id, until: deadline) }
        try await sample.process().gate.answer(ann.answer(to: decided), by: "console")
        #expect(try await waiting.value.word == "approved")
        let unknown = try DecisionID([UInt8](repeating: 3, count: 64))
        #expect(await refusal { _ = try await sample.gate.settled(unknown, until: deadline) } == "gate.decision_unknown")
    }
}
