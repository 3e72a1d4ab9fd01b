import ChanceryPolicy
import ChanceryWire
import Testing

struct ExplanationTests {
    @Test func `every rule is named with the fact it looked at`() throws {
        let policy = try #require(Policy.profile(named: "anssi_strict"))
        var facts = Facts(agent: "a", time: 1_800_000_000)
        facts.authorized = true
        facts.role = "operator"
        facts.risk = ExactDecimal("0.45")
        facts.stability = .stable
        let explanation = policy.explain(try ActionRequest(action: "read_db", payload: [:]), facts)
        #expect(explanation.verdict.effect == .requireHuman)
        #expect(explanation.steps.map(\.rule) == TrustGateRule.allCases.map(\.rawValue))
        #expect(explanation.steps.filter { $0.standing == .applied }.map(\.rule) == ["VRS_HUMAN"])
        #expect(explanation.lines.contains("VRS_HUMAN applies (REQUIRE_HUMAN): risk 0.45, vrs_require_human 0.4"))
        #expect(explanation.lines.last == "REQUIRE_HUMAN by VRS_HUMAN: risk 0.45 reaches vrs_require_human 0.4")
    }

    @Test func `rules of version 2 say what decided them`() throws {
        let policy = try PolicyCase(
            """
            language: chancery/policy/v2
            rules:
              - {id: open, effect: allow, when: {role: operator}}
              - {id: big, effect: require_human, when: {action: pay, payload.amount: {gt: 1000}}}
              - {id: night, effect: forbid, when: {not: {hour_utc: 06-22}}}
            """)
        let request = try ActionRequest(action: "pay", payload: ["sum": 5])
        let explanation = policy.policy.explain(request, policy.facts)
        #expect(
            explanation.lines.suffix(4) == [
                "open applies (ALLOW): role `operator` is among [`operator`]",
                "big applies in doubt (REQUIRE_HUMAN): payload.amount missing: the test cannot be told",
                "night silent (BLOCK): the hour 12 (UTC) is in the range",
                "REQUIRE_HUMAN by big: rule `big` asks for a person, as far as can be told",
            ])
        #expect(explanation.json()["steps"]?.array?.count == 6)
    }

    @Test func `what applied is what the verdict lists`() {
        // The traced evaluation and the plain one are two paths; they agree on random input.
        #expect(PolicyDifferential.explanations(seed: 7, cases: 2000).isEmpty)
    }
}
