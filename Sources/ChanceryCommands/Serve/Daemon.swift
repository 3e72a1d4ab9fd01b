internal import Dispatch
internal import Synchronization

/// Runs what goes on until it is told to stop, from a command that waits for it.
enum Daemon {
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        // The one task without a parent: commands are synchronous, and this thread has nothing else to do.
        Task {
            do {
                try await body()
                outcome.set(.success(()))
            } catch {
                outcome.set(.failure(error))
            }
        }
        try outcome.wait()
    }

    private final class Outcome: Sendable {
        private let result = Mutex<Result<Void, any Error>?>(nil)
        // Blocks the command's own thread, which is none of those that tasks run on.
        private let done = DispatchSemaphore(value: 0)

        func set(_ value: Result<Void, any Error>) {
            result.withLock { $0 = value }
            done.signal()
        }

        func wait() throws {
            done.wait()
            try result.withLock { $0 }?.get()
        }
    }
}
