internal import ChanceryWire

/// Cases that a policy is held against: what is asked, under which facts, and what must come out.
///
/// ```yaml
/// cases:
///   - name: nobody drops tables
///     action: read_db
///     payload: {q: "DROP TABLE users"}
///     facts: {role: operator, risk: 0.1}
///     expect: BLOCK
///     rule: DANGEROUS_PATTERN
/// ```
public struct PolicyTestFile: Sendable {
    public struct Case: Sendable {
        public let name: String
        public let request: Result<ActionRequest, PolicyError>
        public let facts: Facts
        public let effect: Effect
        /// The rule that must decide; nil when any may.
        public let rule: String?
        /// Where the case stands in its file, from 1.
        public let line: Int
    }

    /// What became of one case.
    public struct Outcome: Sendable {
        public let name: String
        public let line: Int
        public let passed: Bool
        /// What differs; empty when the case passed.
        public let detail: String
    }

    public let cases: [Case]

    static let largestCount = 10_000

    /// - Throws: ``PolicyError`` with every finding when the file is not a list of cases.
    public init(parsing bytes: [UInt8], format: Policy.Format = .yaml) throws(PolicyError) {
        var findings = FindingLog()
        var cases: [Case] = []
        if let (_, root) = Policy.tree(bytes, format, &findings), var reader = NodeReader(root, "the file", .strict, &findings)
        {
            if let node = reader.required("cases", &findings) {
                guard let list = node.list, list.count <= Self.largestCount else {
                    findings.error(.wrongType, "`cases` must be a list of at most \(Self.largestCount)", node.at)
                    throw PolicyError(findings.sorted)
                }
                for (index, element) in list.enumerated() {
                    if let found = Self.read(element, index + 1, &findings) { cases.append(found) }
                }
            }
            reader.finish(&findings)
        }
        guard !findings.hasErrors else { throw PolicyError(findings.sorted) }
        self.cases = cases
    }

    /// Asks `policy` every case.
    public func run(_ policy: Policy) -> [Outcome] {
        cases.map { item in
            let verdict: Verdict
            switch item.request {
            case .success(let request): verdict = policy.decide(request, item.facts)
            case .failure(let error):
                verdict = Verdict(effect: .block, rule: error.code, rules: [error.code], reason: error.detail)
            }
            var differences: [String] = []
            if verdict.effect != item.effect { differences.append("expected \(item.effect.rawValue)") }
            if let rule = item.rule, rule != verdict.rule { differences.append("expected the rule \(rule)") }
            let detail = differences.isEmpty ? "" : differences.joined(separator: ", ") + "; found \(verdict)"
            return Outcome(name: item.name, line: item.line, passed: differences.isEmpty, detail: detail)
        }
    }

    private static func read(_ node: PolicyNode, _ number: Int, _ findings: inout FindingLog) -> Case? {
        guard var reader = NodeReader(node, "a case", .strict, &findings) else { return nil }
        let name = reader.text("name", limit: 256, &findings) ?? "case \(number)"
        _ = reader.required("action", &findings)
        let action = reader.text("action", limit: 1024, &findings)
        let target = reader.text("target", limit: 1024, &findings)
        let payload = reader.value("payload").map { $0.json } ?? .object(JSONObject())
        let facts = facts(reader.value("facts"), &findings)
        _ = reader.required("expect", &findings)
        let effect = reader.word("expect", Effect.allCases, &findings)
        let rule = reader.text("rule", limit: 128, &findings)
        reader.finish(&findings)
        guard let action, let effect, let facts else { return nil }
        let request = Result { () throws(PolicyError) in
            try ActionRequest(action: action, payload: payload, target: target)
        }
        return Case(name: name, request: request, facts: facts, effect: effect, rule: rule, line: node.at.line)
    }

    /// Facts with the defaults of an agent that gives no cause for concern: authorised, risk 0, STABLE, trust 1, noon.
    private static func facts(_ node: PolicyNode?, _ findings: inout FindingLog) -> Facts? {
        var facts = Facts(agent: "agent", time: 1_800_014_400)
        facts.authorized = true
        facts.risk = .zero
        facts.collusion = .zero
        facts.trust = ExactDecimal(1)
        facts.stability = .stable
        guard let node else { return facts }
        guard var reader = NodeReader(node, "`facts`", .strict, &findings) else { return nil }
        facts.time = reader.integer("time", in: 0...253_402_300_799, &findings) ?? facts.time
        facts.agent = reader.text("agent", limit: 256, &findings) ?? facts.agent
        facts.agentName = reader.text("agent_name", limit: 256, &findings)
        facts.role = reader.text("role", limit: 256, &findings)
        facts.delegatedBy = reader.text("delegated_by", limit: 256, &findings)
        facts.authorized = reader.flag("authorized", &findings) ?? true
        facts.frozen = reader.flag("frozen", &findings) ?? false
        facts.labels = Set(reader.texts("labels", &findings)?.map(\.text) ?? [])
        func number(_ name: String, _ fallback: ExactDecimal?) -> ExactDecimal? {
            if let node = reader.value(name), node.isNull { return nil }
            return reader.decimal(name, &findings)?.value ?? fallback
        }
        facts.risk = number("risk", facts.risk)
        facts.trust = number("trust", facts.trust)
        facts.collusion = number("collusion", facts.collusion)
        if let node = reader.value("stability"), node.isNull {
            facts.stability = nil
        } else {
            facts.stability = reader.word("stability", Stability.allCases, &findings) ?? .stable
        }
        // Ages in seconds are easier to write than times.
        func times(_ name: String) -> [Int64] {
            (reader.value(name)?.list ?? []).compactMap { element in
                guard let age = element.number.flatMap({ Int64($0.description) }), age >= 0, age <= facts.time else {
                    findings.error(.range, "`\(name)` holds ages in seconds", element.at)
                    return nil
                }
                return facts.time - age
            }
        }
        facts.alerts = times("alert_ages")
        facts.watches = times("watch_ages")
        reader.finish(&findings)
        return facts
    }
}

extension PolicyNode {
    /// The JSON value that the node stands for. Numbers without fraction or exponent are integers.
    var json: JSONValue {
        switch content {
        case .list(let elements): return .array(elements.map(\.json))
        case .map(let entries): return .object(JSONObject(entries.map { .init(name: $0.name, value: $0.value.json) }))
        case .scalar(let text, _):
            if isNull { return .null }
            if let boolean { return .bool(boolean) }
            guard number != nil else { return .string(text) }
            if let whole = Int64(text) { return .integer(whole) }
            let digits = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2d }
            return digits ? .bigInteger(text) : Double(text).map { .double($0) } ?? .string(text)
        }
    }
}
