internal import ChanceryPatterns

/// Compares the compiled evaluation with the slow one over random policies, requests and facts.
public enum PolicyDifferential {
    public struct Result: Sendable {
        public let cases: Int
        /// How often each effect came out, so that a run which met only one is noticed.
        public let effects: [Effect: Int]
        /// What differed, at most 20 of them, each with its policy's text.
        public let differences: [String]
    }

    /// Runs at least `cases` comparisons; the same seed gives the same run.
    public static func run(seed: UInt64, cases: Int) -> Result {
        var generator = PolicyGenerator(seed: seed)
        var done = 0
        var effects: [Effect: Int] = [:]
        var differences: [String] = []
        var patterns: [String: PatternSet] = [:]
        while done < cases, differences.count < 20 {
            let text = generator.policy()
            var findings = FindingLog()
            guard let policy = try? Policy(parsing: Array(text.utf8)),
                let (_, root) = Policy.tree(Array(text.utf8), .yaml, &findings)
            else {
                differences.append("a generated policy does not load:\n\(text)")
                continue
            }
            let slow = SlowEvaluator(root, &patterns)
            for _ in 0..<200 {
                guard let request = generator.request() else {
                    differences.append("a generated request was refused")
                    break
                }
                let facts = generator.facts()
                let fast = policy.decide(request, facts)
                let twin = slow.decide(request, facts)
                done += 1
                effects[fast.effect, default: 0] += 1
                guard
                    fast.effect != twin.effect || fast.rule != twin.rule || fast.rules != twin.rules
                        || fast.obligations != twin.obligations
                else { continue }
                differences.append(
                    "\(fast.effect.rawValue) \(fast.rules) \(fast.obligations) against \(twin.effect.rawValue) \(twin.rules) "
                        + "\(twin.obligations) for \(request.action) \(request.payload) \(facts)\n\(text)")
                if differences.count >= 20 { break }
            }
        }
        return Result(cases: done, effects: effects, differences: differences)
    }
}

extension PolicyDifferential {
    /// Where an explanation and its verdict disagree about the rules that applied; empty when they never do.
    public static func explanations(seed: UInt64, cases: Int) -> [String] {
        var generator = PolicyGenerator(seed: seed)
        var differences: [String] = []
        var done = 0
        while done < cases, differences.count < 20 {
            let text = generator.policy()
            guard let policy = try? Policy(parsing: Array(text.utf8)) else {
                return ["a generated policy does not load:\n\(text)"]
            }
            for _ in 0..<50 {
                guard let request = generator.request() else { return ["a generated request was refused"] }
                let facts = generator.facts()
                let explanation = policy.explain(request, facts)
                done += 1
                let applied = explanation.steps.filter { $0.standing != .silent }.map(\.rule)
                let listed = explanation.verdict.rules.filter { $0 != TrustGateRule.standard.rawValue || applied.contains($0) }
                if applied != listed { differences.append("\(applied) against \(listed)\n\(text)") }
            }
        }
        return differences
    }
}
