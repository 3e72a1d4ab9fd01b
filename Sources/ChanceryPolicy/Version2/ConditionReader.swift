/// Reads a `when`.
struct ConditionReader {
    /// Whether the rule allows. Such a rule, and every other one below an odd number of `not`, sees the raw text only.
    let allows: Bool

    mutating func read(
        _ node: PolicyNode, depth: Int, isNegated: Bool, _ lists: inout RuleBookReader.Lists, _ findings: inout FindingLog
    ) -> Condition? {
        guard depth <= RuleBook.deepestCondition else {
            findings.error(.tooDeep, "conditions nest more than \(RuleBook.deepestCondition) levels", node.at)
            return nil
        }
        guard var reader = NodeReader(node, "a condition", .strict, &findings) else { return nil }
        var parts: [Condition] = []
        let everyView = allows == isNegated
        for entry in node.map ?? [] {
            if let part = predicate(entry, everyView: everyView, &lists, &findings) {
                _ = reader.value(entry.name)
                parts.append(part)
                continue
            }
            switch entry.name {
            case "any", "all":
                _ = reader.value(entry.name)
                guard let elements = entry.value.list, !elements.isEmpty else {
                    findings.error(.wrongType, "`\(entry.name)` must be a list of conditions that is not empty", entry.value.at)
                    continue
                }
                let inner = elements.compactMap {
                    read($0, depth: depth + 1, isNegated: isNegated, &lists, &findings)
                }
                parts.append(entry.name == "any" ? .any(inner) : .all(inner))
            case "not":
                _ = reader.value("not")
                if let inner = read(entry.value, depth: depth + 1, isNegated: !isNegated, &lists, &findings) {
                    parts.append(.not(inner))
                }
            case let name where Self.isKnown(name):
                // Remarked on already.
                _ = reader.value(name)
            default: break
            }
        }
        reader.declare(Self.names)
        reader.finish(&findings)
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    static let names =
        [
            "action", "tools", "role", "agent", "delegated_by", "target", "stability", "labels", "pattern", "patterns",
            "hour_utc", "any", "all", "not",
        ] + NumberFact.allCases.map(\.rawValue)

    private static func isKnown(_ name: String) -> Bool { names.contains(name) || name.hasPrefix("payload.") }

    /// The predicate of one key; nil when the key is none or its value was remarked on.
    private func predicate(
        _ entry: PolicyNode.Entry, everyView: Bool, _ lists: inout RuleBookReader.Lists, _ findings: inout FindingLog
    ) -> Condition? {
        let node = entry.value
        func globs(_ findings: inout FindingLog) -> GlobList? {
            texts(node, entry.name, &findings).map { GlobList($0, .strict, &findings) }
        }
        switch entry.name {
        case "action": return globs(&findings).map { .action($0) }
        case "role": return globs(&findings).map { .role($0) }
        case "agent": return globs(&findings).map { .agent($0) }
        case "delegated_by": return globs(&findings).map { .delegatedBy($0) }
        case "tools":
            return named(node, "tools", lists.tools, &lists.usedTools, &findings).map {
                .action(GlobList($0, .strict, &findings))
            }
        case "pattern":
            return texts(node, entry.name, &findings).map {
                .pattern(lists.indices($0, inFields: false), everyView: everyView)
            }
        case "patterns":
            return named(node, "patterns", lists.patterns, &lists.usedPatterns, &findings).map {
                .pattern(lists.indices($0, inFields: false), everyView: everyView)
            }
        case "stability":
            return texts(node, entry.name, &findings).map { words in
                .stability(
                    words.compactMap { word, at in
                        if let state = Stability(rawValue: word) { return state }
                        findings.error(.value, "`\(word.prefix(64))` is no stability: STABLE, WATCH, UNSTABLE or CRITICAL", at)
                        return nil
                    })
            }
        case "hour_utc": return texts(node, entry.name, &findings).map { .hours($0.compactMap { hours($0, &findings) }) }
        case "target": return target(node, &findings).map { .target($0) }
        case "labels": return labels(node, &findings).map { .labels($0) }
        case let name where name.hasPrefix("payload."):
            return path(entry, &findings).flatMap { path in
                payload(node, everyView: everyView, &lists, &findings).map { .payload(path, $0) }
            }
        default:
            guard let fact = NumberFact(rawValue: entry.name) else { return nil }
            return bounds(node, entry.name, &findings).map { .number(fact, $0) }
        }
    }

    /// One string or a list of them that is not empty.
    private func texts(
        _ node: PolicyNode, _ what: String, _ findings: inout FindingLog
    ) -> [(text: String, at: Position)]? {
        let elements = node.list ?? [node]
        guard !elements.isEmpty, elements.count <= 4096 else {
            findings.error(.value, "`\(what)` must have 1 to 4096 entries", node.at)
            return nil
        }
        return elements.compactMap { element in
            element.readText("`\(what)`", .strict, limit: 4096, &findings).map { ($0, element.at) }
        }
    }

    private func named(
        _ node: PolicyNode, _ what: String, _ lists: [String: [(text: String, at: Position)]], _ used: inout Set<String>,
        _ findings: inout FindingLog
    ) -> [(text: String, at: Position)]? {
        guard let names = texts(node, what, &findings) else { return nil }
        var entries: [(text: String, at: Position)] = []
        for (name, at) in names {
            used.insert(name)
            guard let list = lists[name] else {
                findings.error(.value, "there is no list `\(name.prefix(64))` in `\(what)`", at)
                continue
            }
            entries += list
        }
        return entries
    }

    private func hours(_ entry: (text: String, at: Position), _ findings: inout FindingLog) -> HourRange? {
        let parts = entry.text.split(separator: "-", omittingEmptySubsequences: false)
        if parts.count == 2, parts.allSatisfy({ (1...2).contains($0.utf8.count) }), let from = Int64(parts[0]),
            let to = Int64(parts[1]),
            (0...23).contains(from), (0...24).contains(to), from != to
        {
            return HourRange(from: from, to: to)
        }
        findings.error(.value, "`\(entry.text.prefix(64))` is no range of hours such as `08-18` or `22-6`", entry.at)
        return nil
    }
}

extension NodeReader {
    /// Makes these keys known to ``finish(_:)``'s hints.
    mutating func declare(_ names: [String]) {
        for name in names { _ = value(name) }
    }
}
