import ChanceryPolicy
import ChanceryWire
import Testing

struct TrustGateEvaluationTests {
    static let base = """
        name: base
        thresholds: {vrs_require_human: 0.4, vrs_block: 0.75}
        roles:
          operator: {allowed_tools: ["*"], blocked_tools: [shell, "*_admin", "db_?"]}
        escalation: {max_watch_events: 2, auto_restrict_after: 3, restrict_duration_minutes: 90}
        network: {allowed_domains: [api.example], block_external: true}
        dangerous_patterns: ['rm\\s+-rf']
        """

    @Test(arguments: [
        ("0.399999999", "ALLOW", "DEFAULT"), ("0.4", "REQUIRE_HUMAN", "VRS_HUMAN"), ("0.40", "REQUIRE_HUMAN", "VRS_HUMAN"),
        ("0.749999999999999999999", "REQUIRE_HUMAN", "VRS_HUMAN"), ("0.75", "BLOCK", "VRS_BLOCK"),
        ("0.7500001", "BLOCK", "VRS_BLOCK"),
        ("-1", "ALLOW", "DEFAULT"), ("1e3", "BLOCK", "VRS_BLOCK"),
    ])
    func `risk is compared exactly`(risk: String, effect: String, rule: String) throws {
        let verdict = try PolicyCase(Self.base).ask("read") { $0.risk = ExactDecimal(risk) }
        #expect([verdict.effect.rawValue, verdict.rule] == [effect, rule])
    }

    @Test func `what is not known never helps`() throws {
        let policy = try PolicyCase(Self.base)
        #expect(try policy.ask("read").effect == .allow)
        let changes: [(String, (inout Facts) -> Void)] = [
            ("NOT_AUTHORIZED", { $0.authorized = false }), ("FROZEN", { $0.frozen = true }),
            ("FACT_MISSING", { $0.risk = nil }),
            ("FACT_MISSING", { $0.stability = nil }), ("FACT_MISSING", { $0.role = nil }),
            ("FACT_MISSING", { $0.risk = ExactDecimal(double: .nan) }),
        ]
        for (rule, change) in changes {
            let verdict = try policy.ask("read") { change(&$0) }
            #expect([verdict.effect.rawValue, verdict.rule] == ["BLOCK", rule])
        }
        let all = try policy.ask("read") { facts in changes.forEach { $0.1(&facts) } }
        #expect(all.rules == ["NOT_AUTHORIZED", "FROZEN", "FACT_MISSING"])
    }

    @Test(arguments: [
        ("shell", false), ("user_admin", false), ("db_1", false), ("db_12", true), ("SHELL", true), ("admin", true),
    ])
    func `tool lists are globs`(action: String, allowed: Bool) throws {
        #expect((try PolicyCase(Self.base).ask(action).effect == .allow) == allowed)
    }

    @Test(
        arguments: [
            ["cmd": "rm -rf /"], ["cmd": "rm\t-rf /"], ["cmd": "rm\n-rf"], ["cmd": "rm\u{a0}-rf"], ["cmd": "RM  -RF"],
            ["rm -rf": 1],
            [["rm", "-rf", "/"]], ["cmd": "ｒｍ -rf"], ["cmd": "r\u{200b}m -rf"], ["a": ["b": ["rm -rf"]]],
            ["cmd": "rm%20-rf%20/"],
        ] as [JSONValue])
    func `no spelling hides a dangerous pattern`(payload: JSONValue) throws {
        let verdict = try PolicyCase(Self.base).ask("read", payload)
        #expect([verdict.effect.rawValue, verdict.rule] == ["BLOCK", "DANGEROUS_PATTERN"])
    }

    @Test func `the action's name is searched as well`() throws {
        #expect(try PolicyCase(Self.base).ask("rm -rf /").rule == "DANGEROUS_PATTERN")
    }

