internal import ChanceryPatterns

/// Reads the TrustGate form: every key has its type, range and default, and none is ignored.
struct TrustGateReader {
    let text: PolicyText
    let reading: Reading

    func header(_ reader: inout NodeReader, _ findings: inout FindingLog) -> PolicyHeader {
        var header = PolicyHeader()
        if let node = reader.value("version") {
            // An unquoted version keeps the text it has: 1.10 stays 1.10.
            if node.text == nil || node.isNull || (node.boolean != nil && reading == .strict) {
                findings.error(.wrongType, "`version` must be a string or a number, found \(node.kind)", node.at)
            } else if let version = node.text {
                header.version = version
                if version.isEmpty || version.utf8.count > 64 {
                    findings.error(.tooLong, "`version` must have 1 to 64 bytes", node.at)
                }
            }
        }
        if let node = reader.value("name"), let name = node.readText("`name`", reading, limit: 128, &findings) {
            if name.isEmpty { findings.error(.value, "`name` is empty", node.at) }
            header.name = name
        }
        return header
    }

    func read(
        _ root: PolicyNode, _ findings: inout FindingLog
    ) -> (PolicyHeader, TrustGateTerms, ApprovalTerms)? {
        guard var reader = NodeReader(root, "the policy", reading, &findings) else { return nil }
        var terms = TrustGateTerms()
        var approval = ApprovalTerms()
        let header = header(&reader, &findings)
        _ = reader.text("profile", limit: 128, &findings)
        _ = reader.text("author", limit: 256, &findings)
        _ = reader.integer("created_at", in: 0...253_402_300_799, &findings)
        section("thresholds", &reader, &findings) { thresholds(&$0, &terms, &$1) }
        if let node = reader.value("roles") { roles(node, &terms, &findings) }
        section("escalation", &reader, &findings) { section, findings in
            terms.watchLimit = section.integer("max_watch_events", in: 1...100_000, &findings) ?? 3
            terms.restrictAfter = section.integer("auto_restrict_after", in: 1...100_000, &findings) ?? 5
            let minutes = section.integer("restrict_duration_minutes", in: 0...10_080, &findings) ?? 60
            terms.restrictSeconds = min(max(minutes, 0), 10_080) * 60
        }
        section("network", &reader, &findings) { section, findings in
            let domains = section.texts("allowed_domains", limit: TrustGateTerms.largestList, &findings) ?? []
            for (domain, at) in domains where reading == .strict && domain.utf8.contains(0x2a) {
                findings.warning(
                    .unreachable, "`\(domain.prefix(64))`: domains are compared exactly, `*` stands for itself", at)
            }
            terms.allowedDomains = Set(domains.map { Array($0.text.utf8) })
            terms.blocksExternal = section.flag("block_external", &findings) ?? true
            terms.logsExternal = section.flag("log_external_calls", &findings) ?? true
        }
        if let entries = reader.texts("dangerous_patterns", limit: TrustGateTerms.largestList, &findings), !entries.isEmpty,
            let (set, sources) = PatternSource.compile(entries, reading, &findings)
        {
            terms.patterns = set.count > 0 ? set : nil
            terms.patternSources = sources
        }
        section("notification", &reader, &findings) { approval = ApprovalTerms(&$0, text, &$1) }
        section("logging", &reader, &findings) { section, findings in
            let levels = LogLevel.allCases
            if let level: LogLevel = section.word("level", levels, &findings) {
                terms.logging.append(Obligation(.logLevel, level.rawValue))
            }
            if section.flag("log_payload", &findings) == true { terms.logging.append(Obligation(.logPayload)) }
        }
        reader.finish(&findings)
        return (header, terms, approval)
    }

    private enum LogLevel: String, CaseIterable { case debug, info, warning, error }

    private enum Action: String, CaseIterable {
        case allow = "ALLOW"
        case human = "REQUIRE_HUMAN"
        case block = "BLOCK"
        case restrict = "RESTRICTED"
    }

    /// Runs `body` on the section's keys and then refuses the others.
    private func section(
        _ name: String, _ reader: inout NodeReader, _ findings: inout FindingLog,
        _ body: (inout NodeReader, inout FindingLog) -> Void
    ) {
        guard let node = reader.value(name), var section = NodeReader(node, "`\(name)`", reading, &findings) else { return }
        body(&section, &findings)
        section.finish(&findings)
    }

    private func thresholds(_ section: inout NodeReader, _ terms: inout TrustGateTerms, _ findings: inout FindingLog) {
        let human = section.decimal("vrs_require_human", &findings)
        let block = section.decimal("vrs_block", &findings)
        let one = ExactDecimal(1)
        for (name, found) in [("vrs_require_human", human), ("vrs_block", block)] {
            if let found, !(found.value > .zero && found.value < one) {
                findings.error(.range, "`\(name)` must lie between 0 and 1, both excluded", found.at)
            }
        }
        terms.riskHuman = human?.value ?? terms.riskHuman
        terms.riskBlock = block?.value ?? terms.riskBlock
        if let at = human?.at ?? block?.at, terms.riskHuman >= terms.riskBlock {
            findings.error(.range, "`vrs_require_human` must be below `vrs_block`", at)
        }
        func effect(_ name: String, _ fallback: Effect, _ findings: inout FindingLog) -> Effect {
            section.word(name, Action.allCases, &findings).flatMap { Effect(rawValue: $0.rawValue) } ?? fallback
        }
        terms.unstableEffect = effect("tsi_unstable_action", terms.unstableEffect, &findings)
        terms.criticalEffect = effect("tsi_critical_action", terms.criticalEffect, &findings)
    }

    private func roles(_ node: PolicyNode, _ terms: inout TrustGateTerms, _ findings: inout FindingLog) {
        guard let entries = node.map else {
            findings.error(.wrongType, "`roles` must be a map, found \(node.kind)", node.at)
            return
        }
        guard entries.count <= TrustGateTerms.largestRoles else {
            findings.error(.tooLong, "more than \(TrustGateTerms.largestRoles) roles", node.at)
            return
        }
        for entry in entries {
            guard var role = NodeReader(entry.value, "role `\(entry.name.prefix(64))`", reading, &findings) else { continue }
            let allowed = role.texts("allowed_tools", limit: TrustGateTerms.largestList, &findings) ?? []
            let blocked = role.texts("blocked_tools", limit: TrustGateTerms.largestList, &findings) ?? []
            role.finish(&findings)
            terms.roles[Array(entry.name.utf8)] = TrustGateTerms.Role(
                allowed: GlobList(allowed, reading, &findings), blocked: GlobList(blocked, reading, &findings))
        }
    }
}

/// What every policy text begins with.
struct PolicyHeader: Sendable {
    var name = "unnamed"
    var version = "1.0"
}
