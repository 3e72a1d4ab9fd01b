internal import Dispatch

/// Threads for work that waits: for the disk, or for a client that sends. The threads on which tasks run must not wait.
final class BlockingThreads: TaskExecutor {
    private let queue: DispatchQueue

    init(_ name: String) { queue = DispatchQueue(label: name, attributes: .concurrent) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { unsafe job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }

    /// Runs `body`, which may wait, on a thread of its own.
    func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { reply in
            queue.async { reply.resume(with: Result { try body() }) }
        }
    }
}
