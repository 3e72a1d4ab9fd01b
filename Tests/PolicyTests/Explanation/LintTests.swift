import ChanceryPolicy
import Testing

struct LintTests {
    @Test(arguments: [
        ("roles: {a: {allowed_tools: [x], blocked_tools: [x]}}", "policy.conflict", 29),
        ("roles: {a: {allowed_tools: [db_write], blocked_tools: ['*_write']}}", "policy.conflict", 29),
        ("roles: {a: {allowed_tools: [x], blocked_tools: ['*_write']}}", "policy.unreachable", 49),
        ("roles: {a: {allowed_tools: [x, '*']}}", "policy.shadowed", 29),
        ("roles: {a: {allowed_tools: [x, x]}}", "policy.shadowed", 32),
        ("roles: {a: {blocked_tools: [x]}}", "policy.unreachable", 9), ("name: x", "policy.unreachable", 1),
        ("roles: {a: {allowed_tools: [x]}}\ndangerous_patterns: ['a*']", "policy.open", 22),
        ("roles: {a: {allowed_tools: [x]}}\ndangerous_patterns: [a, a]", "policy.shadowed", 25),
        ("roles: {a: {allowed_tools: [x]}}\nnetwork: {allowed_domains: ['*.b']}", "policy.unreachable", 29),
        ("roles: {a: {allowed_tools: [x]}}\nthresholds: {tsi_critical_action: ALLOW}", "policy.open", 35),
    ])
    func `a TrustGate policy that says nothing or too much is remarked on`(text: String, code: String, column: Int) throws {
        let found = Policy.lint(Array(text.utf8), format: .yaml)
        #expect(found.map { "\($0.severity.rawValue) \($0.code) \($0.column)" } == ["warning \(code) \(column)"], "\(found)")
        _ = try Policy(parsing: Array(text.utf8))
    }

    @Test(arguments: [
        ("[]", ["policy.unreachable"]), ("[{id: f, effect: forbid, when: {action: x}}]", ["policy.unreachable"]),
        ("[{id: a, effect: allow, when: {}}]", ["policy.open"]),
        ("[{id: a, effect: allow, when: {risk: {gt: 0.5, lt: 0.5}}}]", ["policy.unreachable", "policy.unreachable"]),
        ("[{id: a, effect: allow, when: {role: x}}, {id: b, effect: allow, when: {role: x}}]", ["policy.shadowed"]),
        ("[{id: a, effect: allow, when: {role: x}}, {id: b, effect: forbid, when: {action: '*'}}]", ["policy.shadowed"]),
        ("[{id: a, effect: allow, when: {role: x}}, {id: b, effect: restrict, when: {role: y}}]", []),
    ])
    func `rules that never decide are remarked on`(rules: String, codes: [String]) {
        let text = "language: chancery/policy/v2\nrules: \(rules)"
        #expect(Policy.lint(Array(text.utf8), format: .yaml).map(\.code) == codes)
    }

    @Test func `lists that nobody names are remarked on`() {
        let text =
            "language: chancery/policy/v2\ntools: {x: [a]}\npatterns: {y: ['(']}\nrules: [{id: a, effect: allow, when: {role: x}}]"
        #expect(
            Policy.lint(Array(text.utf8), format: .yaml).map(\.code) == ["policy.unused", "policy.unused", "policy.pattern"])
    }
}
