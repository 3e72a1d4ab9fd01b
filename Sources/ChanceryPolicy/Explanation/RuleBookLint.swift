/// Finds rules of version 2 that can never decide, or that open more than is usually meant.
struct RuleBookLint {
    let root: PolicyNode
    let rules: RuleBook

    func run(_ findings: inout FindingLog) {
        if !rules.rules.contains(where: { $0.effect < .block }) {
            findings.warning(.unreachable, "no rule allows anything: every action is denied", root["rules"]?.at ?? root.at)
        }
        for rule in rules.rules {
            if Self.isNever(rule.condition) {
                findings.warning(.unreachable, "rule `\(rule.id)` can never apply", rule.at)
            } else if rule.effect == .allow, Self.isAlways(rule.condition) {
                findings.warning(.open, "rule `\(rule.id)` allows everything that no other rule restricts", rule.at)
            }
        }
        shadowed(&findings)
    }

    /// A rule without obligations never decides when a stricter one, or an earlier one of its effect, always applies
    /// where it does.
    private func shadowed(_ findings: inout FindingLog) {
        let always = rules.rules.filter { Self.isAlways($0.condition) }
        let texts = whens()
        for (index, rule) in rules.rules.enumerated() {
            if let cover = always.first(where: { $0.effect > rule.effect && $0.effect == .block && $0.id != rule.id }) {
                findings.warning(.shadowed, "rule `\(rule.id)` never decides: `\(cover.id)` forbids everything", rule.at)
                continue
            }
            guard let when = texts[rule.id] else { continue }
            let twin = rules.rules.enumerated().first { other, candidate in
                other != index && texts[candidate.id] == when
                    && (candidate.effect > rule.effect || candidate.effect == rule.effect && other < index)
            }
            if let twin = twin?.element {
                findings.warning(
                    .shadowed, "rule `\(rule.id)` never decides: `\(twin.id)` has the same condition and is no milder", rule.at)
            }
        }
    }

    /// The condition of each rule, written so that equal ones have equal texts.
    private func whens() -> [String: String] {
        var texts: [String: String] = [:]
        for node in root["rules"]?.list ?? [] {
            if let id = node["id"]?.text, let when = node["when"] { texts[id] = Self.spelt(when) }
        }
        return texts
    }

    private static func spelt(_ node: PolicyNode) -> String {
        switch node.content {
        case .scalar(let text, let plain): (plain ? "p" : "q") + "\(text.utf8.count):" + text
        case .list(let elements): "[" + elements.map(spelt).joined(separator: ",") + "]"
        case .map(let entries):
            "{" + entries.map { "\($0.name.utf8.count):\($0.name)=" + spelt($0.value) }.sorted().joined(separator: ",") + "}"
        }
    }

    static func isAlways(_ condition: Condition) -> Bool {
        switch condition {
        case .all(let parts): parts.allSatisfy(isAlways)
        case .any(let parts): parts.contains(where: isAlways)
        case .not(let part): isNever(part)
        case .action(let globs), .role(let globs), .agent(let globs): globs.matchesAll
        case .stability(let states): Set(states).count == Stability.allCases.count
        default: false
        }
    }

    static func isNever(_ condition: Condition) -> Bool {
        switch condition {
        case .all(let parts): parts.contains(where: isNever)
        case .any(let parts): parts.allSatisfy(isNever)
        case .not(let part): isAlways(part)
        case .number(_, let bounds): bounds.isEmpty
        case .labels(let test): test.all.contains { test.none.contains($0) }
        case .payload(_, let test): test.bounds?.isEmpty ?? false
        default: false
        }
    }
}
