internal import ChanceryNode
internal import ChanceryVault
internal import Synchronization

/// A version in the making. It is committed once; given up, it goes when nobody holds it any more.
final class VaultDraftFolder: VaultDraft {
    private struct State {
        /// Files that are not finished.
        var open: Set<String> = []
        var isEnded = false
    }

    private let claimed: ClaimedDraft
    private let bodies: OpenFolder
    private let commitBodies: @Sendable (ClaimedDraft) throws -> Void
    private let state = Mutex(State())

    /// - Parameter commit: moves the folder of bodies to where it belongs.
    init(_ claimed: ClaimedDraft, commit: @escaping @Sendable (ClaimedDraft) throws -> Void) throws {
        self.claimed = claimed
        bodies = try claimed.folder.makeFolder(VaultLayout.bodies, syncing: .never)
        commitBodies = commit
    }

    deinit { if !state.withLock({ $0.isEnded }) { try? claimed.remove() } }

    /// - Throws: `node.already_exists` for a file that was begun before; `store.conflict` when the draft has ended.
    func create(_ part: VaultBodyPart, index: Int) throws -> any VaultWriting {
        let name = try VaultLayout.name(of: part, index)
        return try state.withLock { state in
            guard !state.isEnded else { throw NodeError(.storeConflict, "the draft has ended") }
            let file = try bodies.makeFile(name)
            state.open.insert(name)
            return BodyWriter(file) { [self] in finish(name) }
        }
    }

    /// - Throws: `store.conflict` while a file is unfinished or failed, and when the draft has ended.
    func commit() throws {
        try state.withLock { state in
            guard !state.isEnded else { throw NodeError(.storeConflict, "the draft has ended") }
            guard state.open.isEmpty else {
                throw NodeError(.storeConflict, "`\(state.open.min() ?? "")` of the draft is not finished")
            }
            try bodies.sync()
            try commitBodies(claimed)
            state.isEnded = true
        }
        // The version is there; what remains of the draft, its lock, is a leftover.
        try? claimed.remove(syncing: false)
    }

    func discard() {
        state.withLock { $0.isEnded = true }
        try? claimed.remove()
    }

    private func finish(_ name: String) { state.withLock { _ = $0.open.remove(name) } }
}
