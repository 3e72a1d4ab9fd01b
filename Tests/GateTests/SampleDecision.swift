import ChanceryGate
import ChanceryPolicy
import ChancerySuite
import ChanceryWire
import TestKit

/// Decisions, people and answers to test with.
enum Sample {
    static let agent = "did:sample:agent"
    static let policy = Digest.sha256(Array("policy".utf8))

    static func action(_ name: String = "pay", amount: Int64 = 1, target: String? = nil) throws -> GatedAction {
        try GatedAction(name, payload: JSONObject([.init(name: "amount", value: .integer(amount))]), target: target)
    }

    /// The terms of a policy; the type has no other public door.
    static func terms(
        _ onTimeout: ApprovalTerms.OnTimeout = .reject, timeout: Int64 = 300, justification: Bool = false,
        principals: [String] = []
    ) throws -> ApprovalTerms {
        let text = """
            notification:
              timeout_seconds: \(timeout)
              on_timeout: \(onTimeout.rawValue)
              require_justification: \(justification)
              principals: [\(principals.joined(separator: ", "))]
            """
        return try Policy(parsing: Array(text.utf8)).approval
    }

    static func question(
        _ onTimeout: ApprovalTerms.OnTimeout = .reject, timeout: Int64 = 300, justification: Bool = false,
        principals: [String] = [], risk: String? = "0.7"
    ) throws -> Question {
        try Question(
            terms(onTimeout, timeout: timeout, justification: justification, principals: principals),
            risk: risk.flatMap { ExactDecimal($0) })
    }

    static func decision(
        _ effect: Effect = .allow, rule: String = "DEFAULT", action: GatedAction? = nil, agent: String = agent,
        caller: String = "uid:1000", question: Question? = nil, at seconds: Int64 = 0
    ) throws -> GateDecision {
        var facts = Facts(agent: agent, time: SampleKeys.time(seconds).seconds)
        facts.risk = ExactDecimal("0.7")
        facts.role = "clerk"
        (facts.agentName, facts.delegatedBy, facts.stability) = ("sample", "proposal", .watch)
        (facts.collusion, facts.trust, facts.authorized) = (ExactDecimal("0.1"), ExactDecimal("0.95"), true)
        facts.watches = [3]
        facts.labels = ["untrusted"]
        facts.alerts = [1, 2]
        return GateDecision(
            caller: caller, action: try action ?? self.action(), facts: facts, policy: policy, engine: "sample/1",
            verdict: Verdict(
                effect: effect, rule: rule, rules: [rule], reason: "because",
                obligations: [Obligation(.log), Obligation(.notify, "pager")]),
            question: try question ?? (effect == .requireHuman ? self.question() : nil), time: SampleKeys.time(seconds))
    }

    static func object(_ value: JSONValue) -> JSONObject { value.object ?? JSONObject() }

    static func id(_ number: Int) throws -> DecisionID { try DecisionID(Digest.sha512(Array("decision \(number)".utf8))) }

    static func activation(_ text: String = "policy") -> PolicyActivation {
        PolicyActivation(
            text: text, name: "sample", version: "1", by: "operator", comment: "", proposal: nil, previous: nil,
            time: SampleKeys.time(0))
    }

    static func key() throws -> SigningKey<Purpose.Approval> { try SigningKey.generate(.mlDSA65) }

    static func approver(
        _ name: String = "ann", _ clearance: Clearance = .l3, _ key: SigningKey<Purpose.Approval>, at seconds: Int64 = -100,
        lifetime: Int64 = 86_400
    ) throws -> Approver {
        try Approver.register(name, clearance, key: key, at: SampleKeys.time(seconds), lifetime: lifetime)
    }
}
