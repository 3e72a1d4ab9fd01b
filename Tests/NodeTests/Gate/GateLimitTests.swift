import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryPolicy
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// What the gate could not read again would stop it for good, so it is refused before it is written.
struct GateLimitTests {
    /// Twenty rules that owe sixteen things each.
    private static let obliging =
        """
        language: chancery/policy/v2
        name: obliging
        version: "1"
        rules:
          - {id: all, effect: allow, when: {}}

        """
        + (0..<20).map { rule in
            let owed = (0..<16).map { "{notify: c\(rule)-\($0)}" }.joined(separator: ", ")
            return "  - {id: r\(rule), effect: allow, when: {action: pay}, obligations: [\(owed)]}\n"
        }.joined()

    /// A pattern that is quoted in the reason.
    private static let wordy = SampleGate.policy(
        more: "dangerous_patterns: ['" + String(repeating: "a", count: 4090) + "']")

    @Test(arguments: [obliging, wordy])
    func `a decision that nobody could read again is refused, and the gate goes on`(policy: String) async throws {
        let sample = try await SampleGate(policy)
        let action = try SampleGate.action("pay", ["text": .string(String(repeating: "a", count: 5000))])
        let refused = await refusal { _ = try await sample.decide(action) }
        #expect(refused?.hasPrefix("wire.") == true, "\(refused ?? "written")")
        #expect(try sample.count("gate_decision") == 0 && sample.refusals() == [refused ?? ""])
        // This process, and one that reads everything anew.
        #expect(try await sample.decide(SampleGate.action("read")).decision.verdict.effect == .allow)
        let decided = try await sample.process().gate.decide(SampleGate.action("read"), for: "robot", by: "x")
        try await sample.redeem(decided.id, SampleGate.action("read"))
        #expect(try sample.home.audit().failures == [])
    }

    @Test func `one that cannot be read again takes nothing along that is written in the same step`() async throws {
        let sample = try await SampleGate(Self.obliging)
        let hold = Hold(sample.store)
        let first = Task { try await sample.decide(SampleGate.action("read")) }
        try await hold.isReached()
        let works = (0..<10).map { number in
            Task { await refusal { _ = try await sample.decide(SampleGate.action(number % 2 == 0 ? "pay" : "read")) } }
        }
        try await Task.sleep(for: .milliseconds(200))
        hold.release()
        _ = try await first.value
        for (number, work) in works.enumerated() { #expect((await work.value == nil) == (number % 2 == 1), "\(number)") }
        #expect(try sample.count("gate_decision") == 6 && sample.refusals().count == 5)
        #expect(code { _ = try sample.process().gate.questions() } == nil)
    }

    @Test func `the longest and deepest action is read again`() async throws {
        let sample = try await SampleGate()
        var payload = JSONValue.string(String(repeating: "\u{1}\"", count: 28_000))
        for _ in 1..<GatedAction.maximumDepth { payload = ["a": payload] }
        let action = try GatedAction(
            String(repeating: "n", count: 256), payload: try #require(payload.object),
            target: String(repeating: "t", count: GatedAction.targetBytes),
            labels: Set((0..<16).map { "\($0)".padded(to: 64) }),
            tool: .init(upstream: String(repeating: "u", count: 256), pin: [UInt8](repeating: 1, count: 32)))
        #expect(action.bytes.count > GatedAction.maximumBytes * 4 / 5)
        let decided = try await sample.decide(action, by: String(repeating: "\u{1f512}", count: 300))
        let found = try sample.process().gate.history(of: decided.id)
        #expect(found.decision.action == action && found.decision.verdict == decided.decision.verdict)
    }

    /// 42 agents ask a hundred questions each, and nobody answers.
    @Test(.timeLimit(.minutes(5)))
    func `of more lapses than fit into a step the rest is in the next one, and none is lost`() async throws {
        let sample = try await SampleGate()
        sample.risk.set("0.7")
        let names = (0..<42).map { "agent-\($0)" }
        for name in names { _ = try sample.home.ledger.register(sample.home.identity(name), role: "clerk") }
        await withTaskGroup(of: Void.self) { group in
            for name in names {
                group.addTask { for _ in 0..<100 { _ = try? await sample.decide(for: name) } }
            }
        }
        let asked = Set(try sample.gate.questions().map(\.id.text))
        #expect(asked.count == 4200)
        sample.home.clock.turn(by: 101)
        try sample.gate.noteLapses()
        #expect(try sample.count("gate_lapse") == 4096)
        // The rest goes along with whatever is written next.
        _ = try await sample.decide(SampleGate.action("read"))
        let lapsed = try sample.payloads("gate_lapse").compactMap { $0["session_id"]?.string }
        #expect(lapsed.count == 4200 && Set(lapsed) == asked)
        try sample.gate.noteLapses()
        #expect(try sample.count("gate_lapse") == 4200)
        let left = try sample.process().gate.questions()
        #expect(left.count == 1 && !asked.contains(left[0].id.text))
    }
}

extension String {
    fileprivate func padded(to count: Int) -> String { self + String(repeating: "-", count: count - utf8.count) }
}
