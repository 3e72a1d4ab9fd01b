public import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

/// Keys that are made and ended one by one. Each step is an event of the vault's chain.
extension Vault {
    /// A key to which clients seal what only this vault opens: X-Wing, its seed wrapped under the root.
    ///
    /// - Parameter lifetime: seconds to its hard end, at most 92 days; that where nil.
    /// - Throws: `vault.locked`, `vault.key_malformed` for another lifetime, `vault.key_expired` when the root's time is over.
    public func createServiceKey(lifetime: Int64? = nil, by principal: String) throws -> KeyStatement {
        do {
            return try files.exclusively { try makeServiceKey(lifetime, after: nil) }
        } catch {
            try refuse("keys create", error, by: principal)
        }
    }

    private func makeServiceKey(_ lifetime: Int64?, after old: KeyStatement?) throws -> KeyStatement {
        _ = try requireSession()
        let root = try usableRoot()
        let key = try DecapsulationKey.generate(.xWing)
        let statement = try KeyStatement(
            .service, .xWing, publicKey: key.publicKey, at: now(), lifetime: lifetime, after: old)
        // The file first: what a crash leaves of it is a seed that no event names.
        try files.write(
            WrappedSeed.wrap(key.exportSeed(), of: statement, under: root).bytes, as: .seed(statement.id), replacing: false)
        try journal.write { _, time in
            guard let old else { return ([.key(KeyEvent(.create(statement, parent: root.id), at: time))], ()) }
            let overlapEnds = time.advanced(bySeconds: old.kind.standardOverlap)
            let change = KeyEvent.Change.rotate(old.id, to: statement, parent: root.id, overlapEnds: overlapEnds)
            return ([.key(KeyEvent(change, at: time))], ())
        }
        return statement
    }

    private func usableRoot() throws -> KeyStatement {
        try journal.read { state in
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            return try state.keys.key(root, for: .wrapSeed, at: now()).statement
        }
    }

    /// The private half of a service key, to open what was sealed to it.
    ///
    /// - Throws: `vault.locked`, and whatever keeps the key from serving: its state, its end, another kind.
    public func serviceKey(_ id: VaultKeyID) throws -> DecapsulationKey {
        let session = try requireSession()
        let record = try journal.read { try $0.keys.key(id, for: .open, at: now()) }
        return try wrappingKey(record.statement, session)
    }

    /// Replaces a key by one of its line: the root, the wrapping key of a version, or a service key, which still opens for
    /// half of its longest overlap.
    ///
    /// - Returns: the new key.
    public func rotate(_ id: VaultKeyID, _ backend: any CustodyBackend, by principal: String) throws -> VaultKeyID {
        switch try recordingRefusal(of: "keys rotate", by: principal, { try line(of: id) }) {
        case .root: return try rotateRoot(backend, by: principal).root
        case .version(let entry):
            guard try rewrap([entry], by: principal).count == 1 else {
                throw VaultError(.unwrapFailed, "the version of `\(id)` does not open")
            }
            return try journal.read { try $0.entry(entry.artifact, version: entry.version).wrappingKey }
        case .service(let old):
            return try recordingRefusal(of: "keys rotate", by: principal) {
                try files.exclusively { try makeServiceKey(nil, after: old).id }
            }
        }
    }

    /// What a key that can be replaced is for.
    private enum Line {
        case root, version(CatalogueEntry), service(KeyStatement)
    }

    private func line(of id: VaultKeyID) throws -> Line {
        let record = try key(id)
        return try journal.read { state in
            switch record.kind {
            case .root where state.keys.root == id: return .root
            case .root: throw VaultError(.keyState, "`\(id)` is not the root any more")
            case .model, .data:
                guard let entry = state.live.first(where: { $0.wrappingKey == id }) else {
                    throw VaultError(.keyState, "`\(id)` serves no version that is live")
                }
                return .version(entry)
            case .service:
                guard try hasSeed(id) else {
                    throw VaultError(.keyState, "`\(id)` lives in the memory of a process, which replaces it itself")
                }
                return .service(record.statement)
            case .api, .session:
                throw VaultError(.keyPurpose, "a key of the kind `\(record.kind.rawValue)` is not rotated here")
            }
        }
    }

