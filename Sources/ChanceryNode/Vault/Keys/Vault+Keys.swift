internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

extension Vault {
    /// Deletes a version, or all of them: its bodies, its keyring and the seed of its wrapping key are erased here. A backup of
    /// the seeds together with the root could still open a backup of the bodies until ``rotateRoot(_:by:)`` destroys the root
    /// (rule V4); until then the version is `unlinked`.
    ///
    /// - Returns: the versions that were unlinked.
    @discardableResult
    public func delete(_ artifact: ArtifactID, version: Int64? = nil, by principal: String) throws -> [CatalogueEntry] {
        do {
            return try files.exclusively {
                let gone = try journal.write { state, time -> (events: [VaultEvent], value: [CatalogueEntry]) in
                    let found = state.versions(of: artifact).filter {
                        $0.status == .live && (version == nil || $0.version == version)
                    }
                    let destroyed = found.flatMap { state.keys.line(of: .artifact($0.artifact, version: $0.version)) }
                    let events = destroyed.flatMap { id -> [VaultEvent] in
                        state.keys.steps(toDestroy: id).map { .key(KeyEvent($0, at: time)) }
                    }
                    return (
                        [.delete(.init(artifact: artifact, version: version, status: .unlinked))] + events, found
                    )
                }
                try eraseGone()
                return gone
            }
        } catch {
            try refuse("delete", error, by: principal, artifact: artifact)
        }
    }

    /// Replaces the root: every living seed is wrapped under the new one, the old roots are destroyed, and what was deleted
    /// before is beyond recovery, also from backups. No body and no keyring is touched.
    ///
    /// - Returns: the new root, and how many seeds were moved.
    public func rotateRoot(_ backend: any CustodyBackend, by principal: String) throws -> (root: VaultKeyID, moved: Int) {
        do {
            return try files.exclusively {
                // It may have been locked while this waited.
                let session = try requireSession()
                // A root that another process lost on its way to the catalogue must not stay.
                try removeLeftovers()
                return try moveToNewRoot(backend, session)
            }
        } catch {
            try refuse("keys rotate", error, by: principal)
        }
    }

    private func moveToNewRoot(
        _ backend: any CustodyBackend, _ session: Session
    ) throws -> (root: VaultKeyID, moved: Int) {
        let (old, inventory) = try journal.read { state -> (KeyRecord?, [KeyRecord]) in
            (state.keys.root.flatMap { state.keys[$0] }, state.keys.inventory)
        }
        guard let old else { throw VaultError(.keyUnknown, "the vault has no root") }
        guard session.roots[old.id] != nil else {
            throw NodeError(.storeConflict, "the root was replaced meanwhile; unlock the vault again")
        }
        let (key, statement) = try Self.newRoot(after: old.statement, at: now())
        // All of it before anything is written: a seed that does not open must not leave the vault between two roots.
        let living = inventory.filter { $0.kind.hasParent && $0.state != .destroyed }
        let moved = try Parallel.map(
            living, chunk: 16,
            throwing: { _, record -> (record: KeyRecord, wrapped: WrappedSeed)? in
                guard let bytes = try files.read(.seed(record.id)) else { return nil }
                let wrapped = try WrappedSeed(bytes)
                return (record, try wrapped.moved(record.statement, from: session.root(wrapped.parent), to: statement))
            }
        ).compactMap(\.self)
        try files.write(backend.seal(key.exportSeed(), label: Self.rootLabel).bytes, as: .root(statement.id), replacing: false)
        // Whoever uses the vault in between finds both.
        self.session.withLock { held in
            held = held.map { $0.with(roots: $0.roots.merging([statement.id: key]) { $1 }) }
        }
        try journal.write { _, time in
            ([.key(KeyEvent(.rotate(old.id, to: statement, parent: nil, overlapEnds: time), at: time))], ())
        }
        try files.write(moved.map { (.seed($0.record.id), $0.wrapped.bytes) })
        // A key whose seed is gone opens nothing; it hangs under the new root so that the old one can go.
        try journal.write { state, time in
            var events: [VaultEvent] = []
            // Service keys of running processes come and go meanwhile.
            let children = state.keys.inventory.filter {
                $0.kind.hasParent && $0.state != .destroyed && $0.parent != statement.id
            }
            for part in children.map(\.id).chunks(of: KeyEvent.mostChildren) {
                events.append(.key(KeyEvent(.adopt(part, under: statement.id), at: time)))
            }
            for root in state.keys.roots where root != statement.id {
                events += state.keys.steps(toDestroy: root).map { .key(KeyEvent($0, at: time)) }
            }
            for artifact in Set(state.unlinked.map(\.artifact)).sorted(by: { $0.text < $1.text }) {
                events.append(.delete(.init(artifact: artifact, version: nil, status: .destroyed)))
            }
            return (events, ())
        }
        self.session.withLock { held in
            held = held.map { $0.with(roots: [statement.id: key]) }
        }
        try eraseGone()
        return (statement.id, moved.count)
    }

    /// Every key of the vault.
    public func keys() throws -> [KeyRecord] { try journal.read { $0.keys.inventory } }

    /// One key.
    ///
    /// - Throws: `vault.key_unknown`.
    public func key(_ id: VaultKeyID) throws -> KeyRecord {
        guard let record = try journal.read({ $0.keys[id] }) else {
            throw VaultError(.keyUnknown, "the vault has no key `\(id)`")
        }
        return record
    }

    /// What is due now.
    public func dueKeys() throws -> [DueKey] { try journal.read { $0.keys.due(at: now()) } }
}

extension Array {
    /// Consecutive parts of at most `count` elements.
    func chunks(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
