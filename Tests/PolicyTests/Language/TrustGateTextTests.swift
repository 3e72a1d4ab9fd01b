import ChanceryPolicy
import Testing

struct TrustGateTextTests {
    static func findings(_ text: String, _ format: Policy.Format = .yaml) -> [PolicyFinding] {
        Policy.lint(Array(text.utf8), format: format)
    }

    @Test(arguments: [
        ("thresholds: {vrs_blok: 0.1}", "policy.unknown_key", 1, 14),
        ("name: x\nnetwork:\n  block_external: \"yes\"\n", "policy.wrong_type", 3, 19),
        ("name: x\nnetwork:\n  block_external: yes\n", "policy.wrong_type", 3, 19),
        ("thresholds: {vrs_block: .nan}", "policy.wrong_type", 1, 25),
        ("thresholds: {vrs_block: \"0.9\"}", "policy.wrong_type", 1, 25),
        ("thresholds: {vrs_block: 1.0}", "policy.range", 1, 25),
        ("thresholds: {vrs_require_human: 0.9}", "policy.range", 1, 33),
        ("escalation: {auto_restrict_after: 0}", "policy.range", 1, 35),
        ("escalation: {auto_restrict_after: 1.5}", "policy.wrong_type", 1, 35),
        ("notification: {timeout_seconds: 9999999}", "policy.range", 1, 33),
        ("notification: {on_timeout: reject}", "policy.value", 1, 28),
        ("name: x\nname: y", "policy.duplicate_key", 1, 1),
        ("roles: {a: {}, \"a\": {}}", "policy.duplicate_key", 1, 9),
        ("roles: &r {a: {}}", "policy.yaml_feature", 1, 8),
        ("roles: {a: *x}", "policy.yaml_feature", 1, 12),
        ("roles: {a: {blocked_tools: [*_write]}}", "policy.yaml_feature", 1, 29),
        ("name: !!str x", "policy.yaml_feature", 1, 7),
        ("roles: !!map\n  a: {}", "policy.yaml_feature", 1, 8),
        ("!!str name: x", "policy.yaml_feature", 1, 1),
        ("--- !t\nname: x", "policy.yaml_feature", 1, 5),
        ("roles: {a: {allowed_tools: !s [x]}}", "policy.yaml_feature", 1, 28),
        ("*x : y", "policy.yaml_feature", 1, 1),
        ("roles:\n  a: {}\n  <<: {}", "policy.yaml_feature", 3, 3),
        ("name: x\n---\nname: y", "policy.yaml_feature", 2, 1),
        ("name: x\u{2028}version: 2", "policy.encoding", 1, 8),
        ("name: \"a\tb\u{7f}\"", "policy.encoding", 1, 11),
        ("? [a]\n: b", "policy.wrong_type", 1, 3),
        ("roles: {a: {allowed_tools: [on]}}", "policy.wrong_type", 1, 29),
        ("dangerous_patterns: ['ok', '(']", "policy.pattern", 1, 28),
        ("dangerous_patterns: ['(?=a)b']", "policy.pattern", 1, 22),
        ("dangerous_patterns: ['(a)\\1']", "policy.pattern", 1, 22),
        ("roles: {a: {allowed_tools: ['a\\']}}", "policy.glob", 1, 29),
        ("network: null", "policy.wrong_type", 1, 10),
        ("- a", "policy.wrong_type", 1, 1),
        ("", "policy.syntax", 1, 1),
        ("a: [1,", "policy.syntax", 2, 1),
        ("logging: {colour: red}", "policy.unknown_key", 1, 11),
    ])
    func `a mistake is an error where it stands`(text: String, code: String, line: Int, column: Int) {
        let found = Self.findings(text)
        #expect(
            found.first.map { "\($0.severity) \($0.code) \($0.line):\($0.column)" } == "error \(code) \(line):\(column)",
            "\(found)")
        let error = #expect(throws: PolicyError.self) { try Policy(parsing: Array(text.utf8)) }
        #expect(error?.code == code)
    }

    @Test(arguments: [
        ("{\"name\": \"x\", \"name\": \"y\"}", "policy.duplicate_key"), ("{", "policy.syntax"), ("{} {}", "policy.syntax"),
        ("{\"thresholds\": {\"vrs_block\": \"0.9\"}}", "policy.wrong_type"), ("{\"name\": 1}", "policy.wrong_type"),
        (String(repeating: "[", count: 40), "policy.too_deep"), ("{\"nom\": 1}", "policy.unknown_key"),
    ])
    func `JSON is held to the same rules`(text: String, code: String) {
        #expect(Self.findings(text, .json).first?.code == code)
    }

    @Test func `a version keeps the text it has`() throws {
        for (text, version) in [
            ("version: 1.10", "1.10"), ("version: '1.10'", "1.10"), ("{}", "1.0"), ("version: 2026-01-01", "2026-01-01"),
        ] {
            #expect(try Policy(parsing: Array(text.utf8)).version == version)
        }
        #expect(try Policy(parsing: Array(#"{"version": 1.50}"#.utf8), format: .json).version == "1.50")
    }

    @Test func `texts that blow up elsewhere are refused quickly`() {
        var bomb = "a0: &a0 [x]\n"
        for level in 1..<40 { bomb += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        #expect(Self.findings(bomb).contains { $0.code == "policy.yaml_feature" })
        var keys = "? &a [x]\n: 1\n"
        for _ in 1..<40 { keys += "? &a [*a, *a]\n: 1\n" }
        #expect(Self.findings(keys).contains { $0.severity == .error })
        for unit in ["[", "{a: ", "- ", "? ", "a:\n "] {
            let deep = String(repeating: unit, count: PolicyTextLimit.bytes / unit.utf8.count)
            #expect(Self.findings(deep).contains { $0.severity == .error }, "\(unit)")
        }
        #expect(Self.findings(String(repeating: "#", count: PolicyTextLimit.bytes + 1)).first?.code == "policy.too_long")
    }

    @Test func `every prefix of a policy loads or is refused`() throws {
        let text = try PolicyVectors.bytes("policies/strict.yaml")
        var loaded = 0
        for length in stride(from: 0, through: text.count, by: 3) {
            if (try? Policy(parsing: Array(text[..<length]))) != nil { loaded += 1 }
        }
        #expect(loaded > 3)
    }

    enum PolicyTextLimit { static let bytes = 256 << 10 }
}
