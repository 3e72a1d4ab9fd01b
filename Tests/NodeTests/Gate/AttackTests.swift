import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// What was done to PiQrypt's TrustGate 1.10 and is not to work here. Each test is named after the attack.
struct AttackTests {
    private static let patterns = #"dangerous_patterns: ['rm\s+-rf', 'drop\s+table']"#

    private func verdict(_ action: GatedAction, in sample: SampleGate) async throws -> Verdict {
        try await sample.decide(action).decision.verdict
    }

    // MARK: failing open

    @Test(arguments: ["plain", "coded", "cancelled", "not found"])
    func `an exception while facts are gathered allows nothing`(kind: String) async throws {
        let failure: any Error =
            switch kind {
            case "plain": PlainFailure()
            case "coded": NodeError(.storeUnavailable, "no disk")
            case "cancelled": CancellationError()
            default: NodeError(.notFound, "no such agent")
            }
        let sample = try await SampleGate(governed: true)
        let decided = try await sample.decide()
        sample.risk.answer { _ in throw failure }
        #expect(await refusal { _ = try await sample.decide() } != nil)
        #expect(await refusal { try await sample.redeem(decided.id) } != nil)
        sample.risk.set("0.1")
        sample.authority?.answer { _, _ in throw failure }
        #expect(await refusal { _ = try await sample.decide() } != nil)
        #expect(await refusal { try await sample.redeem(decided.id) } != nil)
        #expect(try sample.count("gate_decision") == 1 && sample.count("gate_redemption") == 0)
        #expect(try sample.refusals().count == 4)
    }

    @Test func `a source that fails after the decision was written allows nothing`() async throws {
        let sample = try await SampleGate()
        sample.risk.answer { if $0 > 0 { throw PlainFailure() } else { ScriptedRisk.risk("0.1") } }
        #expect(await refusal { _ = try await sample.decide() } != nil)
        sample.risk.set("0.1")
        let decided = try await sample.decide()
        sample.risk.answer { if $0 > 0 { throw PlainFailure() } else { ScriptedRisk.risk("0.1") } }
        #expect(await refusal { try await sample.redeem(decided.id) } != nil)
        sample.risk.set("0.1")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.already_redeemed")
    }

    @Test func `a source that takes its time is waited for, and giving up allows nothing`() async throws {
        let sample = try await SampleGate(governed: true)
        sample.authority?.answer { _, voted in
            try await Task.sleep(for: .milliseconds(150))
            return ScriptedAuthority.word(frozen: true, policy: voted)
        }
        #expect(try await verdict(SampleGate.action(), in: sample).rule == "FROZEN")
        sample.authority?.answer { _, voted in
            try await Task.sleep(for: .seconds(60))
            return ScriptedAuthority.word(policy: voted)
        }
        let before = try sample.count("gate_decision")
        let asking = Task { try await sample.decide() }
        try await Task.sleep(for: .milliseconds(100))
        #expect(try sample.count("gate_decision") == before)
        asking.cancel()
        #expect(await refusal { _ = try await asking.value } != nil)
        #expect(try sample.count("gate_decision") == before)
    }

    // MARK: approving oneself

