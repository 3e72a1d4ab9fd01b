internal import ChanceryNode
internal import ChanceryVault
internal import Foundation
internal import Synchronization

/// A version in the making that stays when its process ends, until it is committed or discarded.
final class ResumableDraftFolder: VaultResumableDraft {
    private struct State {
        /// Files that are not finished.
        var open: Set<String> = []
        var target: (artifact: ArtifactID, version: Int64)?
        var isEnded = false
    }

    private static let attemptLimit = 4096

    private let claimed: ClaimedDraft
    private let commitBodies: @Sendable (ClaimedDraft, ArtifactID, Int64) throws -> Void
    private let state = Mutex(State())

    /// - Parameter commit: moves the folder of bodies to where it belongs.
    init(_ claimed: ClaimedDraft, commit: @escaping @Sendable (ClaimedDraft, ArtifactID, Int64) throws -> Void) {
        self.claimed = claimed
        commitBodies = commit
    }

    func aim(at artifact: ArtifactID, version: Int64) { state.withLock { $0.target = (artifact, version) } }

    func attempt() throws -> [UInt8]? { try claimed.folder.read(VaultLayout.attempt, limit: Self.attemptLimit) }

    func keep(_ attempt: [UInt8]) throws {
        try claimed.folder.write(attempt, as: VaultLayout.attempt, replacing: true, wiping: true)
    }

    func forget() throws { try claimed.folder.erase(VaultLayout.attempt) }

    func bodyLength(_ index: Int) throws -> UInt64 {
        let name = try VaultLayout.name(of: .body, index)
        return try claimed.folder.folder(VaultLayout.bodies)?.file(name, O_RDONLY)?.byteCount() ?? 0
    }

    func ledger(_ index: Int) throws -> any VaultLedgerFile {
        let folder = try claimed.folder.makeFolder(VaultLayout.ledgers)
        let name = try VaultLayout.name(ofLedger: index)
        guard let file = try folder.openFile(name) else { throw Self.vanished(name) }
        try folder.sync()
        return try LedgerFile(file)
    }

    func removeBody(_ index: Int) throws {
        guard let bodies = try claimed.folder.folder(VaultLayout.bodies) else { return }
        for part in VaultBodyPart.allCases {
            let name = try VaultLayout.name(of: part, index)
            try bodies.unlink(name)
            state.withLock { _ = $0.open.remove(name) }
        }
        try bodies.sync()
    }

    /// Goes on where an earlier attempt wrote the file, or makes it.
    func create(_ part: VaultBodyPart, index: Int) throws -> any VaultWriting {
        let name = try VaultLayout.name(of: part, index)
        return try state.withLock { state in
            guard !state.isEnded else { throw NodeError(.storeConflict, "the draft has ended") }
            guard state.open.insert(name).inserted else { throw NodeError(.alreadyExists, "`\(name)` is being written") }
            guard let file = try claimed.folder.makeFolder(VaultLayout.bodies).openFile(name) else {
                throw Self.vanished(name)
            }
            return try RepeatedWriter(file) { [self] in self.state.withLock { _ = $0.open.remove(name) } }
        }
    }

    /// - Throws: `store.conflict` while a file is unfinished or failed, and when the draft has ended or has no target.
    func commit() throws {
        try state.withLock { state in
            guard !state.isEnded, let target = state.target else {
                throw NodeError(.storeConflict, "the draft has ended, or it is not said what it becomes")
            }
            guard state.open.isEmpty else {
                throw NodeError(.storeConflict, "`\(state.open.min() ?? "")` of the draft is not finished")
            }
            try claimed.folder.makeFolder(VaultLayout.bodies).sync()
            try commitBodies(claimed, target.artifact, target.version)
            state.isEnded = true
        }
        // The version is there; what remains of the draft is a leftover.
        try? claimed.remove()
    }

    func clear() throws {
        try claimed.clear()
        state.withLock { $0.open = [] }
    }

    func discard() {
        state.withLock { $0.isEnded = true }
        try? claimed.remove()
    }

    func abandon() throws -> Bool {
        state.withLock { $0.isEnded = true }
        do {
            try claimed.remove()
            return true
        } catch {
            // A disk that takes no byte does not let anything be overwritten.
            try claimed.remove(wiping: false)
            return false
        }
    }

    private static func vanished(_ name: String) -> NodeError {
        NodeError(.storeUnavailable, "`\(name)` of the draft was removed while it was opened")
    }
}

/// The file of a ledger: short appends, each synced.
private final class LedgerFile: VaultLedgerFile {
    private(set) var byteCount: UInt64
    private let file: OpenFile

    init(_ file: consuming OpenFile) throws {
        byteCount = try file.byteCount()
        self.file = consume file
    }

    func read(into buffer: inout MutableSpan<UInt8>, at offset: UInt64) throws -> Int {
        try file.read(into: &buffer, at: offset)
    }

    func append(_ bytes: Span<UInt8>, at offset: UInt64) throws {
        if offset < byteCount { try file.cut(to: offset) }
        try file.write(bytes, at: offset)
        try file.sync()
        byteCount = offset + UInt64(bytes.count)
    }
}