    /// Whether the private half of a key rests in the vault.
    private func hasSeed(_ id: VaultKeyID) throws -> Bool { try files.read(.seed(id)) != nil }

    /// What ``rotateDue(_:by:)`` did.
    public struct DueWork: Sendable, Equatable {
        public internal(set) var root: VaultKeyID?
        public internal(set) var rewrapped = 0
        /// Versions that do not open, so that their keys could not be replaced.
        public internal(set) var damaged = 0
        public internal(set) var service: [VaultKeyID] = []
        public internal(set) var retired = 0

        /// Nothing was due.
        public init() {}
    }

    /// Does everything that is due: replaces what is near or past its end, the root first, and retires what was replaced and
    /// whose overlap is over.
    public func rotateDue(_ backend: any CustodyBackend, by principal: String) throws -> DueWork {
        var done = DueWork()
        var due = try dueKeys()
        // An old root that is still there is left of a replacement that did not end.
        if due.contains(where: { $0.id.kind == .root }) {
            done.root = try rotateRoot(backend, by: principal).root
            due = try dueKeys()
        }
        let wanted = Set(due.filter { [.rotate, .expired, .compromised].contains($0.step) }.map(\.id))
        let versions = try journal.read { state in state.live.filter { wanted.contains($0.wrappingKey) } }
        let rewrapped = try rewrap(versions, by: principal)
        (done.rewrapped, done.damaged) = (rewrapped.count, rewrapped.damaged.count)
        for key in due where key.id.kind == .service {
            switch key.step {
            case .rotate, .expired, .compromised:
                // The others are a process's own; one that is refused is of a process that ended without saying so, or has
                // another by now.
                if try hasSeed(key.id) {
                    done.service.append(try rotate(key.id, backend, by: principal))
                } else if key.step != .rotate {
                    try destroy(key.id, by: principal)
                    done.retired += 1
                }
            case .retire:
                try destroy(key.id, by: principal)
                done.retired += 1
            case .activate: break
            }
        }
        return done
    }

    /// Takes a key out of use. It is kept, and does nothing.
    ///
    /// - Throws: `vault.key_in_use` for the root and for what a live version needs.
    public func retire(_ id: VaultKeyID, by principal: String) throws {
        try end(id, "keys retire", by: principal) { state, _ in
            try Self.requireUnused(id, state)
            return [.retire(id)]
        }
    }

    /// Destroys a key: its seed is erased here. What it alone opens is lost.
    ///
    /// - Throws: `vault.key_in_use` for the root and for what a live version needs: delete that version.
    public func destroy(_ id: VaultKeyID, by principal: String) throws {
        try end(id, "keys destroy", by: principal) { state, _ in
            try Self.requireUnused(id, state)
            let steps = state.keys.steps(toDestroy: id)
            guard !steps.isEmpty else { throw VaultError(.keyState, "`\(id)` is destroyed already") }
            return steps
        }
    }

    /// Notes that somebody else may have a key. It protects and opens nothing from here on; what it wrapped can still be
    /// wrapped anew.
    public func compromise(_ id: VaultKeyID, by principal: String) throws {
        try end(id, "keys compromise", by: principal) { _, _ in [.compromise(id)] }
    }

    private static func requireUnused(_ id: VaultKeyID, _ state: borrowing CatalogueState) throws {
        guard state.keys[id] != nil else { throw VaultError(.keyUnknown, "the vault has no key `\(id)`") }
        guard state.keys.root != id else { throw VaultError(.keyInUse, "`\(id)` is the root: rotate it") }
        if let entry = state.live.first(where: { $0.wrappingKey == id }) {
            throw VaultError(
                .keyInUse, "version \(entry.version) of `\(entry.name)` needs `\(id)`: delete that, or rotate the key")
        }
    }

    private func end(
        _ id: VaultKeyID, _ operation: String, by principal: String,
        _ steps: (_ state: borrowing CatalogueState, _ time: UTCTime) throws -> [KeyEvent.Change]
    ) throws {
        do {
            try files.exclusively {
                try journal.write { state, time in
                    (try steps(state, time).map { .key(KeyEvent($0, at: time)) }, ())
                }
                try eraseGone()
            }
        } catch {
            try refuse(operation, error, by: principal)
        }
    }
}
