internal import Foundation

/// An advisory lock that one process holds at a time and that dies with its process.
package struct FileLock: ~Copyable {
    private let descriptor: Int32

    /// Waits for the lock on `path`, which is created when missing.
    package init(_ path: String) throws {
        descriptor = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw AtomicFile.failure("open", path) }
        while flock(descriptor, LOCK_EX) != 0 {
            guard errno == EINTR else {
                let error = AtomicFile.failure("lock", path)
                close(descriptor)
                throw error
            }
        }
    }

    deinit { close(descriptor) }
}
