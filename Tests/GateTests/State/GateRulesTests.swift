import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// Each way in which a permission or an answer does not count, with its code.
struct GateRulesTests {
    private var state = GateState()
    private let key: SigningKey<Purpose.Approval>
    private let asked: GateDecision
    private let action: GatedAction

    init() throws {
        key = try Sample.key()
        action = try Sample.action(target: "bank.example")
        asked = try Sample.decision(
            .requireHuman, action: action,
            question: Sample.question(
                .escalate, timeout: 100, justification: true, principals: ["ann", "bob", "carol"], risk: "0.8"))
        state.apply(.policy(Sample.activation()), id: try Sample.id(0), at: time(0))
        state.apply(.decision(try Sample.decision(action: action)), id: try Sample.id(1), at: time(0))
        state.apply(.decision(asked), id: try Sample.id(2), at: time(0))
        state.apply(.decision(try Sample.decision(.block, action: action)), id: try Sample.id(3), at: time(0))
    }

    private func time(_ seconds: Int64) -> UTCTime { SampleKeys.time(seconds) }

    // MARK: redemption

    private func redeem(
        _ number: Int, agent: String = Sample.agent, hash: [UInt8]? = nil, at seconds: Int64 = 1, in state: GateState? = nil
    ) -> String? {
        code {
            _ = try (state ?? self.state).requireRedeemable(
                Sample.id(number), agent: agent, actionHash: hash ?? action.hash, at: time(seconds))
        }
    }

    @Test func `a permission is usable by its agent, for its action, in its time, once`() throws {
        #expect(redeem(1) == nil && redeem(1, at: 30) == nil)
        #expect(redeem(9) == "gate.decision_unknown" && redeem(3) == "gate.decision_unknown")
        #expect(redeem(1, agent: "did:sample:other") == "gate.foreign_decision")
        #expect(redeem(1, agent: Sample.agent + " ") == "gate.foreign_decision")
        #expect(redeem(1, hash: try Sample.action(amount: 2).hash) == "gate.action_changed")
        #expect(redeem(1, hash: []) == "gate.action_changed")
        #expect(redeem(1, at: 31) == "gate.decision_expired")
        #expect(redeem(2) == "gate.not_approved" && redeem(2, at: 200) == "gate.decision_expired")
        var used = state
        used.apply(.redemption(.init(try Sample.id(1), actionHash: action.hash, caller: "")), id: try Sample.id(5), at: time(1))
        #expect(redeem(1, in: used) == "gate.already_redeemed")
        var other = state
        other.apply(.policy(Sample.activation("another")), id: try Sample.id(6), at: time(1))
        #expect(redeem(1, in: other) == "gate.policy_changed")
        // Back to the first: what it allowed counts again as long as it lives.
        other.apply(.policy(Sample.activation()), id: try Sample.id(7), at: time(2))
        #expect(redeem(1, in: other) == nil)
    }

