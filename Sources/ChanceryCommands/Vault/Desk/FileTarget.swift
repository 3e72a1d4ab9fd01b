internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryVault
internal import Foundation
internal import Synchronization

/// Where content goes that left the vault: a new file that its owner alone reads, standard output, or a digest.
final class FileTarget {
    private let descriptor: Int32
    private let path: String
    private let isFile: Bool
    private let digest: ContentDigest?

    private init(_ descriptor: Int32, _ path: String, isFile: Bool, _ digest: ContentDigest? = nil) {
        self.descriptor = descriptor
        self.path = path
        self.isFile = isFile
        self.digest = digest
    }

    /// Keeps nothing of the content but what `digest` does.
    static func hashing(_ digest: ContentDigest) -> FileTarget { FileTarget(-1, "digest", isFile: false, digest) }

    static func standardOutput() -> FileTarget { FileTarget(STDOUT_FILENO, "standard output", isFile: false) }

    /// A new file below `folder`.
    static func file(_ name: FilePath, in folder: String) throws -> FileTarget {
        let path = folder + "/" + name.text
        try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
        return FileTarget(descriptor, path, isFile: true)
    }

    deinit { if isFile { close(descriptor) } }

    func write(_ bytes: Span<UInt8>) throws {
        guard let digest else { return try Self.write(bytes, to: descriptor, path) }
        digest.update(bytes)
    }

    /// Writes all of `bytes`, whatever part of them the system takes at once.
    static func write(_ bytes: Span<UInt8>, to descriptor: Int32, _ path: String) throws {
        try unsafe bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
                done += count
            }
        }
    }

    /// Makes a file durable.
    func finish() throws {
        guard !isFile || fsync(descriptor) == 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
    }
}

/// SHA3-256 of content that goes nowhere else.
final class ContentDigest: Sendable {
    private let hasher = Mutex(SHA3Hasher())

    var bytes: [UInt8] { hasher.withLock { $0.digest() } }

    func update(_ bytes: Span<UInt8>) { hasher.withLock { $0.update(bytes) } }
}
