internal import ChanceryVault
internal import Synchronization

/// What lies in the vault's folder and belongs to nothing any more. Whoever calls holds the files exclusively.
extension Vault {
    /// Erases what belongs to versions that are not live and to keys that are destroyed, also what a crash left of that.
    func eraseGone() throws {
        let (dead, destroyed) = try journal.read { state in
            (state.unlinked, Set(state.keys.inventory.filter { $0.state == .destroyed }.map(\.id)))
        }
        let gone = Set(dead.map { StoredVersion($0.artifact, $0.version) })
        try files.erase(
            files.keyFiles().filter { file in
                switch file {
                case .root(let id), .seed(let id): destroyed.contains(id)
                case .keyring(let artifact, let version, _): gone.contains(StoredVersion(artifact, version))
                default: false
                }
            })
        for entry in dead { try files.remove(entry.artifact, version: entry.version) }
    }

    /// Removes, at most once an hour, what no event names: a crash came between the file and its event. Looks at every file.
    func removeLeftovers() throws {
        let now = monotonic()
        guard tidied.withLock({ $0.map { now - $0 >= 3_600_000 } ?? true }) else { return }
        var (versions, wanted): (Set<StoredVersion>, Set<VaultFile>) = ([], [])
        try journal.read { state in
            for entry in state.live {
                versions.insert(StoredVersion(entry.artifact, entry.version))
                wanted.insert(.keyring(entry.artifact, version: entry.version, counter: entry.keyring))
            }
            for record in state.keys.inventory where record.state != .destroyed {
                wanted.insert(record.kind == .root ? .root(record.id) : .seed(record.id))
            }
        }
        _ = try files.removeLeftovers { versions.contains(StoredVersion($0, $1)) }
        try files.erase(files.keyFiles().filter { !wanted.contains($0) })
        tidied.withLock { $0 = now }
    }
}

private struct StoredVersion: Hashable {
    let artifact: ArtifactID
    let version: Int64

    init(_ artifact: ArtifactID, _ version: Int64) {
        self.artifact = artifact
        self.version = version
    }
}
