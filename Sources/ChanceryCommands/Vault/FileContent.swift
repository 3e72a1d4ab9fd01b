internal import ChanceryNode
internal import Foundation

/// A file of the user, read from its start to its end. It is open only while it is read, and must not change meanwhile.
final class FileContent: VaultContent {
    let length: UInt64
    private let path: String
    private let changed: timespec
    private var descriptor: Int32 = -1
    private var done: UInt64 = 0
    private var isEnded = false

    init(_ path: String) throws {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw NodeError(.notFound, "`\(path)` does not exist") }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw UsageError("`\(path)` is no file; links are not followed")
        }
        self.path = path
        length = UInt64(status.st_size)
        changed = status.st_mtim
    }

    /// - Throws: `store.conflict` for a file that is not what it was when the put began.
    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        guard !isEnded else { return 0 }
        if descriptor < 0 { descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW) }
        guard descriptor >= 0 else { throw unreadable }
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Foundation.read(descriptor, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw unreadable }
        done += UInt64(count)
        if count == 0 {
            try requireUnchanged()
            close(descriptor)
            (descriptor, isEnded) = (-1, true)
        }
        return count
    }

    func rewind() -> Bool {
        if descriptor >= 0 { close(descriptor) }
        (descriptor, done, isEnded) = (-1, 0, false)
        return true
    }

    private func requireUnchanged() throws {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, done == length, status.st_size == Int(clamping: length),
            status.st_mtim.tv_sec == changed.tv_sec, status.st_mtim.tv_nsec == changed.tv_nsec
        else { throw NodeError(.storeConflict, "`\(path)` changed while it was read; nothing was put") }
    }

    private var unreadable: NodeError {
        NodeError(.storeUnavailable, unsafe "`\(path)` cannot be read: \(String(cString: strerror(errno)))")
    }

    deinit { if descriptor >= 0 { close(descriptor) } }
}
