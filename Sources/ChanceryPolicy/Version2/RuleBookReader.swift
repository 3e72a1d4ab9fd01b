internal import ChanceryPatterns

/// Reads a policy of version 2. Everything is typed at load, so that nothing is left to fail at a decision.
struct RuleBookReader {
    let text: PolicyText

    /// What rules refer to, and the patterns that they bring along.
    struct Lists {
        var tools: [String: [(text: String, at: Position)]] = [:]
        var patterns: [String: [(text: String, at: Position)]] = [:]
        var usedTools: Set<String> = []
        var usedPatterns: Set<String> = []
        /// In the order of their first use; the index of each text.
        var textPatterns: [(text: String, at: Position)] = []
        var fieldPatterns: [(text: String, at: Position)] = []
        private var textIndex: [[UInt8]: Int] = [:]
        private var fieldIndex: [[UInt8]: Int] = [:]

        mutating func indices(_ entries: [(text: String, at: Position)], inFields: Bool) -> [Int] {
            entries.map { entry in
                let key = Array(entry.text.utf8)
                if let index = inFields ? fieldIndex[key] : textIndex[key] { return index }
                let index = inFields ? fieldPatterns.count : textPatterns.count
                if inFields {
                    fieldPatterns.append(entry)
                    fieldIndex[key] = index
                } else {
                    textPatterns.append(entry)
                    textIndex[key] = index
                }
                return index
            }
        }
    }

    func read(_ root: PolicyNode, _ findings: inout FindingLog) -> (PolicyHeader, RuleBook, ApprovalTerms)? {
        guard var reader = NodeReader(root, "the policy", .strict, &findings) else { return nil }
        if let node = reader.value("language"), node.text != Policy.Language.version2.rawValue {
            findings.error(
                .value, "`language` must be \(Policy.Language.version2.rawValue), found \(node.describedValue)", node.at)
            return nil
        }
        let header = TrustGateReader(text: text, reading: .strict).header(&reader, &findings)
        _ = reader.text("description", &findings)
        var approval = ApprovalTerms()
        if let node = reader.value("approval"), var section = NodeReader(node, "`approval`", .strict, &findings) {
            approval = ApprovalTerms(&section, text, &findings)
            section.finish(&findings)
        }
        var lists = Lists()
        lists.tools = named("tools", &reader, &findings)
        lists.patterns = named("patterns", &reader, &findings)
        var rules: [RuleBook.Rule] = []
        if let node = reader.required("rules", &findings) {
            rules = self.rules(node, &lists, &findings)
        }
        reader.finish(&findings)
        for name in lists.tools.keys.filter({ !lists.usedTools.contains($0) }).sorted() {
            findings.warning(.unused, "no rule names the tool list `\(name)`", root["tools"]?.at ?? root.at)
        }
        for name in lists.patterns.keys.filter({ !lists.usedPatterns.contains($0) }).sorted() {
            findings.warning(.unused, "no rule names the pattern list `\(name)`", root["patterns"]?.at ?? root.at)
            // It is compiled all the same: an expression that is none is an error wherever it stands.
            _ = PatternSource.compile(lists.patterns[name] ?? [], .strict, &findings)
        }
        let texts = PatternSource.compile(lists.textPatterns, .strict, &findings)
        let fields = PatternSource.compile(lists.fieldPatterns, .strict, &findings)
        let book = RuleBook(
            rules: rules, textPatterns: texts?.sources.isEmpty == false ? texts?.set : nil,
            textSources: texts?.sources ?? [], fieldPatterns: fields?.sources.isEmpty == false ? fields?.set : nil,
            fieldSources: fields?.sources ?? [])
        return (header, book, approval)
    }

