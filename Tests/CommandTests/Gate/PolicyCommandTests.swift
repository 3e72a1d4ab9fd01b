import Foundation
import TestKit
import Testing

/// Policies as their authors try them.
struct PolicyCommandTests {
    private static let policy = """
        language: chancery/policy/v2
        name: house
        rules:
          - {id: reads, effect: allow, when: {action: read_db, risk: {lt: 0.5}}}
          - {id: payments, effect: require_human, when: {action: pay}}
        """

    private static func chancery() throws -> CommandProcess {
        let chancery = CommandProcess()
        try chancery.folder.write(Array(policy.utf8), to: "policy.yaml")
        return chancery
    }

    private static func json(_ outcome: CommandProcess.Outcome) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any], "\(outcome)")
    }

    @Test func `cases hold, and those that do not end with 4 and their place`() throws {
        let chancery = try Self.chancery()
        let good = """
            cases:
              - {name: reading, action: read_db, facts: {role: operator}, expect: ALLOW, rule: reads}
              - {name: a risky reader, action: read_db, facts: {role: operator, risk: 0.5}, expect: BLOCK}
            """
        let bad = """
            cases:
              - {name: paying, action: pay, facts: {role: operator}, expect: REQUIRE_HUMAN}
              - {name: nobody asked, action: pay, facts: {role: operator}, expect: ALLOW}
            """
        try chancery.folder.write(Array(good.utf8), to: "good.yaml")
        try chancery.folder.write(Array(bad.utf8), to: "bad.yaml")
        let held = try chancery.run("policy", "test", "good.yaml", "--policy", "policy.yaml")
        #expect(held.status == 0 && held.output == "2 of 2 cases hold\n", "\(held)")
        let failed = try chancery.run("policy", "test", "good.yaml", "bad.yaml", "--policy", "policy.yaml")
        #expect(failed.status == 4 && failed.lines.count == 2 && failed.lines.last == "3 of 4 cases hold", "\(failed)")
        #expect(failed.lines.first?.hasPrefix("bad.yaml:3: nobody asked: expected ALLOW") == true, "\(failed)")
        let json = try Self.json(chancery.run("policy", "test", "bad.yaml", "--policy", "policy.yaml", "--json"))
        #expect(json["cases"] as? Int == 2 && json["failed"] as? Int == 1)
        let broken = try chancery.run("policy", "test", "policy.yaml", "--policy", "policy.yaml")
        #expect(broken.status == 4 && broken.code?.hasPrefix("policy.") == true, "\(broken)")
    }

    @Test func `an explanation names every rule, from facts that are given or known`() throws {
        let chancery = try Self.chancery()
        let base = ["policy", "explain", "--policy", "policy.yaml"]
        let low = try chancery.run(base + ["--action", "read_db", "--facts", #"{"role": "operator"}"#])
        #expect(low.status == 0 && low.lines.count == 6, "\(low)")
        #expect(low.lines[3].hasPrefix("reads applies (ALLOW)") && low.lines[5].hasPrefix("ALLOW by reads"), "\(low)")
        #expect(!FileManager.default.fileExists(atPath: "\(chancery.folder.path)/home"))
        let high = try Self.json(
            chancery.run(base + ["--action", "read_db", "--facts", #"{"role": "operator", "risk": 0.75}"#, "--json"]))
        #expect((high["verdict"] as? [String: Any])?["effect"] as? String == "BLOCK", "\(high)")
        #expect((high["steps"] as? [Any])?.count == 5)
        // Not knowing never helps an agent.
        let roleless = try chancery.run(base + ["--action", "read_db"])
        #expect(roleless.lines.last == "BLOCK by FACT_MISSING: not known: role", "\(roleless)")
        let unknown = try chancery.run(base + ["--action", "x", "--facts", #"{"rsik": 0.75}"#])
        #expect(unknown.status == 4 && unknown.code == "policy.unknown_key", "\(unknown)")
        #expect(try chancery.run(base + ["--action", "x", "--facts", "{}", "--agent", "a"]).code == "command.usage")
    }

    @Test func `an agent of the home is explained by what is known of it, and nothing is stored`() throws {
        let chancery = try CommandProcess.withAgent(3)
        try chancery.folder.write(Array(Self.policy.utf8), to: "policy.yaml")
        #expect(try chancery.run("policy", "explain", "--agent", "a", "--action", "read_db").code == "node.not_found")
        #expect(try chancery.run("gate", "init", "--insecure-no-passphrase").status == 0)
        let before = try chancery.run("stats").output
        let tried = try chancery.run("policy", "explain", "--policy", "policy.yaml", "--agent", "a", "--action", "pay")
        #expect(tried.status == 0 && tried.lines.last?.hasPrefix("REQUIRE_HUMAN by payments") == true, "\(tried)")
        let none = try chancery.run("policy", "explain", "--agent", "a", "--action", "pay")
        #expect(none.status == 1 && none.code == "node.not_found", "no policy is active: \(none)")
        #expect(try chancery.run("stats").output == before)
        #expect(try chancery.run("policy", "activate", "policy.yaml").status == 0)
        let active = try chancery.run("policy", "explain", "--agent", "a", "--action", "read_db")
        #expect(active.lines.last?.hasPrefix("ALLOW by reads") == true, "\(active)")
        let nobody = try chancery.run("policy", "explain", "--agent", "nobody", "--action", "pay")
        #expect(nobody.code == "gate.agent_unknown", "\(nobody)")
        let long = try chancery.run(
            "policy", "activate", "policy.yaml", "--comment", String(repeating: "x", count: 5000))
        #expect(long.status == 3 && long.code == "gate.comment_too_long", "\(long)")
        #expect(try chancery.run("policy", "show").status == 0)
    }

    @Test func `what is printed of a profile is a policy that loads`() throws {
        let chancery = CommandProcess()
        let list = try chancery.run("policy", "profile")
        #expect(list.status == 0 && list.lines.count == 4, "\(list)")
        for name in ["ai_act_high_risk", "anssi_strict", "nist_balanced"] {
            #expect(list.output.contains(name))
            let text = try chancery.run("policy", "profile", name)
            #expect(text.status == 0)
            let linted = try chancery.run(["policy", "lint", "-"], input: Array(text.output.utf8))
            #expect(linted.status == 0 && linted.output.hasPrefix("the policy loads"), "\(linted)")
        }
        #expect(try chancery.run("policy", "profile", "none").code == "node.not_found")
    }

    @Test func `the two evaluations agree, and say how often`() throws {
        let chancery = CommandProcess()
        let json = try Self.json(chancery.run("policy", "compare", "--cases", "2000", "--seed", "7", "--json"))
        #expect(json["cases"] as? Int ?? 0 >= 2000 && (json["differences"] as? [Any])?.isEmpty == true, "\(json)")
        #expect((json["effects"] as? [String: Int])?.values.reduce(0, +) == json["cases"] as? Int)
        #expect(try chancery.run("policy", "compare", "--cases", "0").code == "command.usage")
    }
}
