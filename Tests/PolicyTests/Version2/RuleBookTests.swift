import ChanceryPolicy
import ChanceryWire
import Foundation
import Testing

struct RuleBookTests {
    private func book(_ rules: String) throws -> PolicyCase {
        try PolicyCase(
            "language: chancery/policy/v2\nname: t\ntools: {db: [\"*_db\"]}\npatterns: {bad: ['rm\\s+-rf']}\nrules:\n" + rules)
    }

    private func rule(_ id: String, _ effect: String, _ when: String, _ obligations: String = "") -> String {
        "  - {id: \(id), effect: \(effect), when: {\(when)}\(obligations.isEmpty ? "" : ", obligations: [\(obligations)]")}\n"
    }

    @Test func `nothing is allowed that no rule allows`() throws {
        let verdict = try book(rule("a", "allow", "action: read")).ask("write")
        #expect([verdict.effect.rawValue, verdict.rule] == ["BLOCK", "DEFAULT"])
    }

    @Test func `the strictest rule decides in any order`() throws {
        let rules = [
            rule("a", "allow", "action: '*'"), rule("r", "restrict", "action: 'w*'"),
            rule("h", "require_human", "action: 'wr*'"),
            rule("f", "forbid", "action: 'wri*'"),
        ]
        for offset in 0..<4 {
            let text = (rules[offset...] + rules[..<offset]).joined()
            for (action, effect, id) in [
                ("read", Effect.allow, "a"), ("wait", .restrict, "r"), ("wrap", .requireHuman, "h"), ("write", .block, "f"),
            ] {
                let verdict = try book(text).ask(action)
                #expect(verdict.effect == effect)
                #expect(verdict.rule == id)
            }
        }
    }

