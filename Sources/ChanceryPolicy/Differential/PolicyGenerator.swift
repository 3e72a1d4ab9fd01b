internal import ChanceryWire

/// Makes random policies, requests and facts from small vocabularies, so that rules meet often and at their borders.
struct PolicyGenerator {
    private var random: SplitMix

    init(seed: UInt64) { random = SplitMix(seed: seed) }

    private static let tools = ["read_db", "write_db", "shell", "http_get", "pay", "delete_user", "écrire"]
    private static let globs = tools + ["*", "*_db", "http_?et", "d*r", "??ay", "\\*", "*e*", "r*d*b"]
    private static let roles = ["operator", "read_only", "trusted", "rôle"]
    private static let agents = ["did:a", "did:b", "did:boss"]
    private static let domains = ["api.example", "db.example:5432", "evil.test", "a.b.example", "API.example"]
    private static let patterns = ["rm\\s+-rf", "drop\\s+table", "^\\{", "passwd", "a.c$", "[0-9]{3}", "pay"]
    private static let words = [
        "rm -rf /", "RM\t-rf", "drop table x", "/etc/passwd", "abc", "123", "EUR", "hello", "cm0gLXJmIC8gIyBhYmM=",
    ]
    private static let numbers = [
        "0.1", "0.4", "0.399999999", "0.5", "0.6", "0.7", "0.70", "0.7000001", "0.85", "1e-1", "0.999",
    ]
    private static let labels = ["untrusted", "external", "pii"]
    private static let now: Int64 = 1_800_000_000

    mutating func policy() -> String { random.chance(45) ? trustGate() : version2() }

    // Flow style keeps the generator short; what YAML looks like is the business of other tests.

    private func quoted(_ text: String) -> String { "\"" + text.replacing("\\", with: "\\\\") + "\"" }
    private func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

