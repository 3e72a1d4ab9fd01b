internal import ChanceryWire

extension RuleBook {
    /// Each rule with the parts of its condition that decided it.
    func steps(_ request: ActionRequest, _ facts: Facts) -> [Explanation.Step] {
        var situation = Situation(request, facts, self)
        return rules.map { rule in
            let truth = rule.condition.holds(in: &situation)
            let standing: Explanation.Standing =
                switch truth {
                case .yes: .applied
                case .unknown: rule.effect > .allow ? .inDoubt : .silent
                case .no: .silent
                }
            var words: [String] = []
            describe(rule.condition, truth, &situation, &words)
            return .init(rule: rule.id, effect: rule.effect, standing: standing, words: words)
        }
    }

    /// The leaves of `condition` that are as true as the whole is: those are why.
    private func describe(_ condition: Condition, _ truth: Truth, _ situation: inout Situation, _ words: inout [String]) {
        guard words.count < 32, condition.holds(in: &situation) == truth else { return }
        switch condition {
        case .all(let parts), .any(let parts):
            if parts.isEmpty { words.append("always") }
            for part in parts { describe(part, truth, &situation, &words) }
        case .not(let part): describe(part, truth.negated, &situation, &words)
        default: words.append(sentence(condition, truth, situation))
        }
    }

    private func sentence(_ condition: Condition, _ truth: Truth, _ situation: Situation) -> String {
        let facts = situation.facts
        let verb =
            switch truth {
            case .yes: "is"
            case .no: "is not"
            case .unknown: "cannot be told to be"
            }
        func among(_ what: String, _ globs: GlobList) -> String { "\(what) \(verb) among \(Self.list(globs.sources))" }
        switch condition {
        case .action(let globs): return among("action `\(situation.request.action)`", globs)
        case .role(let globs): return among("role \(Self.quoted(facts.role))", globs)
        case .agent(let globs): return among("agent `\(facts.agent)`", globs)
        case .delegatedBy(let globs): return among("delegator \(Self.quoted(facts.delegatedBy))", globs)
        case .target(let test):
            let target = "target \(Self.quoted(situation.request.target))"
            return switch test.kind {
            case .among: "\(target) \(verb) among \(Self.list(test.sources))"
            case .notAmong: "\(target) \(verb) outside \(Self.list(test.sources))"
            case .exists: "\(target) \(verb) there"
            case .absent: "\(target) \(verb) absent"
            }
        case .number(let fact, let bounds):
            return "\(fact.rawValue) \(situation.number(fact)?.description ?? "unknown") \(verb) \(bounds.description)"
        case .stability(let states):
            return "stability \(facts.stability?.rawValue ?? "unknown") \(verb) among \(Self.list(states.map(\.rawValue)))"
        case .labels:
            return
                "labels \(Self.list(facts.labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })): \(truth == .yes ? "as" : "not as") asked for"
        case .payload(let path, _):
            let found = path.value(in: situation.request.payload)
            let value =
                switch found {
                case nil: "missing"
                case .string(let text): "`\(text.prefix(64))`"
                case .array?, .object?: found!.kind
                default:
                    found.flatMap { try? CanonicalForm.aiss1.encode($0) }.map { String(decoding: $0, as: UTF8.self) } ?? "?"
                }
            return
                "\(path.source) \(value): the test \(truth == .yes ? "holds" : truth == .no ? "does not hold" : "cannot be told")"
        case .pattern(let indices, let everyView):
            var situation = situation
            let occurring = indices.filter { situation.hits($0, everyView: everyView) }.map { textSources[$0] }
            let place = everyView ? "any reading of the payload" : "the raw payload"
            return occurring.isEmpty
                ? "no pattern of \(indices.count) occurs in \(place)" : "\(Self.list(occurring)) occurs in \(place)"
        case .hours: return "the hour \(situation.hour) (UTC) \(verb) in the range"
        case .all, .any, .not: return ""
        }
    }

    private static func quoted(_ text: String?) -> String { text.map { "`\($0)`" } ?? "(none)" }

    private static func list(_ texts: [String]) -> String {
        let shown = texts.prefix(6).map { "`\($0)`" }.joined(separator: ", ")
        return "[" + shown + (texts.count > 6 ? ", …" : "") + "]"
    }
}
