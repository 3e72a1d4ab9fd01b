import ChanceryPolicy
import Testing

struct PolicyTestFileTests {
    static let text = """
        cases:
          - name: nobody drops tables
            action: read_db
            payload: {q: "drop  table users"}
            facts: {role: operator}
            expect: BLOCK
            rule: DANGEROUS_PATTERN
          - action: read_db
            facts: {role: operator, risk: 0.1, alert_ages: [1, 2, 3]}
            expect: RESTRICTED
          - action: read_db
            facts: {role: operator, risk: null}
            expect: ALLOW
          - action: http_get
            target: evil.test
            facts: {role: operator, stability: WATCH, labels: [x], authorized: true}
            expect: BLOCK
            rule: ROLE
        """

    @Test func `cases pass or say what differs`() throws {
        let file = try PolicyTestFile(parsing: Array(Self.text.utf8))
        let outcomes = file.run(try #require(Policy.profile(named: "anssi_strict")))
        #expect(outcomes.map(\.passed) == [true, true, false, false])
        #expect(outcomes.map(\.line) == [2, 8, 11, 14])
        #expect(outcomes[0].name == "nobody drops tables")
        #expect(outcomes[2].detail == "expected ALLOW; found BLOCK FACT_MISSING: not known: risk")
        #expect(outcomes[3].detail.hasPrefix("expected the rule ROLE; found BLOCK DOMAIN"))
    }

    @Test(arguments: [
        ("cases: x", "policy.wrong_type"), ("{}", "policy.missing_key"), ("cases: [{action: a}]", "policy.missing_key"),
        ("cases: [{action: a, expect: MAYBE}]", "policy.value"),
        ("cases: [{action: a, expect: ALLOW, fact: {}}]", "policy.unknown_key"),
        ("cases: [{action: a, expect: ALLOW, facts: {rsk: 1}}]", "policy.unknown_key"),
        ("cases: [{action: a, expect: ALLOW, facts: {alert_ages: [-1]}}]", "policy.range"),
    ])
    func `a file that makes no sense is refused`(text: String, code: String) {
        let error = #expect(throws: PolicyError.self) { try PolicyTestFile(parsing: Array(text.utf8)) }
        #expect(error?.code == code)
    }
}
