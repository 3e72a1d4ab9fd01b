public import ChanceryNode
internal import Foundation

/// A federation's files in `<home>/governance`, and its journals in the state folder.
public struct FederationFolder: FederationFiles {
    private let root: String
    private let stateRoot: String
    private let journals = OpenJournals()

    /// `statePath` lies outside the home and its backups.
    public init(path: String, statePath: String) {
        root = path
        stateRoot = statePath
    }

    public func exclusively<Value>(_ body: () throws -> Value) throws -> Value {
        try AtomicFile.makeFolder(root)
        let lock = try FileLock(root + "/.lock")
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }

    public func claimSigner() throws -> any SignerClaim {
        try AtomicFile.makeFolder(root)
        return try SignerLock(root + "/.signer")
    }

    public func read(_ file: FederationFile) throws -> [UInt8]? { try Self.read("\(root)/\(file.rawValue)") }

    public func write(_ bytes: [UInt8], as file: FederationFile, replacing: Bool) throws {
        try AtomicFile.makeFolder(root)
        try AtomicFile.write(bytes, to: "\(root)/\(file.rawValue)", replacing: replacing)
    }

    public func journal(_ name: String) throws -> [UInt8]? {
        let path = journalPath(name)
        return FileManager.default.fileExists(atPath: path) ? try journals.journal(at: path).read() : nil
    }

    public func setJournal(_ bytes: [UInt8], of name: String) throws {
        try AtomicFile.makeFolder(stateRoot)
        let path = journalPath(name)
        let isNew = !FileManager.default.fileExists(atPath: path)
        try journals.journal(at: path).write(bytes)
        if isNew { try AtomicFile.syncFolder(of: path) }
    }

    private func journalPath(_ name: String) -> String { "\(stateRoot)/\(name).journal" }

    private static func read(_ path: String) throws -> [UInt8]? {
        FileManager.default.fileExists(atPath: path) ? try AtomicFile.read(path) : nil
    }
}

/// A lock that lives as long as its owner.
private final class SignerLock: SignerClaim {
    private let lock: FileLock

    init(_ path: String) throws { lock = try FileLock(path, timeout: .zero) }
}
