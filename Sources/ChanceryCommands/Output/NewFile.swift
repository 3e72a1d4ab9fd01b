internal import ChanceryNode
internal import ChanceryStorage
internal import Foundation

/// A file of the user that is there whole or not at all, however long it is: written aside, and named when it is finished.
final class NewFile {
    private let path: String
    private let temporary: String
    private var descriptor: Int32

    /// - Throws: `node.already_exists` for a name that is taken.
    init(_ path: String, mode: mode_t = 0o600) throws {
        try UserFile.requireFree(path)
        self.path = URL(fileURLWithPath: path).path
        temporary = self.path + ".\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
    }

    func append(_ bytes: Span<UInt8>) throws { try FileTarget.write(bytes, to: descriptor, path) }

    /// Makes it durable and gives it its name.
    func finish() throws {
        guard fsync(descriptor) == 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
        // A hard link fails when the name is taken; a rename would overwrite.
        guard unsafe link(temporary, path) == 0 else {
            throw errno == EEXIST
                ? NodeError(.alreadyExists, "`\(path)` exists already")
                : NodeError(.storeUnavailable, "`\(path)` cannot be written")
        }
        try AtomicFile.syncFolder(of: path)
    }

    deinit {
        close(descriptor)
        unsafe unlink(temporary)
    }
}
