import ChanceryNode
import Dispatch
import Synchronization
import TestKit
import Testing

/// Gate and watch share locks and the ways to read a store; neither may wait for the other for ever.
struct GateStandstillTests {
    /// Threads of our own: what stands still must not take those of the test along.
    private final class Threads: TaskExecutor {
        private let queue = DispatchQueue(label: "test", attributes: .concurrent)

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `deciding and watching at the same time stop neither`() async throws {
        let home = try SampleHome()
        for number in 0..<4 { _ = try home.ledger.register(home.identity("agent-\(number)"), role: "clerk") }
        let desk = VigilDesk(store: home.store, registry: home.registry, now: home.clock.now)
        let approvers = ApproverRegistry(store: home.store, registry: home.registry, now: home.clock.now)
        let gate = ActionGate(
            identity: try home.identity("gate"), store: home.store, registry: home.registry, authority: nil, risk: desk,
            approvers: approvers, now: home.clock.now)
        _ = try await gate.activate(SampleGate.policy(), by: "operator", comment: "")
        let action = try SampleGate.action("read")
        let threads = Threads()
        let rehearsed = Mutex(0)
        let watched = Mutex(0)
        for number in 0..<8 {
            Task(executorPreference: threads) { @Sendable in
                for _ in 0..<30 {
                    _ = try await gate.rehearse(action, for: "agent-\(number % 4)", by: "x")
                    rehearsed.withLock { $0 += 1 }
                }
            }
        }
        for _ in 0..<4 {
            Task(executorPreference: threads) { @Sendable in
                for _ in 0..<30 where try desk.assessments().count == 4 { watched.withLock { $0 += 1 } }
            }
        }
        func answers() -> [Int] { [rehearsed.withLock { $0 }, watched.withLock { $0 }] }
        for _ in 0..<2500 where answers() != [240, 120] { try await Task.sleep(for: .milliseconds(10)) }
        #expect(answers() == [240, 120])
    }
}
