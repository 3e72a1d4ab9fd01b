public import ChanceryWire

/// Why a decision came out as it did, rule by rule.
public struct Explanation: Sendable, Equatable {
    /// How one rule took the request.
    public enum Standing: String, Sendable {
        case applied
        /// It applied because it could not be told that it does not.
        case inDoubt = "in_doubt"
        case silent
    }

    public struct Step: Sendable, Equatable {
        public let rule: String
        /// What the rule would do.
        public let effect: Effect
        public let standing: Standing
        /// The facts that made it so, one line each.
        public let words: [String]
    }

    public let verdict: Verdict
    /// Every rule that was considered, in the order of the policy.
    public let steps: [Step]

    /// One line per rule and the verdict last, for people.
    public var lines: [String] {
        steps.map { step in
            let mark =
                switch step.standing {
                case .applied: "applies"
                case .inDoubt: "applies in doubt"
                case .silent: "silent"
                }
            return "\(step.rule) \(mark) (\(step.effect.rawValue)): \(step.words.joined(separator: "; "))"
        } + ["\(verdict.effect.rawValue) by \(verdict.rule): \(verdict.reason)"]
    }

    public func json() -> JSONValue {
        [
            "steps": .array(
                steps.map { step in
                    [
                        "effect": .string(step.effect.rawValue), "rule": .string(step.rule),
                        "standing": .string(step.standing.rawValue), "words": .array(step.words.map { .string($0) }),
                    ]
                }),
            "verdict": verdict.json(),
        ]
    }
}

extension Policy {
    /// The verdict of ``decide(_:_:)`` with every rule that was considered and what decided it.
    public func explain(_ request: ActionRequest, _ facts: Facts) -> Explanation {
        let verdict = decide(request, facts)
        if reading == .compat {
            // The reference looks no further than the first rule that matches.
            let step = Explanation.Step(rule: verdict.rule, effect: verdict.effect, standing: .applied, words: [verdict.reason])
            return Explanation(verdict: verdict, steps: [step])
        }
        var steps = Guards.steps(facts)
        if Guards.speaking(facts).isEmpty {
            switch body {
            case .trustGate(let terms): steps += terms.steps(request, facts)
            case .version2(let rules): steps += rules.steps(request, facts)
            }
        }
        return Explanation(verdict: verdict, steps: steps)
    }
}

extension Guards {
    static func steps(_ facts: Facts) -> [Explanation.Step] {
        let speaking = speaking(facts)
        return [
            (TrustGateRule.notAuthorized, facts.authorized ? "the agent is authorised" : reason(.notAuthorized, facts)),
            (.frozen, facts.frozen ? reason(.frozen, facts) : "the agent is not frozen"),
            (.factMissing, missing(facts).isEmpty ? "risk, stability and role are known" : reason(.factMissing, facts)),
        ].map { rule, words in
            .init(rule: rule.rawValue, effect: .block, standing: speaking.contains(rule) ? .applied : .silent, words: [words])
        }
    }
}
