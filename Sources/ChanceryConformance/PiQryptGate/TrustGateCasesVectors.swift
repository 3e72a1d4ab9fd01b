internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// Runners for the TrustGate files of `vectors/piqrypt`.
public enum PiQryptGateVectors {
    public static let runners: [VectorRunner] = [
        TrustGateCasesVectors.runner, TrustGateVersionsVectors.runner, TrustGateApprovalsVectors.runner,
        TrustGateJournalVectors.runner, TrustGatePolicyVectors.runner,
    ]
}

/// Policy evaluations, texts that load or fail, integrity.
enum TrustGateCasesVectors {
    static let runner = VectorRunner(
        "TrustGate decisions", name: "trustgate_cases.json", members: ["cases", "policies", "policy_loading"]
    ) { file, mode, log in
        let json = try file.document
        for entry in try json.list("cases") {
            log.run(entry["name"]?.string ?? "?") { comparison in
                let policy = try Self.policy(named: entry.text("policy"), file, mode)
                switch mode {
                case .compat: try Self.compat(entry, policy, &comparison)
                case .strict: try StrictTrustGateCase(entry, policy).run(&comparison)
                }
            }
        }
        for member in try json.record("policies").members {
            log.run("policy \(member.name)") { try Self.parsed(member.value, named: member.name, file, mode, &$0) }
        }
        for entry in try json.list("special_numbers") {
            log.run("risk \(entry["vrs"]?.string ?? "?")") { try Self.special(entry, file, mode, &$0) }
        }
        for entry in try json.list("policy_loading") {
            log.run("loading \(entry["name"]?.string ?? "?")") { try Self.loading(entry, mode, &$0) }
        }
        for (index, entry) in try json.list("policy_integrity").enumerated() {
            log.run("integrity \(index)") { comparison in
                let hash = Hex.encode(Digest.sha256(Array(try entry.text("text").utf8)))
                comparison.equal("sha256", hash, try entry.text("sha256"))
                comparison.equal("ok", hash == (try entry.text("verify_hash")), entry["ok"]?.bool ?? false)
            }
        }
    }

    /// The policy of a case. Strict refuses the pattern that the reference skips; the cases run without it.
    static func policy(named name: String, _ file: VectorFile, _ mode: ConformanceMode) throws -> Policy {
        let stated = try file.document.stated("policies").stated(name)
        let fileName = try stated.text("file")
        var bytes = try file.sibling("policies/" + fileName)
        if mode == .strict, name == "balanced" {
            let text = String(decoding: bytes, as: UTF8.self)
            guard (try? Policy(parsing: bytes)) == nil, let skipped = text.firstRange(of: "\"(\", ") else {
                throw MissingStatement(path: "a pattern that does not compile")
            }
            bytes = Array((text[..<skipped.lowerBound] + text[skipped.upperBound...]).utf8)
        }
        return try Policy(
            parsing: bytes, format: fileName.hasSuffix(".json") ? .json : .yaml, reading: mode == .strict ? .strict : .compat)
    }

    /// The numbers of a policy's summary, its version and its hash.
    private static func parsed(
        _ stated: JSONValue, named name: String, _ file: VectorFile, _ mode: ConformanceMode, _ comparison: inout Comparison
    ) throws {
        let policy = try policy(named: name, file, mode)
        comparison.equal("version_id", "\(policy.name)@\(policy.version)", try stated.text("version_id"))
        let bytes = try file.sibling("policies/" + stated.text("file"))
        comparison.equal("content_hash", Hex.encode(Digest.sha256(bytes)), try stated.text("content_hash"))
        let notification = try stated.stated("parsed").stated("notification")
        comparison.equal("timeout_seconds", policy.approval.timeoutSeconds, try notification.number("timeout_seconds"))
        comparison.equal("on_timeout", policy.approval.onTimeout.rawValue, try notification.text("on_timeout"))
        comparison.equal(
            "require_justification", policy.approval.requireJustification, try notification.flag("require_justification"))
        comparison.equal("principals", policy.approval.principals, try notification.list("principals").compactMap(\.string))
        comparison.equal("channels", policy.approval.channels, try notification.list("channels").compactMap(\.string))
    }