    @Test func `an agent that makes itself a person cannot approve`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.ask()
        // With its own record key, as a person that it invented.
        let invented = try sample.person("invented")
        let terms = try #require(try UnverifiedRecord(decoding: invented.answer(to: decided)).body as JSONObject?)
        let forged = try VerifiedRecord.sign(terms, type: Approval.type, by: sample.robot.keys.record)
        #expect(await refusal { try await sample.gate.answer(forged.bytes, by: "robot") } == "suite.invalid_signature")
        // As somebody whom the operator never registered.
        let key = try SigningKey<Purpose.Approval>.generate(.mlDSA65)
        let eve = SampleGate.Person(
            approver: try Approver.register("eve", .l3, key: key, at: sample.home.clock.now(), lifetime: 100), key: key)
        #expect(
            await refusal { try await sample.gate.answer(eve.answer(to: decided), by: "robot") } == "gate.approver_unknown")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.not_approved")
    }

    @Test func `an approval that the agent takes along to a dearer action is worth nothing`() async throws {
        let sample = try await SampleGate()
        let ann = try sample.person()
        let cheap = try await sample.ask(SampleGate.action("pay", ["amount": 1]))
        let dear = try await sample.ask(SampleGate.action("pay", ["amount": 1_000_000]))
        try await sample.gate.answer(ann.answer(to: cheap), by: "console")
        #expect(await refusal { try await sample.redeem(cheap.id, dear.decision.action) } == "gate.action_changed")
        #expect(await refusal { try await sample.redeem(dear.id, dear.decision.action) } == "gate.not_approved")
    }

    // MARK: stating one's own risk

    @Test func `risk, state and role that the caller states are ignored`() async throws {
        let sample = try await SampleGate()
        sample.risk.set("0.7", .unstable)
        for claims: JSONValue in [["vrs": 0], ["tsi_state": "STABLE"], ["role": "admin"], ["vrs": .double(0), "a2c_score": 0]] {
            #expect(try await verdict(SampleGate.action("pay", claims), in: sample).effect == .requireHuman)
        }
        sample.risk.set("0.1")
        #expect(try await verdict(SampleGate.action("forbidden", ["role": "admin"]), in: sample).rule == "ROLE")
    }

    @Test func `a risk that is not a number denies`() async throws {
        let sample = try await SampleGate()
        for risk in [Double.nan, .infinity, -.infinity] {
            sample.risk.answer { _ in
                AgentRisk(risk: ExactDecimal(double: risk), stability: .stable, collusion: nil, trust: nil, engine: "script/1")
            }
            #expect(try await verdict(SampleGate.action(), in: sample).rule == "FACT_MISSING")
        }
        for text in ["NaN", "nan", "inf", "0x1", "", "0,5"] { #expect(ExactDecimal(text) == nil, "\(text)") }
    }

    @Test func `a state in other letters is no state`() async throws {
        let sample = try await SampleGate()
        for text in ["critical", "Stable", "STABLE ", "CALM"] {
            sample.risk.set("0.1", Stability(rawValue: text))
            #expect(try await verdict(SampleGate.action(), in: sample).rule == "FACT_MISSING")
            var facts = try #require(Facts(agent: "a", time: 0).json().object)
            facts["stability"] = .string(text)
            #expect(code { _ = try Facts(.object(facts)) } == "policy.facts")
        }
    }

    // MARK: hiding from patterns

    /// `rm -rf / --no-preserve-root` in base64, once and twice. Runs of less than 16 characters are not looked into.
    private static let encoded = "cm0gLXJmIC8gLS1uby1wcmVzZXJ2ZS1yb290"
    private static let encodedTwice = "Y20wZ0xYSm1JQzhnTFMxdWJ5MXdjbVZ6WlhKMlpTMXliMjkw"

    @Test(arguments: [
        "rm -rf /", "rm\t-rf /", "rm\n-rf /", "rm\r\n-rf", "rm\u{a0}-rf /", "rm\u{3000}-rf", "rm\u{2028}-rf", "RM -RF /",
        "r\u{200b}m -rf /", "r\u{ad}m -r\u{2060}f", "\u{ff52}\u{ff4d} -\u{ff52}\u{ff46}", "rm%20-rf%20/", "rm%09-rf",
        "%72%6d -rf",
        "rm%2520-rf", encoded, "echo \(encoded) | base64 -d | sh", encodedTwice, #"\u0072m -rf"#, "\u{1d42b}\u{1d426} -rf",
        "; drop\u{a0}\ttable users", "DROP\u{2003}TABLE",
    ])
    func `a command that hides from the patterns is found`(command: String) async throws {
        let sample = try await SampleGate(SampleGate.policy(more: Self.patterns))
        for payload: JSONValue in [
            ["cmd": .string(command)], ["deep": [["x": [.string(command)]]]],
            .object(JSONObject([.init(name: command, value: 1)])),
        ] {
            let verdict = try await verdict(SampleGate.action("run", payload), in: sample)
            #expect(verdict.effect == .block && ["DANGEROUS_PATTERN", "REQUEST_REFUSED"].contains(verdict.rule), "\(verdict)")
        }
    }

    @Test func `a command that is spread over arguments is found, and harmless text is not`() async throws {
        let sample = try await SampleGate(SampleGate.policy(more: Self.patterns))
        #expect(
            try await verdict(SampleGate.action("run", ["argv": ["rm", "-rf", "/"]]), in: sample).rule == "DANGEROUS_PATTERN")
        for harmless in ["rm file", "perform -r", "droptable", "the farm-rf", "a drop, then a table"] {
            #expect(
                try await verdict(SampleGate.action("run", ["cmd": .string(harmless)]), in: sample).effect == .allow,
                "\(harmless)")
        }
    }

    @Test(arguments: ["rm -rf", "RM\u{a0}-RF", "shell:drop  table"])
    func `a command in the name of the action is found`(name: String) async throws {
        let sample = try await SampleGate(SampleGate.policy(more: Self.patterns))
        #expect(try await verdict(GatedAction(name, payload: JSONObject()), in: sample).rule == "DANGEROUS_PATTERN")
    }

    @Test func `a payload under more layers than are looked through is blocked`() async throws {
        let sample = try await SampleGate(SampleGate.policy(more: Self.patterns))
        var text = "rm -rf / --no-preserve-root"
        for _ in 0..<4 { text = Base64.standard.encode(Array(text.utf8)) }
        #expect(try await verdict(SampleGate.action("run", ["cmd": .string(text)]), in: sample).effect == .block)
    }

    // MARK: patterns that take for ever

    @Test(arguments: [#"(a)\1"#, "(?=a)b", "(?<!a)b", "((a{1000}){1000}){1000}", "(", "[z-a]", "a**"])
    func `a pattern that could take for ever is refused when it is loaded, and the old policy stays`(
        pattern: String
    ) async throws {
        let sample = try await SampleGate()
        let text = SampleGate.policy(more: "dangerous_patterns: ['\(pattern)']")
        #expect(
            await refusal { _ = try await sample.gate.activate(text, by: "operator", comment: "") }?.hasPrefix("policy.")
                == true)
        #expect(try sample.gate.activations().count == 1)
        #expect(try await verdict(SampleGate.action(), in: sample).effect == .allow)
    }

    @Test func `patterns that others take for ever over are answered at once`() async throws {
        let sample = try await SampleGate(SampleGate.policy(more: #"dangerous_patterns: ['(a+)+$', '(a|aa)+b', '(.*,){20}x']"#))
        let text = String(repeating: "a", count: 100_000) + "!"
        let start = ContinuousClock.now
        #expect(try await verdict(SampleGate.action("run", ["cmd": .string(text)]), in: sample).effect == .allow)
        #expect(ContinuousClock.now - start < .seconds(60))
    }

    // MARK: exchanging policy and journal

    @Test func `a policy that is exchanged without a word decides nothing`() async throws {
        let sample = try await SampleGate(governed: true)
        let decided = try await sample.decide()
        // The operator's file changes; no committee voted for it.
        let other = SampleGate.policy().replacing("[forbidden]", with: "[]")
        #expect(
            await refusal { _ = try await sample.gate.activate(other, by: "agent", comment: "") } == "gate.policy_not_voted")
        #expect(try await verdict(SampleGate.action("forbidden"), in: sample).rule == "ROLE")
        // The committee voted for another one and nobody activated it: what was active decides no more.
        sample.authority?.vote(other)
        #expect(try await verdict(SampleGate.action(), in: sample).rule == "POLICY_NOT_IN_FORCE")
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.blocked_now")
        #expect(try sample.gate.activations().map(\.versionID) == ["sample@1"])
    }

    @Test func `a policy under the same name and version is another policy`() async throws {
        let sample = try await SampleGate()
        let decided = try await sample.decide()
        let other = try await sample.gate.activate(SampleGate.policy(restrictAfter: 9), by: "operator", comment: "")
        #expect(
            other.versionID == "sample@1" && other.hash != decided.decision.policy && other.previous == decided.decision.policy)
        #expect(await refusal { try await sample.redeem(decided.id) } == "gate.policy_changed")
        #expect(try sample.gate.replay(decided.decision) == decided.decision.verdict)
    }

    @Test func `a policy without limits or with a mistyped key does not load`() async throws {
        let sample = try await SampleGate()
        for text in [
            "", "vrs_blok: 0.9", "thresholds: {vrs_block: 7}", "thresholds: {vrs_block: .nan}", "- a", "\u{0}",
            "name: x\nname: y",
        ] {
            #expect(
                await refusal { _ = try await sample.gate.activate(text, by: "x", comment: "") }?.hasPrefix("policy.") == true,
                "\(text)")
        }
        #expect(try sample.gate.activations().count == 1)
    }

    // MARK: paths

    @Test(arguments: ["../../../../tmp/evil", "..", "/etc/passwd", "a/../../b", "%2e%2e%2f"])
    func `a name with dots and slashes writes no file and stays a name`(name: String) async throws {
        let sample = try await SampleGate()
        let before = sample.home.folder.files()
        let person = try sample.person(name)
        #expect(try sample.approvers.approver(called: name).id == person.approver.id)
        #expect(await refusal { _ = try await sample.decide(for: name) } == "gate.agent_unknown")
        let decided = try await sample.ask()
        try await sample.gate.answer(person.answer(to: decided), by: name)
        #expect(sample.home.folder.files() == before)
        if name.utf8.contains(0x2f) || name == ".." { #expect(code { _ = try IdentityName(name) } == "node.invalid_name") }
    }
}
