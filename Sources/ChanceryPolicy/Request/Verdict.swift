public import ChanceryWire

/// What a policy answers to a request under given facts. The same input gives the same verdict, byte for byte.
public struct Verdict: Sendable, Equatable {
    public let effect: Effect
    /// The rule that decided: a name in capitals for built-in rules, the id of a rule of the policy otherwise.
    public let rule: String
    /// Every rule that spoke, in the order of the policy.
    public let rules: [String]
    /// One line for people.
    public let reason: String
    public let obligations: [Obligation]

    public init(effect: Effect, rule: String, rules: [String], reason: String, obligations: [Obligation] = []) {
        self.effect = effect
        self.rule = rule
        self.rules = rules
        self.reason = reason
        self.obligations = obligations
    }

    /// For records and answers: `effect`, `obligations`, `reason`, `rule`, `rules`.
    public func json() -> JSONValue {
        [
            "effect": .string(effect.rawValue),
            "obligations": .array(obligations.map { $0.json() }),
            "reason": .string(reason),
            "rule": .string(rule),
            "rules": .array(rules.map { .string($0) }),
        ]
    }
}

extension Verdict: CustomStringConvertible {
    public var description: String { "\(effect.rawValue) \(rule): \(reason)" }
}
