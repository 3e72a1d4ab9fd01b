import ChanceryPolicy
import ChanceryWire
import Testing

struct ProfileTests {
    @Test(arguments: Policy.profileNames)
    func `a profile has the values of the reference's, and nothing to remark on but what is meant`(name: String) throws {
        let text = try #require(Policy.profileText(named: name))
        let ours = try #require(Policy.profile(named: name))
        let theirs = try Policy(parsing: PolicyVectors.bytes("policies/like_\(name).yaml"))
        #expect(ours.name == name)
        #expect(ours.version == theirs.version)
        #expect(ours.approval == theirs.approval)
        #expect(Policy.lint(Array(text.utf8), format: .yaml).isEmpty)
        // Same answers everywhere near a border.
        for action in ["read_db", "shell", "http_get", "list_files", "financial_transfer", "delete_user"] {
            for role in ["read_only", "operator", "trusted", "other"] {
                for risk in ["0.1", "0.399", "0.4", "0.5", "0.6", "0.7", "0.8", "0.85"] {
                    for (target, query) in [
                        (nil, "DELETE FROM t"), ("example.org", "__import__"), (nil, "os.system"), (nil, "a"),
                    ] {
                        let request = try ActionRequest(action: action, payload: ["q": .string(query)], target: target)
                        for stability in Stability.allCases {
                            var facts = Facts(agent: "a", time: 1_780_000_000)
                            facts.authorized = true
                            facts.role = role
                            facts.risk = ExactDecimal(risk)
                            facts.stability = stability
                            facts.alerts = risk == "0.1" ? [Int64](repeating: 1_779_999_000, count: 5) : []
                            #expect(ours.decide(request, facts) == theirs.decide(request, facts))
                        }
                    }
                }
            }
        }
    }

    @Test func `the policy of the seed loads after its one mend`() throws {
        let text = Array(SeedPolicy.text.utf8)
        let error = #expect(throws: PolicyError.self) { try Policy(parsing: text) }
        #expect(error?.findings.count == 1)
        #expect(error?.findings.first?.fix?.replacement == "REJECT")
        let mended = Policy.fixing(text)
        #expect(String(decoding: mended, as: UTF8.self) == SeedPolicy.text.replacing("\"DENY\"", with: "\"REJECT\""))
        #expect(try Policy(parsing: mended).approval.onTimeout == .reject)
        #expect(Policy.fixing(mended) == mended)
    }
}

/// The example of PiQrypt's documentation, as it is printed there.
enum SeedPolicy {
    static let text = #"""
        version: "1.0"
        name: "my_policy"
        thresholds:
          vrs_require_human: 0.60
          vrs_block: 0.85
          tsi_critical_action: "BLOCK"
        roles:
          operator:
            allowed_tools: [read_db, write_db, http_get, http_post]
            blocked_tools: [shell, admin, delete]
          read_only:
            allowed_tools: [read_db, list_files, search]
            blocked_tools: ["*_write", admin, delete]
        dangerous_patterns:
          - "rm\\s+-rf"
          - "DROP\\s+TABLE"
          - "/etc/(passwd|shadow)"
          - "financial_transfer"
        network:
          block_external: false
          log_external_calls: true
        notification:
          timeout_seconds: 300
          on_timeout: "DENY" # or "ESCALATE"
        escalation:
          max_watch_events: 5
          auto_restrict_after: 8

        """#
}