    @Test func `an approval makes a question redeemable, a rejection does not`() throws {
        for (choice, expected) in [(Approval.Choice.approve, nil), (.reject, "gate.not_approved")] {
            let terms = try Approval.Terms(choice, on: asked, Sample.id(2), justification: "ok", at: time(1))
            var answered = state
            answered.apply(
                .answer(.init(try Approval.sign(terms, as: Sample.approver("ann", .l2, key), key: key))), id: try Sample.id(5),
                at: time(1))
            #expect(redeem(2, in: answered) == expected)
            if choice == .approve { #expect(redeem(2, at: 302, in: answered) == "gate.decision_expired") }
        }
    }

    // MARK: answers

    private struct Answer {
        var choice = Approval.Choice.approve
        var name = "ann"
        var clearance = Clearance.l2
        var isRevoked = false
        var decision = 2
        var about: GateDecision?
        var justification = "agreed"
        var signed: Int64 = 1
        var lifetime: Int64 = 300
        var given: Int64 = 1
        var keyEnds: Int64 = 1000
        var names: Set<String> = ["robot", "uid:1000"]
    }

    private func refusal(_ answer: Answer) -> String? {
        code {
            var approver = try Sample.approver(answer.name, answer.clearance, key, lifetime: answer.keyEnds)
            if answer.isRevoked { approver = approver.revoked() }
            let terms = try Approval.Terms(
                answer.choice, on: answer.about ?? asked, Sample.id(answer.decision), justification: answer.justification,
                at: time(answer.signed), lifetime: answer.lifetime)
            _ = try state.requireAnswerable(
                Approval.sign(terms, as: approver, key: key), agentNames: answer.names, at: time(answer.given))
        }
    }

    /// The answer of the initialiser with one thing changed.
    private func refusal(_ change: (inout Answer) throws -> Void) rethrows -> String? {
        var answer = Answer()
        try change(&answer)
        return refusal(answer)
    }

    @Test func `an answer of the right person to the open question counts`() {
        #expect(refusal(Answer()) == nil)
        #expect(refusal { $0.clearance = .l3 } == nil)
    }

    @Test func `only what waits is answered`() {
        #expect(refusal { $0.decision = 9 } == "gate.not_pending")
        #expect(refusal { $0.decision = 1 } == "gate.not_pending")
        #expect(refusal { $0.decision = 3 } == "gate.not_pending")
        #expect(refusal { ($0.given, $0.signed) = (200, 200) } == "gate.not_pending")
    }

    @Test(arguments: ["agent", "action", "arguments", "target", "policy"])
    func `an answer to another question is refused although it names this one`(what: String) throws {
        var other = try Sample.decision(.requireHuman, action: Sample.action("pay", target: "bank.example"))
        switch what {
        case "agent": other = try Sample.decision(.requireHuman, action: action, agent: "did:sample:other")
        case "action": other = try Sample.decision(.requireHuman, action: Sample.action("read", target: "bank.example"))
        case "arguments": other = try Sample.decision(.requireHuman, action: Sample.action(amount: 7, target: "bank.example"))
        case "target": other = try Sample.decision(.requireHuman, action: Sample.action())
        default:
            other = GateDecision(
                caller: asked.caller, action: action, facts: asked.facts, policy: Digest.sha256([1]), engine: asked.engine,
                verdict: asked.verdict, question: asked.question, time: asked.time)
        }
        #expect(refusal { $0.about = other } == "gate.approval_mismatch")
    }

    @Test func `who is revoked, over, or not begun does not answer`() {
        #expect(refusal { $0.isRevoked = true } == "gate.approver_inactive")
        #expect(refusal { $0.keyEnds = 50 } == "gate.approver_inactive")
        // To say no takes a living key too.
        #expect(refusal { ($0.isRevoked, $0.choice) = (true, .reject) } == "gate.approver_inactive")
    }

    @Test(arguments: ["ann", "ANN", "Ann", "aNN"])
    func `nobody answers under a name of the agent, in any case`(name: String) throws {
        #expect(refusal { $0.names = [name] } == "gate.self_approval")
        #expect(refusal { ($0.names, $0.choice) = ([name], .reject) } == "gate.self_approval")
        #expect(refusal { ($0.name, $0.names) = (name, ["ann"]) } == "gate.self_approval")
    }

    @Test func `the holder of the key that asked does not answer`() throws {
        let id = try Sample.approver("ann", .l2, key).id
        #expect(refusal { $0.names = [id] } == "gate.self_approval")
    }

    @Test func `the policy's principals answer and nobody else, also not with a no`() {
        #expect(refusal { $0.name = "dave" } == "gate.not_a_principal")
        #expect(refusal { ($0.name, $0.choice) = ("dave", .reject) } == "gate.not_a_principal")
        #expect(refusal { $0.name = "Bob" } == "gate.not_a_principal")
    }

    @Test func `a yes takes the clearance of the stage, a no takes none`() {
        #expect(refusal { $0.clearance = .l1 } == "gate.clearance_too_low")
        #expect(refusal { ($0.clearance, $0.choice) = (.l1, .reject) } == nil)
        // The second stage asks one up.
        #expect(refusal { ($0.given, $0.signed) = (150, 150) } == "gate.clearance_too_low")
        #expect(refusal { ($0.given, $0.signed, $0.clearance) = (150, 150, .l3) } == nil)
    }

    @Test(arguments: ["", " ", "\t\n", "\u{a0}\u{3000}"])
    func `a yes takes a justification where the policy wants one`(text: String) {
        #expect(refusal { $0.justification = text } == "gate.justification_missing")
        #expect(refusal { ($0.justification, $0.choice) = (text, .reject) } == nil)
    }

    @Test func `an answer counts in its time`() {
        #expect(refusal { ($0.lifetime, $0.given) = (10, 10) } == nil)
        #expect(refusal { ($0.lifetime, $0.given) = (10, 11) } == "gate.approval_expired")
        // Signed long before the question, or in the future.
        #expect(refusal { $0.signed = -61 } == "gate.approval_expired")
        #expect(refusal { $0.signed = 62 } == "gate.approval_expired")
        #expect(refusal { $0.signed = 61 } == nil)
    }
}