    @Test func `a full count of alerts restricts, and the restriction lasts`() throws {
        let policy = try PolicyCase(Self.base)
        func effect(_ ages: [Int64]) throws -> String {
            let verdict = try policy.ask("read") { facts in facts.alerts = ages.map { PolicyCase.now - $0 } }
            return verdict.rule
        }
        #expect(try effect([1, 1]) == "DEFAULT")
        #expect(try effect([1, 1, 1]) == "ESCALATION")
        #expect(try effect([3599, 1, 2000]) == "ESCALATION")
        // Three within an hour, the last of them 89 or 90 minutes ago.
        #expect(try effect([5399, 5400, 8998]) == "ESCALATION")
        #expect(try effect([5400, 5401, 8998]) == "DEFAULT")
        // Three that never fell within one hour.
        #expect(try effect([3600, 3601, 7200]) == "DEFAULT")
        #expect(try effect([-10, 3601, 3601]) == "DEFAULT")
        // Times ahead count as now, and the ends of the scale are harmless.
        #expect(try effect([-10, -11, 3599]) == "ESCALATION")
        #expect(
            try policy.ask("read") {
                $0.alerts = [.min, .max, .min]
                $0.time = .max
            }.effect >= .allow)
        #expect(try policy.ask("read") { $0.time = .min }.effect == .allow)
    }

    @Test func `watching has an end`() throws {
        let policy = try PolicyCase(Self.base)
        for (count, rule) in [(0, "TSI_WATCH"), (1, "TSI_WATCH"), (2, "WATCH_LIMIT"), (5, "WATCH_LIMIT")] {
            let verdict = try policy.ask("read") {
                $0.stability = .watch
                $0.watches = [Int64](repeating: PolicyCase.now - 3599, count: count)
            }
            #expect(verdict.rule == rule)
            #expect(verdict.effect == (count < 2 ? .allowWithLog : .restrict))
        }
        let calm = try policy.ask("read") { $0.watches = [Int64](repeating: PolicyCase.now, count: 9) }
        #expect(calm.effect == .allow)
    }

    @Test func `targets are among the allowed ones or external`() throws {
        let closed = try PolicyCase(Self.base)
        #expect(try closed.ask("get", target: "api.example").effect == .allow)
        #expect(try closed.ask("get", target: "").effect == .allow)
        for target in ["evil.test", "API.example", "x.api.example", "api.example:443"] {
            let verdict = try closed.ask("get", target: target)
            #expect([verdict.effect.rawValue, verdict.rule] == ["BLOCK", "DOMAIN"])
            #expect(verdict.obligations.isEmpty)
        }
        let open = try PolicyCase(Self.base.replacing("block_external: true", with: "block_external: false"))
        let call = try open.ask("get", target: "evil.test")
        #expect([call.effect.rawValue, call.rule] == ["ALLOW_WITH_LOG", "EXTERNAL_CALL"])
        #expect(call.obligations == [Obligation(.logExternalCall)])
        #expect(try open.ask("get", target: "api.example").obligations.isEmpty)
        let held = try open.ask("get", target: "evil.test") { $0.risk = ExactDecimal("0.5") }
        #expect(held.effect == .requireHuman)
        #expect(held.obligations == [Obligation(.logExternalCall)])
        let silent = try PolicyCase(
            Self.base.replacing("block_external: true", with: "block_external: false, log_external_calls: false"))
        #expect(try silent.ask("get", target: "evil.test").effect == .allow)
    }

    @Test func `a milder answer to instability hides no later rule`() throws {
        let lax = try PolicyCase(
            "roles: {operator: {allowed_tools: ['*']}}\nthresholds: {tsi_critical_action: ALLOW, tsi_unstable_action: RESTRICTED}"
        )
        let critical = try lax.ask("a", target: "evil.test") { $0.stability = .critical }
        #expect([critical.effect.rawValue, critical.rule] == ["BLOCK", "DOMAIN"])
        #expect(critical.rules == ["TSI_CRITICAL", "DOMAIN"])
        let alone = try lax.ask("a") { $0.stability = .critical }
        #expect([alone.effect.rawValue, alone.rule] == ["ALLOW", "TSI_CRITICAL"])
        #expect(try lax.ask("a") { $0.stability = .unstable }.effect == .restrict)
    }

    @Test func `logging becomes obligations`() throws {
        let policy = try PolicyCase("roles: {operator: {allowed_tools: ['*']}}\nlogging: {level: warning, log_payload: true}")
        #expect(try policy.ask("a").obligations == [Obligation(.logLevel, "warning"), Obligation(.logPayload)])
    }

    @Test func `the terms of an approval come from the notification section`() throws {
        let policy = try PolicyCase(
            "notification: {timeout_seconds: 90, on_timeout: ESCALATE, require_justification: true, channels: [ops], principals: [alice]}"
        )
        let terms = policy.policy.approval
        #expect(terms.timeoutSeconds == 90)
        #expect(terms.onTimeout == .escalate)
        #expect(terms.requireJustification)
        #expect(terms.channels == ["ops"])
        #expect(terms.principals == ["alice"])
    }
}
