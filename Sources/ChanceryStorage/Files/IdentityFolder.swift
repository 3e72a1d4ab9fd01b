public import ChanceryNode
internal import ChanceryWire
internal import Foundation

/// Identities as folders: `<name>/document-<n>.json` and `<name>/keys-<n>.chkf`, readable by their owner alone.
public struct IdentityFolder: IdentityFiles {
    private let root: String

    /// `path` is created with the first identity.
    public init(path: String) { root = path }

    public func exclusively<Value>(_ name: String, _ body: () throws -> Value) throws -> Value {
        try AtomicFile.makeFolder(root)
        let lock = try FileLock("\(root)/.\(name).lock")
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    public func names() throws -> [String] {
        guard FileManager.default.fileExists(atPath: root) else { return [] }
        // A stray file is no identity, nor is a folder without a first document.
        return try FileManager.default.contentsOfDirectory(atPath: root).filter {
            !$0.hasPrefix(".") && FileManager.default.fileExists(atPath: documentPath($0, 0))
        }.sorted()
    }

    public func documents(of name: String) throws -> [[UInt8]] {
        var documents: [[UInt8]] = []
        while true {
            let path = documentPath(name, Int64(documents.count))
            guard FileManager.default.fileExists(atPath: path) else { return documents }
            documents.append(try AtomicFile.read(path, limit: 1 << 20))
        }
    }

    public func keyFile(of name: String, number: Int64) throws -> [UInt8]? {
        let path = keyPath(name, number)
        return FileManager.default.fileExists(atPath: path) ? try AtomicFile.read(path, limit: 1 << 20) : nil
    }

    public func create(_ name: String, document: [UInt8], keyFile: [UInt8]) throws {
        try AtomicFile.makeFolder(root)
        // Built aside and renamed, so that an identity is there with both files or not at all.
        let staging = "\(root)/.\(name).\(getpid()).\(UInt32.random(in: .min ... .max))"
        try AtomicFile.makeFolder(staging)
        do {
            try AtomicFile.write(document, to: staging + "/document-0.json")
            try AtomicFile.write(keyFile, to: staging + "/keys-0.chkf")
            // Renaming onto a folder that holds files fails; onto an empty one it would succeed.
            guard !FileManager.default.fileExists(atPath: folder(name)), unsafe rename(staging, folder(name)) == 0 else {
                let failure = AtomicFile.failure("create", folder(name))
                guard FileManager.default.fileExists(atPath: folder(name)) else { throw failure }
                throw NodeError(.alreadyExists, "identity `\(name)` exists already; nothing was changed")
            }
        } catch {
            try? FileManager.default.removeItem(atPath: staging)
            throw error
        }
        try AtomicFile.syncFolder(of: folder(name))
    }

    public func writeKeyFile(_ bytes: [UInt8], of name: String, number: Int64, replacing: Bool) throws {
        try AtomicFile.write(bytes, to: keyPath(name, number), replacing: replacing)
    }

    public func addDocument(_ bytes: [UInt8], of name: String, number: Int64) throws {
        try AtomicFile.write(bytes, to: documentPath(name, number))
    }

    public func removeKeyFile(of name: String, number: Int64) throws {
        let path = keyPath(name, number)
        guard FileManager.default.fileExists(atPath: folder(name)) else { return }
        // What a crash left of this identity's key files is as secret as they are.
        let leftovers = try FileManager.default.contentsOfDirectory(atPath: folder(name))
            .filter { $0.hasPrefix("keys-") && $0.hasSuffix(".tmp") }.map { "\(folder(name))/\($0)" }
        for path in [path] + leftovers {
            guard unsafe unlink(path) == 0 || errno == ENOENT else { throw AtomicFile.failure("remove", path) }
        }
        for entry in try FileManager.default.contentsOfDirectory(atPath: root) where Self.isStaging(entry, of: name) {
            try FileManager.default.removeItem(atPath: "\(root)/\(entry)")
        }
        try AtomicFile.syncFolder(of: path)
    }

    /// The key files of `name` that others than their owner may read or change.
    package func exposedKeyFiles(of name: String) throws -> [String] {
        guard FileManager.default.fileExists(atPath: folder(name)) else { return [] }
        return try FileManager.default.contentsOfDirectory(atPath: folder(name)).filter { $0.hasPrefix("keys-") }
            .map { "\(folder(name))/\($0)" }.filter { AtomicFile.isExposed($0) }.sorted()
    }

    /// Whether `entry` is a folder in which `name` was being created: `.<name>.<process>.<number>`. A name may hold dots.
    private static func isStaging(_ entry: String, of name: String) -> Bool {
        guard entry.hasPrefix(".\(name).") else { return false }
        let parts = entry.dropFirst(name.count + 2).split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { UInt32($0) != nil }
    }

    private func folder(_ name: String) -> String { "\(root)/\(name)" }
    private func documentPath(_ name: String, _ number: Int64) -> String { "\(folder(name))/document-\(number).json" }
    private func keyPath(_ name: String, _ number: Int64) -> String { "\(folder(name))/keys-\(number).chkf" }
}