    private mutating func trustGate() -> String {
        var lines = ["name: generated"]
        if random.chance(80) {
            let human = random.pick(["0.4", "0.5", "0.60", "0.399999999"])
            let block = random.pick(["0.7", "0.85", "0.7000001", "0.999"])
            var parts = ["vrs_require_human: \(human)", "vrs_block: \(block)"]
            for name in ["tsi_unstable_action", "tsi_critical_action"] where random.chance(60) {
                parts.append("\(name): \(random.pick(["ALLOW", "REQUIRE_HUMAN", "BLOCK", "RESTRICTED"]))")
            }
            lines.append("thresholds: {\(parts.joined(separator: ", "))}")
        }
        var roles: [String] = []
        for role in Self.roles where random.chance(75) {
            var parts: [String] = []
            if random.chance(95) { parts.append("allowed_tools: \(list(random.some(Self.globs, atMost: 6) + ["*_db"]))") }
            if random.chance(60) { parts.append("blocked_tools: \(list(random.some(Self.globs, atMost: 2)))") }
            roles.append("\(role): {\(parts.joined(separator: ", "))}")
        }
        lines.append("roles: {\(roles.joined(separator: ", "))}")
        if random.chance(60) {
            lines.append(
                "escalation: {max_watch_events: \(1 + random.below(3)), auto_restrict_after: \(1 + random.below(4)), "
                    + "restrict_duration_minutes: \(random.pick([0, 10, 60, 90, 240]))}")
        }
        if random.chance(70) {
            lines.append(
                "network: {allowed_domains: \(list(random.some(Self.domains, atMost: 3))), block_external: \(random.chance(40)), "
                    + "log_external_calls: \(random.chance(60))}")
        }
        if random.chance(60) { lines.append("dangerous_patterns: \(list(random.some(Self.patterns, atMost: 2)))") }
        if random.chance(30) {
            lines.append("logging: {level: \(random.pick(["debug", "error"])), log_payload: \(random.chance(50))}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func version2() -> String {
        var lines = ["language: chancery/policy/v2", "name: generated"]
        lines.append("tools: {some: \(list(["shell"] + random.some(Self.globs, atMost: 2))), db: [\"*_db\"]}")
        lines.append("patterns: {bad: \(list(["passwd"] + random.some(Self.patterns, atMost: 2)))}")
        lines.append("rules:")
        let effects = ["allow", "allow", "allow", "forbid", "require_human", "restrict"]
        for index in 0..<(1 + random.below(7)) {
            var rule = "{id: r\(index), effect: \(random.pick(effects)), when: \(when(depth: 0))"
            if random.chance(30) {
                let owed = random.some(["log", "log_payload", "justify", "{notify: ops}"], atMost: 2)
                rule += ", obligations: [\(owed.joined(separator: ", "))]"
            }
            lines.append("  - \(rule)}")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private mutating func when(depth: Int) -> String {
        var parts: [String] = []
        var used: Set<String> = []
        for _ in 0..<(random.chance(5) ? 0 : 1 + random.below(3)) {
            let (name, value) = predicate(depth: depth)
            if used.insert(name).inserted { parts.append("\"\(name)\": \(value)") }
        }
        return "{\(parts.joined(separator: ", "))}"
    }

    private mutating func predicate(depth: Int) -> (String, String) {
        switch random.below(depth < 3 ? 21 : 18) {
        case 0, 1, 2: return ("action", list([random.pick(Self.globs)] + random.some(Self.globs, atMost: 2)))
        case 3: return ("tools", random.pick(["some", "db", "[some, db]"]))
        case 4: return ("role", list([random.pick(Self.roles + ["r*"])]))
        case 5: return ("agent", quoted(random.pick(Self.agents + ["did:*"])))
        case 6: return ("delegated_by", quoted(random.pick(Self.agents + ["*"])))
        case 7:
            let globs = list([random.pick(Self.domains + ["*.example", "*", "EVIL.*"])])
            return (
                "target", random.pick([globs, "{in: \(globs)}", "{not_in: \(globs)}", "{exists: true}", "{exists: false}"])
            )
        case 8, 9:
            return (random.pick(["risk", "trust", "collusion"]), bounds())
        case 10: return (random.pick(["alerts_last_hour", "watches_last_hour"]), "{ge: \(random.below(3))}")
        case 11: return ("stability", random.pick(["STABLE", "[WATCH, UNSTABLE]", "[CRITICAL]"]))
        case 12:
            let some = list([random.pick(Self.labels)])
            return ("labels", random.pick([some, "{any: \(some)}", "{all: \(some)}", "{none: \(some)}"]))
        case 13: return ("pattern", list([random.pick(Self.patterns)]))
        case 14: return ("patterns", "bad")
        case 15: return ("hour_utc", random.pick(["\"08-18\"", "[\"22-6\"]", "\"0-24\"", "[\"1-3\", \"20-21\"]"]))
        case 16, 17: return ("payload." + random.pick(["amount", "cmd", "a.b", "list.0", "none"]), payloadTest())
        case 18: return ("not", when(depth: depth + 1))
        default:
            let inner = (0..<(1 + random.below(2))).map { _ in when(depth: depth + 1) }
            return (random.pick(["any", "all"]), "[\(inner.joined(separator: ", "))]")
        }
    }

    private mutating func bounds() -> String {
        let lower = random.chance(70) ? ["\(random.pick(["gt", "ge"])): \(random.pick(Self.numbers))"] : []
        let upper = lower.isEmpty || random.chance(40) ? ["\(random.pick(["lt", "le"])): \(random.pick(Self.numbers))"] : []
        return "{\((lower + upper).joined(separator: ", "))}"
    }

    private mutating func payloadTest() -> String {
        switch random.below(8) {
        case 0: "{exists: \(random.chance(50))}"
        case 1: random.pick(["EUR", "null", "true", "100", "\"100\""])
        case 2: "{equals: \(random.pick(["EUR", "100", "0.10", "false"]))}"
        case 3: "{in: [EUR, 100, null]}"
        case 4: "{gt: \(random.pick(["99.99", "100", "1e2"]))}"
        case 5: "{exists: true, le: 100}"
        case 6: "{glob: \(quoted(random.pick(["*rf*", "E?R", "*"])))}"
        default: "{pattern: \(quoted(random.pick(Self.patterns)))}"
        }
    }

    mutating func request() -> ActionRequest? {
        var payload = JSONObject()
        if random.chance(70) {
            payload["amount"] = random.pick([
                100, 99, .double(100.0), .double(99.99), "100", .bigInteger("123456789012345678901234567890"), .null,
            ])
        }
        if random.chance(60) { payload["cmd"] = .string(random.pick(Self.words)) }
        if random.chance(30) { payload["a"] = random.pick([["b": "EUR"], ["b": 100], "EUR", ["b": true]]) }
        if random.chance(30) { payload["list"] = random.pick([["rm", "-rf"], [], [100], ["EUR", "x"]]) }
        let target = random.chance(50) ? random.pick(Self.domains + ["evil.test:443"]) : nil
        return try? ActionRequest(action: random.pick(Self.tools), payload: .object(payload), target: target)
    }

    mutating func facts() -> Facts {
        var facts = Facts(agent: random.pick(Self.agents), time: Self.now + Int64(random.below(86_400)))
        facts.authorized = !random.chance(3)
        facts.frozen = random.chance(2)
        facts.role = random.chance(98) ? random.pick(Self.roles) : nil
        facts.risk = random.chance(98) ? ExactDecimal(random.pick(Self.numbers)) : nil
        facts.stability = random.chance(98) ? random.pick([.stable, .stable] + Stability.allCases) : nil
        facts.trust = random.chance(80) ? ExactDecimal(random.pick(Self.numbers)) : nil
        facts.collusion = random.chance(80) ? ExactDecimal(random.pick(Self.numbers)) : nil
        facts.delegatedBy = random.chance(40) ? random.pick(Self.agents) : nil
        facts.labels = Set(random.some(Self.labels, atMost: 2))
        let ages: [Int64] = [0, 1, 599, 600, 3599, 3600, 3601, 5400, 7199, 14_399, -5]
        facts.alerts = random.chance(60) ? random.some(ages, atMost: 5).map { facts.time - $0 } : []
        facts.watches = random.chance(40) ? random.some(ages, atMost: 4).map { facts.time - $0 } : []
        return facts
    }
}
