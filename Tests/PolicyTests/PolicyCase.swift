import ChanceryPolicy
import ChanceryWire

/// A policy with a calm, authorised agent before it: tests change one thing at a time.
struct PolicyCase {
    static let now: Int64 = 1_800_014_400  // 12:00 UTC

    let policy: Policy
    var facts: Facts

    init(_ text: String) throws {
        policy = try Policy(parsing: Array(text.utf8))
        facts = Facts(agent: "did:a", time: Self.now)
        facts.authorized = true
        facts.role = "operator"
        facts.risk = .zero
        facts.trust = ExactDecimal(1)
        facts.collusion = .zero
        facts.stability = .stable
    }

    func ask(
        _ action: String, _ payload: JSONValue = [:], target: String? = nil, _ change: (inout Facts) -> Void = { _ in }
    ) throws -> Verdict {
        var facts = facts
        change(&facts)
        return try policy.decide(ActionRequest(action: action, payload: payload, target: target), facts)
    }
}