    /// The section's lists by name.
    private func named(
        _ section: String, _ reader: inout NodeReader, _ findings: inout FindingLog
    ) -> [String: [(text: String, at: Position)]] {
        guard let node = reader.value(section), var lists = NodeReader(node, "`\(section)`", .strict, &findings) else {
            return [:]
        }
        var found: [String: [(text: String, at: Position)]] = [:]
        for name in node.map?.map(\.name) ?? [] {
            guard Self.isIdentifier(name) else { continue }
            found[name] = lists.texts(name, &findings) ?? []
        }
        for entry in lists.rest(where: { _ in true }) {
            findings.error(
                .value, "`\(entry.name.prefix(64))` is not a name: a-z, 0-9, `.`, `_`, `-`, 1 to 64 of them", entry.at)
        }
        return found
    }

    static func isIdentifier(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy {
                (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || [0x2e, 0x5f, 0x2d].contains($0)
            }
    }

    private func rules(_ node: PolicyNode, _ lists: inout Lists, _ findings: inout FindingLog) -> [RuleBook.Rule] {
        guard let elements = node.list else {
            findings.error(.wrongType, "`rules` must be a list, found \(node.kind)", node.at)
            return []
        }
        guard elements.count <= RuleBook.largestRules else {
            findings.error(.tooLong, "more than \(RuleBook.largestRules) rules", node.at)
            return []
        }
        var ids: Set<String> = []
        var rules: [RuleBook.Rule] = []
        for element in elements {
            guard let rule = rule(element, &lists, &findings) else { continue }
            if !ids.insert(rule.id).inserted {
                findings.error(.duplicateKey, "two rules are called `\(rule.id)`", element.at)
            }
            rules.append(rule)
        }
        return rules
    }

    private enum Word: String, CaseIterable {
        case allow, forbid
        case human = "require_human"
        case restrict

        var effect: Effect {
            switch self {
            case .allow: .allow
            case .forbid: .block
            case .human: .requireHuman
            case .restrict: .restrict
            }
        }
    }

    private func rule(_ node: PolicyNode, _ lists: inout Lists, _ findings: inout FindingLog) -> RuleBook.Rule? {
        guard var reader = NodeReader(node, "a rule", .strict, &findings) else { return nil }
        _ = reader.required("id", &findings)
        let id = reader.text("id", &findings)
        if let id, !Self.isIdentifier(id) {
            findings.error(.value, "`id` must be 1 to 64 of a-z, 0-9, `.`, `_`, `-`", node["id"]?.at ?? node.at)
        }
        _ = reader.required("effect", &findings)
        let word = reader.word("effect", Word.allCases, &findings)
        _ = reader.text("description", &findings)
        let obligations = self.obligations(&reader, &findings)
        // The condition's patterns read differently in rules that allow, so the effect must be known first.
        let condition = reader.required("when", &findings).flatMap { when in
            var conditions = ConditionReader(allows: word == .allow)
            return conditions.read(when, depth: 0, isNegated: false, &lists, &findings)
        }
        reader.finish(&findings)
        guard let id, let word, let condition else { return nil }
        return RuleBook.Rule(id: id, effect: word.effect, condition: condition, obligations: obligations, at: node.at)
    }

    private func obligations(_ reader: inout NodeReader, _ findings: inout FindingLog) -> [Obligation] {
        guard let node = reader.value("obligations") else { return [] }
        guard let elements = node.list else {
            findings.error(.wrongType, "`obligations` must be a list, found \(node.kind)", node.at)
            return []
        }
        guard elements.count <= 16 else {
            findings.error(.tooLong, "more than 16 obligations", node.at)
            return []
        }
        var found: [Obligation] = []
        for element in elements {
            let entry = element.map?.count == 1 ? element.map?.first : nil
            let spelt = entry?.name ?? element.text ?? ""
            let value = entry?.value.string
            guard let name = Obligation.Name(rawValue: spelt), Obligation.takesValue(name) == (value != nil),
                name != .logLevel || Obligation.levels.contains(value ?? ""), value?.utf8.count ?? 0 <= 256
            else {
                let names = Obligation.Name.allCases.map { Obligation.takesValue($0) ? "\($0.rawValue): …" : $0.rawValue }
                findings.error(.value, "an obligation is one of \(names.joined(separator: ", "))", element.at)
                continue
            }
            let obligation = Obligation(name, value)
            if !found.contains(obligation) { found.append(obligation) }
        }
        return found
    }
}
