internal import ChanceryPatterns

/// A policy, checked and compiled. It never changes and may be asked from any thread.
public struct Policy: Sendable {
    public enum Format: Sendable {
        case yaml, json

        /// JSON begins with a brace or bracket; anything else is YAML.
        package static func of(_ text: String) -> Format {
            guard let first = text.utf8.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else { return .yaml }
            return first == 0x7b || first == 0x5b ? .json : .yaml
        }
    }

    public enum Language: String, Sendable {
        /// The form of PiQrypt's TrustGate: ten rules in a fixed order.
        case trustGate = "trustgate"
        /// Rules in any order over typed facts, default deny.
        case version2 = "chancery/policy/v2"
    }

    enum Body: Sendable {
        case trustGate(TrustGateTerms)
        case version2(RuleBook)
    }

    /// What evaluates: language and text views. It belongs into every sealed decision.
    public static let engine = "chancery-policy/1 " + TextViews.engine

    public let name: String
    public let version: String
    public let language: Language
    public let reading: Reading
    public let approval: ApprovalTerms
    let body: Body

    /// - Throws: ``PolicyError`` `policy.*` with every finding when the text does not load.
    public init(parsing text: [UInt8], format: Format = .yaml, reading: Reading = .strict) throws(PolicyError) {
        var findings = FindingLog()
        guard let policy = Policy.read(text, format, reading, &findings), !findings.hasErrors else {
            throw PolicyError(findings.sorted)
        }
        self = policy
    }

    init(header: PolicyHeader, language: Language, reading: Reading, approval: ApprovalTerms, body: Body) {
        name = header.name
        version = header.version
        self.language = language
        self.reading = reading
        self.approval = approval
        self.body = body
    }

    /// The tree of a text, or nil with the reason in `findings`.
    static func tree(
        _ bytes: [UInt8], _ format: Format, _ findings: inout FindingLog
    ) -> (text: PolicyText, root: PolicyNode)? {
        guard let text = PolicyText(bytes, &findings) else { return nil }
        let root =
            switch format {
            case .yaml: YAMLReader.read(text, &findings)
            case .json: JSONReader.read(text, &findings)
            }
        return root.map { (text, $0) }
    }

    private static func read(
        _ bytes: [UInt8], _ format: Format, _ reading: Reading, _ findings: inout FindingLog
    ) -> Policy? {
        guard let (text, root) = tree(bytes, format, &findings) else { return nil }
        if reading == .strict, root["language"] != nil {
            guard let (header, rules, approval) = RuleBookReader(text: text).read(root, &findings) else { return nil }
            return Policy(header: header, language: .version2, reading: .strict, approval: approval, body: .version2(rules))
        }
        guard let (header, terms, approval) = TrustGateReader(text: text, reading: reading).read(root, &findings) else {
            return nil
        }
        return Policy(header: header, language: .trustGate, reading: reading, approval: approval, body: .trustGate(terms))
    }
}

extension Policy {
    /// The verdict on `request` under `facts`: pure, total, the same on every machine.
    public func decide(_ request: ActionRequest, _ facts: Facts) -> Verdict {
        switch body {
        case .trustGate(let terms):
            if reading == .compat { return ReferenceRules(policy: self, terms).verdict(request, facts) }
            guard let risk = facts.risk, let stability = facts.stability, let role = facts.role,
                facts.authorized, !facts.frozen
            else { return Guards.verdict(facts)! }
            return terms.decide(request, facts, risk, stability, role)
        case .version2(let rules):
            return Guards.verdict(facts) ?? rules.decide(request, facts)
        }
    }
}

extension Policy {
    /// Everything there is to say about a text, in its order: what keeps it from loading, and what may not be meant.
    public static func lint(_ text: [UInt8], format: Format) -> [PolicyFinding] {
        var findings = FindingLog()
        if let policy = read(text, format, .strict, &findings), !findings.hasErrors,
            let (_, root) = tree(text, format, &findings)
        {
            switch policy.body {
            case .trustGate(let terms): TrustGateLint(root: root, terms: terms).run(&findings)
            case .version2(let rules): RuleBookLint(root: root, rules: rules).run(&findings)
            }
        }
        return findings.sorted
    }

    /// `text` with the fixes of its findings applied; itself where there are none.
    public static func fixing(_ text: [UInt8]) -> [UInt8] {
        var findings = FindingLog()
        _ = read(text, .yaml, .strict, &findings)
        var mended = text
        for fix in findings.items.compactMap(\.fix).sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
            mended.replaceSubrange(fix.range, with: fix.replacement.utf8)
        }
        return mended
    }
}
