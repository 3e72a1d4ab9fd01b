internal import Dispatch
internal import Synchronization

/// Runs what goes on until it is told to stop, or until it has an answer, from a command that waits for it.
enum Daemon {
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws { try result(body) }

    static func result<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let outcome = Outcome<Value>()
        // The one task without a parent: commands are synchronous, and this thread has nothing else to do.
        Task {
            do {
                outcome.set(.success(try await body()))
            } catch {
                outcome.set(.failure(error))
            }
        }
        return try outcome.wait()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        private let result = Mutex<Result<Value, any Error>?>(nil)
        // Blocks the command's own thread, which is none of those that tasks run on.
        private let done = DispatchSemaphore(value: 0)

        func set(_ value: Result<Value, any Error>) {
            result.withLock { $0 = value }
            done.signal()
        }

        func wait() throws -> Value {
            done.wait()
            guard let result = result.withLock({ $0 }) else { throw SystemFailure(detail: "work ended without a result") }
            return try result.get()
        }
    }
}
