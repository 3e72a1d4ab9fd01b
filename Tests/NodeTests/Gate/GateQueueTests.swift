import ChanceryGate
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import TestKit
import Testing

/// Whoever asks too much waits for themselves.
struct GateQueueTests {
    /// A gate whose journal is about to write, and waits for the test.
    private func held() async throws -> (sample: SampleGate, used: DecisionID, hold: Hold, first: Task<Void, any Error>) {
        let sample = try await SampleGate()
        let used = try await sample.decide().id
        let hold = Hold(sample.store)
        let first = Task { _ = try await sample.decide(SampleGate.action("read")) }
        try await hold.isReached()
        return (sample, used, hold, first)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a caller who names a victim uses up a share of their own`() async throws {
        let (sample, _, hold, first) = try await held()
        let victim = sample.robot.document.did.text
        await withTaskGroup(of: String?.self) { group in
            for number in 0...4096 {
                group.addTask {
                    let error = GateError(.decisionUnknown, "claim \(number)")
                    return await refusal { try await sample.gate.refuse("claim", error, agent: victim, caller: "eve") }
                }
            }
            #expect(await group.next() == "store.busy")
            let honest = Task { await refusal { _ = try await sample.decide(by: "ann") } }
            try? await Task.sleep(for: .milliseconds(100))
            hold.release()
            #expect(await honest.value == nil)
            #expect(await group.reduce(into: Set()) { $0.insert($1) } == ["gate.decision_unknown"])
        }
        try await first.value
        // Who was answered makes room.
        let error = GateError(.decisionUnknown, "one more")
        #expect(
            await refusal { try await sample.gate.refuse("claim", error, agent: victim, caller: "eve") }
                == "gate.decision_unknown"
        )
    }

    @Test(.timeLimit(.minutes(1)))
    func `works on one decision wait for each other, and nobody else for them`() async throws {
        let (sample, used, hold, first) = try await held()
        let uses = (0..<200).map { _ in Task { await refusal { try await sample.redeem(used) } } }
        try await Task.sleep(for: .milliseconds(300))
        let stranger = Task { try await sample.decide(SampleGate.action("read"), by: "ann") }
        try await Task.sleep(for: .milliseconds(100))
        hold.release()
        let early = try await stranger.value.position
        var codes: [String?] = []
        for use in uses { codes.append(await use.value) }
        #expect(codes.count { $0 == nil } == 1 && codes.count { $0 == "gate.already_redeemed" } == 199)
        let refusals = try sample.home.store.records(
            RecordQuery(agent: sample.chain, eventType: "gate_refusal", limit: 1000)
        ).map(\.position)
        #expect(refusals.count == 199 && refusals.allSatisfy { $0 > early })
        try await first.value
    }
}
