internal import ChanceryNode
internal import ChanceryWire
package import Foundation

/// Files that are there whole or not at all: written aside, synced, renamed, and the folder synced.
package enum AtomicFile {
    /// Writes `bytes` to `path` so that a crash leaves the old file or the new one.
    ///
    /// - Parameter replacing: when false an existing file is refused with `node.already_exists`, atomically.
    package static func write(_ bytes: [UInt8], to path: String, mode: mode_t = 0o600, replacing: Bool = false) throws {
        let temporary = path + ".\(getpid()).\(UInt32.random(in: .min ... .max)).tmp"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else { throw failure("create", temporary) }
        do {
            defer { close(descriptor) }
            guard fchmod(descriptor, mode) == 0 else { throw failure("protect", temporary) }
            try writeAll(bytes, to: descriptor, path: temporary)
            guard fsync(descriptor) == 0 else { throw failure("sync", temporary) }
        } catch {
            unsafe unlink(temporary)
            throw error
        }
        if replacing {
            guard unsafe rename(temporary, path) == 0 else {
                let error = failure("rename", temporary)
                unsafe unlink(temporary)
                throw error
            }
        } else {
            // A hard link fails when the name is taken; a rename would overwrite.
            let linked = unsafe link(temporary, path)
            let error = errno == EEXIST ? NodeError(.alreadyExists, "`\(path)` exists already") : failure("create", path)
            unsafe unlink(temporary)
            guard linked == 0 else { throw error }
        }
        try syncFolder(of: path)
    }

    /// The bytes of the file at `path`, at most `limit`.
    package static func read(_ path: String, limit: Int = 64 << 20) throws -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { throw NodeError(.notFound, "`\(path)` does not exist") }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe Foundation.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else { throw failure("read", path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else { throw WireError(.tooLong, "`\(path)` exceeds \(limit) bytes") }
        }
    }

    package static func makeFolder(_ path: String, mode: mode_t = 0o700) throws {
        var isDirectory: ObjCBool = false
        if unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory), isDirectory.boolValue { return }
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        if parent != path { try makeFolder(parent, mode: mode) }
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else { throw failure("create", path) }
        try syncFolder(of: path)
    }

    package static func syncFolder(of path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw failure("sync", folder) }
    }

    /// Whether others than its owner may read or change the file at `path`.
    package static func isExposed(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    private static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Foundation.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw failure("write", path) }
            written += count
        }
    }

    /// Whether `path` is a folder itself, not a link to one.
    static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Whether `path` is what a write leaves aside until it is renamed: `<name>.<process>.<number>.tmp`.
    static func isTemporary(_ path: String) -> Bool {
        let parts = path.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count >= 4 && parts.last == "tmp" && parts.suffix(3).dropLast().allSatisfy { UInt32($0) != nil }
    }

    /// What a folder holds, sorted; nothing when there is none.
    ///
    /// - Throws: `store.unavailable` when it cannot be read.
    static func contents(ofFolder path: String) throws -> [String] {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else {
            if errno == ENOENT { return [] }
            throw failure("look into", path)
        }
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
            throw NodeError(.storeUnavailable, "the folder `\(path)` cannot be read")
        }
        return names.sorted()
    }

    static func failure(_ action: String, _ path: String) -> NodeError {
        let number = errno
        let reason = unsafe String(cString: strerror(number))
        return switch number {
        case ENOSPC, EFBIG, EDQUOT: NodeError(.storeFull, "cannot \(action) `\(path)`: \(reason)")
        default: NodeError(.storeUnavailable, "cannot \(action) `\(path)`: \(reason)")
        }
    }
}
