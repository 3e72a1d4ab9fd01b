internal import ChanceryNode
internal import Foundation

/// A folder under `drafts` that this process holds: for what is not yet visible, or no longer. A lock in it, which dies with
/// its process, tells it from what a crash left.
final class ClaimedDraft: Sendable {
    let folder: OpenFolder
    private let drafts: OpenFolder
    private let name: String
    private let lock: OpenFile

    private init(
        _ folder: consuming OpenFolder, named name: String, in drafts: consuming OpenFolder, _ lock: consuming OpenFile
    ) {
        self.folder = folder
        self.drafts = drafts
        self.name = name
        self.lock = lock
    }

    /// A new one in the vault at `root`.
    static func make(in root: String) throws -> ClaimedDraft {
        try AtomicFile.makeFolder(root)
        guard let drafts = try OpenFolder.at(root)?.makeFolder(VaultLayout.drafts) else {
            throw NodeError(.storeUnavailable, "`\(root)` was removed while it was written")
        }
        // Nobody looks for leftovers between the folder's birth and its lock.
        let birth = try FileLock("\(root)/\(VaultLayout.drafts)/.lock")
        defer { withExtendedLifetime(birth) {} }
        let name = "\(getpid())-\(UInt64.random(in: .min ... .max))"
        let folder = try drafts.makeFolder(name)
        let lock = try folder.makeFile(VaultLayout.lock)
        guard try lock.claim() else { throw NodeError(.storeBusy, "another process holds `\(folder.path)`") }
        return ClaimedDraft(folder, named: name, in: drafts, lock)
    }

    /// Claims what processes left that are no more.
    static func leftovers(in root: String) throws -> [ClaimedDraft] {
        guard let drafts = try OpenFolder.at(root)?.folder(VaultLayout.drafts) else { return [] }
        let birth = try FileLock("\(root)/\(VaultLayout.drafts)/.lock")
        defer { withExtendedLifetime(birth) {} }
        return try drafts.names().compactMap { name in
            guard isDraft(name), drafts.isFolder(name), let folder = try drafts.folder(name),
                let own = try OpenFolder.at(root)?.folder(VaultLayout.drafts)
            else { return nil }
            // Without a lock it died at birth, or while it was removed.
            let lock = try folder.file(VaultLayout.lock, O_RDWR) ?? folder.makeFile(VaultLayout.lock)
            return try lock.claim() ? ClaimedDraft(folder, named: name, in: own, lock) : nil
        }
    }

    /// Removes it with all it holds.
    func remove() throws {
        try folder.clear(sparing: VaultLayout.isPublic)
        _ = try drafts.removeEmpty(name)
        try drafts.sync()
    }

    /// `<process>-<number>`; nothing else in the folder is ours.
    private static func isDraft(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { UInt64($0) != nil }
    }
}
