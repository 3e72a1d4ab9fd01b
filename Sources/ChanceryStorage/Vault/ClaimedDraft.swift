internal import ChanceryNode
internal import ChanceryVault
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
        // Until it is committed or filled from elsewhere, a crash may take it.
        let folder = try drafts.makeFolder(name, syncing: .never)
        let lock = try folder.makeFile(VaultLayout.lock)
        guard try lock.claim() else { throw NodeError(.storeBusy, "another process holds `\(folder.path)`") }
        return ClaimedDraft(folder, named: name, in: drafts, lock)
    }

    /// The one for an interrupted put of `name`, or a new one.
    ///
    /// - Throws: `store.busy` while somebody else has it.
    static func resumable(_ name: ArtifactName, in root: String) throws -> ClaimedDraft {
        try AtomicFile.makeFolder(root)
        let folderName = VaultLayout.draft(of: name)
        for _ in 0..<64 {
            guard let drafts = try OpenFolder.at(root)?.makeFolder(VaultLayout.drafts) else { break }
            let folder = try drafts.makeFolder(folderName)
            guard let lock = try folder.openFile(VaultLayout.lock) else { continue }
            guard try lock.claim() else {
                throw NodeError(.storeBusy, "another put of `\(name)` is under way; let it end")
            }
            // Whoever had it may have removed it meanwhile: then this lock holds nothing.
            guard let named = folder.status(of: VaultLayout.lock), try lock.isSame(as: named), drafts.isFolder(folderName)
            else { continue }
            try lock.touch()
            return ClaimedDraft(folder, named: folderName, in: drafts, lock)
        }
        throw NodeError(.storeBusy, "the draft of `\(name)` changes all the time; try again")
    }

    /// Claims what nobody continued for a week.
    static func abandoned(in root: String) throws -> [ClaimedDraft] {
        guard let drafts = try OpenFolder.at(root)?.folder(VaultLayout.drafts) else { return [] }
        return try drafts.names().compactMap { name in
            guard VaultLayout.isResumable(name), drafts.isFolder(name), let folder = try drafts.folder(name),
                let own = try OpenFolder.at(root)?.folder(VaultLayout.drafts),
                let lock = try folder.openFile(VaultLayout.lock), try lock.claim(),
                try lock.age() >= VaultLayout.resumableSeconds
            else { return nil }
            return ClaimedDraft(folder, named: name, in: own, lock)
        }
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

    /// Removes all it holds but its lock.
    func clear() throws {
        for name in try folder.names() where name != VaultLayout.lock {
            if folder.isFolder(name) {
                try folder.folder(name)?.clear(sparing: VaultLayout.isPublic)
                _ = try folder.removeEmpty(name)
            } else {
                try folder.erase(name)
            }
        }
        try folder.sync()
    }

    /// Removes it with all it holds.
    ///
    /// - Parameter syncing: false when nothing is in it that must be gone: after a crash it is a leftover.
    func remove(syncing: Bool = true, wiping: Bool = true) throws {
        try folder.clear(sparing: { VaultLayout.isPublic($0) || !wiping }, syncing: syncing)
        _ = try drafts.removeEmpty(name)
        if syncing { try drafts.sync() }
    }

    /// `<process>-<number>`; nothing else in the folder is ours.
    private static func isDraft(_ name: String) -> Bool {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { UInt64($0) != nil }
    }
}