    private static func compat(_ entry: JSONValue, _ policy: Policy, _ comparison: inout Comparison) throws {
        guard let rules = ReferenceRules(policy) else { throw MissingStatement(path: "policy") }
        let context = try entry.stated("context")
        let expected = try entry.stated("expected")
        let ages = try entry.list("recent_alert_ages_s").compactMap(\.integer)
        let question = ReferenceRules.Context(
            role: try context.text("role"), action: try context.text("action"), payload: try context.stated("payload"),
            risk: try context.real("vrs"), stability: try context.text("tsi_state"), target: context["target_domain"]?.string,
            alertAges: ages)
        let verdict = rules.evaluate(question)
        comparison.equal("outcome", verdict.effect.rawValue, try expected.text("outcome"))
        comparison.equal("rule", verdict.rule, try expected.text("rule"))
        comparison.equal("reason", verdict.reason, try expected.text("reason"))
        let stated = entry["simulate_triggered_rules"]?.array?.compactMap(\.string) ?? []
        comparison.equal("triggered rules", rules.simulate(question), stated)
        let isHeld = verdict.effect == .requireHuman
        comparison.equal("state", isHeld ? "PENDING" : "RESOLVED", try expected.text("state"))
        let timeout = isHeld ? JSONValue.integer(try context.number("timestamp") + policy.approval.timeoutSeconds) : .null
        comparison.equal("timeout_at", timeout, try expected.stated("timeout_at"))
        comparison.equal("blocking", verdict.effect >= .requireHuman, try expected.flag("blocking"))
        let after = ages.count { $0 < 3600 } + (verdict.effect >= .requireHuman ? 1 : 0)
        comparison.equal("alerts_within_hour_after", after, try expected.number("alerts_within_hour_after"))
        comparison.equal("policy_version", "\(policy.name)@\(policy.version)", try expected.text("policy_version"))
        let text = PythonText.json(question.payload)
        comparison.equal("payload_text", text, try expected.text("payload_text"))
        let hash = Hex.encode(Digest.sha256(Array(text.utf8)).prefix(8).map(\.self))
        comparison.equal("payload_hash", hash, try expected.text("payload_hash"))
    }

    private static func special(
        _ entry: JSONValue, _ file: VectorFile, _ mode: ConformanceMode, _ comparison: inout Comparison
    ) throws {
        let policy = try policy(named: "strict", file, mode)
        guard let number = Double(try entry.text("vrs").lowercased()) else { throw MissingStatement(path: "vrs") }
        switch mode {
        case .compat:
            let verdict = ReferenceRules(policy)?.evaluate(
                .init(role: "operator", action: "read_db", payload: [:], risk: number, stability: "STABLE"))
            comparison.equal("outcome", verdict?.effect.rawValue, try entry.text("reference_outcome"))
        case .strict:
            var facts = Facts(agent: "agent-1", time: 0)
            facts.authorized = true
            facts.role = "operator"
            facts.stability = .stable
            facts.risk = ExactDecimal(double: number)
            let verdict = policy.decide(try ActionRequest(action: "read_db", payload: [:]), facts)
            comparison.equal("outcome", verdict.effect, .block)
        }
    }

    private static func loading(_ entry: JSONValue, _ mode: ConformanceMode, _ comparison: inout Comparison) throws {
        let format: Policy.Format? = try ["yaml": .yaml, "json": .json][entry.text("format")]
        let bytes = Array(try entry.text("text").utf8)
        let policy = format.flatMap { try? Policy(parsing: bytes, format: $0, reading: mode == .strict ? .strict : .compat) }
        switch mode {
        case .compat: comparison.equal("loads", policy != nil, try entry.stated("reference").flag("ok"))
        case .strict:
            // `refuse…` and `accept or refuse` are refused; `accept…` alone is accepted.
            let recommended = try entry.text("recommended")
            let accepts = recommended.hasPrefix("accept") && !recommended.hasPrefix("accept or refuse")
            comparison.equal("loads", policy != nil, accepts)
        }
    }
}

extension JSONValue {
    /// A number of either kind as a double.
    func real(_ name: String) throws -> Double {
        switch try stated(name) {
        case .double(let number): return number
        case .integer(let number): return Double(number)
        default: throw MissingStatement(path: name)
        }
    }
}