    @Test(arguments: [
        ("action: [a, 'r?ad']", true), ("action: r", false), ("tools: db", false), ("role: operator", true),
        ("role: [x, 'op*']", true),
        ("agent: 'did:*'", true), ("delegated_by: '*'", false), ("risk: {lt: 0.1}", true), ("risk: {gt: 0}", false),
        ("risk: {ge: 0, le: 0}", true), ("trust: {ge: 1.0}", true), ("alerts_last_hour: {lt: 1}", true),
        ("watches_last_hour: {ge: 1}", false), ("stability: [STABLE, WATCH]", true), ("stability: CRITICAL", false),
        ("labels: [x]", true), ("labels: {any: [y]}", false), ("labels: {all: [x]}", true), ("labels: {none: [x]}", false),
        ("target: ['*.example']", true), ("target: api.example", true), ("target: 'api.example:80'", false),
        ("target: {not_in: ['*.example']}", false), ("target: {exists: true}", true), ("target: {exists: false}", false),
        ("hour_utc: 12-13", true), ("hour_utc: ['00-12', '13-24']", false), ("hour_utc: 22-13", true),
        ("payload.amount: {gt: 99.99}", true), ("payload.amount: {gt: 100}", false), ("payload.amount: 100", true),
        ("payload.amount: {in: [1, 100.0]}", true), ("payload.to.name: Bob", true), ("payload.to.name: {glob: 'B*'}", true),
        ("payload.list.1: two", true), ("payload.to.name: {exists: false}", false), ("payload.none: {exists: false}", true),
        ("payload.to.name: {pattern: '^b.b$'}", true), ("payload.a\\.b: true", true), ("payload.null: null", true),
        ("pattern: two", true), ("patterns: bad", false), ("any: [{action: x}, {role: operator}]", true),
        ("all: [{action: x}, {role: operator}]", false), ("not: {action: x}", true), ("action: read, role: x", false),
    ])
    func `a predicate holds or does not`(when: String, holds: Bool) throws {
        let payload: JSONValue = [
            "amount": 100, "to": ["name": "Bob"], "list": ["one", "two"], "a.b": true, "null": nil,
        ]
        let verdict = try book(rule("a", "allow", when)).ask("read", payload, target: "API.example:443") { $0.labels = ["x"] }
        #expect(verdict.effect == (holds ? .allow : .block), "\(verdict)")
        // The same where it restricts: the payload has all that is asked for.
        let forbid = try book(rule("o", "allow", "") + rule("f", "forbid", when))
        #expect(
            try forbid.ask("read", payload, target: "API.example:443") { $0.labels = ["x"] }.effect == (holds ? .block : .allow)
        )
    }

    @Test(arguments: [
        "payload.amount: {gt: 1000}", "payload.amount: 5", "payload.amount: {in: [5]}", "payload.amount: {glob: '*'}",
        "payload.amount: {pattern: x}", "not: {payload.amount: {gt: 1000}}", "any: [{action: x}, {payload.amount: {lt: 5}}]",
        "trust: {lt: 0.5}", "not: {collusion: {ge: 0.5}}",
    ])
    func `what cannot be told never helps`(when: String) throws {
        for payload: JSONValue in [[:], ["amount": ["nested"]], ["amount": nil]] {
            func ask(_ rules: String) throws -> Verdict {
                try book(rules).ask("read", payload) {
                    $0.trust = nil
                    $0.collusion = nil
                }
            }
            let open = rule("open", "allow", "")
            #expect(try ask(rule("r", "allow", when)).effect == .block)
            #expect(try ask(open + rule("r", "forbid", when)).rule == "r")
            #expect(try ask(open + rule("r", "require_human", when)).effect == .requireHuman)
            #expect(try ask(open + rule("r", "restrict", when)).effect == .restrict)
            // In doubt it restricts, but it opens nothing.
            #expect(try ask(rule("r", "require_human", when)).rule == "DEFAULT")
        }
    }

    @Test func `a number in a string is not below a limit`() throws {
        let policy = try book(rule("o", "allow", "") + rule("f", "forbid", "payload.amount: {gt: 1000}"))
        #expect(try policy.ask("pay", ["amount": 999]).effect == .allow)
        #expect(try policy.ask("pay", ["amount": "5000"]).effect == .block)
        #expect(try policy.ask("pay", ["amount": .bigInteger("99999999999999999999999")]).effect == .block)
        #expect(try policy.ask("pay", ["amount": .bigInteger(String(repeating: "9", count: 60))]).effect == .block)
    }

    @Test func `to allow, a pattern must stand in the raw payload; to forbid, in any reading of it`() throws {
        let hidden: JSONValue = ["cmd": "rm\t-rf"]
        let plain: JSONValue = ["cmd": "rm -rf"]
        let allows = try book(rule("a", "allow", "patterns: bad"))
        #expect(try allows.ask("x", plain).effect == .allow)
        #expect(try allows.ask("x", hidden).effect == .block)
        let forbids = try book(rule("o", "allow", "") + rule("f", "forbid", "patterns: bad"))
        #expect(try forbids.ask("x", hidden).effect == .block)
        // Below a `not` it is the other way round.
        let unless = try book(rule("a", "allow", "not: {patterns: bad}"))
        #expect(try unless.ask("x", hidden).effect == .block)
        let except = try book(rule("o", "allow", "") + rule("f", "forbid", "not: {patterns: bad}"))
        #expect(try except.ask("x", hidden).effect == .block)
        #expect(try except.ask("x", plain).effect == .allow)
        let field = try book(rule("o", "allow", "") + rule("f", "forbid", "payload.cmd: {pattern: 'rm -rf'}"))
        #expect(try field.ask("x", hidden).effect == .block)
        #expect(try field.ask("x", ["cmd": "ls"]).effect == .allow)
    }

    @Test func `obligations are those of the rules that spoke`() throws {
        let text =
            rule("a", "allow", "", "log, {notify: ops}") + rule("r", "restrict", "action: w", "log_payload, log")
            + rule("f", "forbid", "action: x", "{notify: security}")
        let allowed = try book(text).ask("r")
        #expect(allowed.effect == .allowWithLog)
        #expect(allowed.obligations == [Obligation(.log), Obligation(.notify, "ops")])
        #expect(try book(text).ask("w").obligations == [Obligation(.log), Obligation(.notify, "ops"), Obligation(.logPayload)])
        #expect(try book(text).ask("x").obligations == [Obligation(.notify, "security")])
    }

    @Test func `the guards come before any rule`() throws {
        let policy = try book(rule("a", "allow", ""))
        #expect(try policy.ask("x") { $0.frozen = true }.rule == "FROZEN")
        #expect(try policy.ask("x") { $0.authorized = false }.rule == "NOT_AUTHORIZED")
        #expect(try policy.ask("x") { $0.risk = nil }.rule == "FACT_MISSING")
    }

    @Test(arguments: [
        ("{id: a, effect: allow, when: {actoin: x}}", "policy.unknown_key"),
        ("{id: a, effect: permit, when: {}}", "policy.value"),
        ("{id: A, effect: allow, when: {}}", "policy.value"), ("{id: a, effect: allow}", "policy.missing_key"),
        ("{effect: allow, when: {}}", "policy.missing_key"), ("{id: a, effect: allow, when: {risk: 0.5}}", "policy.wrong_type"),
        ("{id: a, effect: allow, when: {risk: {}}}", "policy.missing_key"),
        ("{id: a, effect: allow, when: {risk: {gt: x}}}", "policy.wrong_type"),
        ("{id: a, effect: allow, when: {risk: {above: 1}}}", "policy.unknown_key"),
        ("{id: a, effect: allow, when: {stability: GOOD}}", "policy.value"),
        ("{id: a, effect: allow, when: {hour_utc: 8-25}}", "policy.value"),
        ("{id: a, effect: allow, when: {hour_utc: 8-8}}", "policy.value"),
        ("{id: a, effect: allow, when: {tools: none}}", "policy.value"),
        ("{id: a, effect: allow, when: {pattern: '('}}", "policy.pattern"),
        ("{id: a, effect: allow, when: {payload.: 1}}", "policy.value"),
        ("{id: a, effect: allow, when: {payload.a: {}}}", "policy.missing_key"),
        ("{id: a, effect: allow, when: {any: []}}", "policy.wrong_type"),
        ("{id: a, effect: allow, when: {target: {in: [a], exists: true}}}", "policy.value"),
        ("{id: a, effect: allow, when: {}, obligations: [dance]}", "policy.value"),
        ("{id: a, effect: allow, when: {}, obligations: [notify]}", "policy.value"),
        ("{id: a, effect: allow, when: {action: 5}}", "policy.wrong_type"),
        ("{id: a, effect: allow, when: {}, colour: red}", "policy.unknown_key"),
        ("{id: a, effect: allow, when: {not: {not: {not: {not: {not: {not: {not: {not: {not: {}}}}}}}}}}}", "policy.too_deep"),
    ])
    func `a rule that makes no sense does not load`(rule: String, code: String) {
        let error = #expect(throws: PolicyError.self) { try book("  - " + rule) }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    @Test func `the example of the specification loads and answers`() throws {
        let page = URL(filePath: #filePath).resolvingSymlinksInPath().appending(path: "../../../../docs/spec/policy.md")
            .standardized
        let text = try String(contentsOf: page, encoding: .utf8)
        let example = try #require(text.split(separator: "```yaml\n").last?.split(separator: "```").first)
        let policy = try PolicyCase(String(example))
        #expect(Policy.lint(Array(example.utf8), format: .yaml).isEmpty)
        #expect(try policy.ask("pay", ["amount": 1000]).effect == .allow)
        #expect(try policy.ask("pay", ["amount": .double(1000.5)]).rule == "large-payments")
        #expect(try policy.ask("pay").effect == .requireHuman)
        #expect(try policy.ask("delete_user").rule == "no-destruction")
    }

    @Test func `limits hold`() throws {
        let many = (0...1000).map { rule("r\($0)", "allow", "") }.joined()
        #expect(throws: PolicyError.self) { try book(many) }
        #expect(try book((0..<1000).map { rule("r\($0)", "allow", "") }.joined()).ask("x").rules.count == 1000)
        #expect(throws: PolicyError.self) { try book(rule("a", "allow", "") + rule("a", "forbid", "")) }
    }
}
