internal import ChanceryNode
internal import Foundation

/// An advisory lock that one process holds at a time and that dies with its process.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Takes the lock on `path`, which is created when missing, waiting for it at most `timeout`.
    ///
    /// - Throws: `store.busy` when somebody else holds it for longer.
    package init(_ path: String, timeout: Duration = .seconds(30)) throws {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AtomicFile.failure("open", path) }
        let deadline = ContinuousClock.now + timeout
        while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
            guard errno == EWOULDBLOCK || errno == EINTR else {
                let error = AtomicFile.failure("lock", path)
                close(descriptor)
                throw error
            }
            guard ContinuousClock.now < deadline else {
                close(descriptor)
                throw NodeError(.storeBusy, "another process holds `\(path)` for too long; try again")
            }
            // Random, so that those who wait do not ask in step.
            usleep(UInt32.random(in: 500...10_000))
        }
    }

    deinit { close(descriptor) }
}
