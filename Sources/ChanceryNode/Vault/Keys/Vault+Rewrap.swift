internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

extension Vault {
    /// The most versions that are re-wrapped in one step: all of them or, after a crash, none.
    static let mostRewrapped = 1024

    /// What came of a re-wrap.
    public struct Rewrapped: Sendable, Equatable {
        public internal(set) var count = 0
        /// Versions whose records or keys do not open; each is on record. The others were re-wrapped.
        public internal(set) var damaged: [CatalogueEntry] = []

        public init(count: Int = 0, damaged: [CatalogueEntry] = []) {
            self.count = count
            self.damaged = damaged
        }
    }

    /// Gives versions new wrapping keys and destroys the old ones. Bodies and manifests are not touched, so writs and grants
    /// stay; the keyrings name the access policy that is in force now (rule V1).
    ///
    /// Wrapping keys end after 366 days and nothing opens with them then; re-wrapping still works.
    ///
    /// - Parameters:
    ///   - versions: those that were deleted meanwhile are passed over.
    ///   - progress: called with how many more are done.
    /// - Throws: `vault.locked`, `vault.key_expired` when the root itself is past its end. What was done before stays.
    public func rewrap(
        _ versions: [CatalogueEntry], by principal: String, progress: (Int) -> Void = { _ in }
    ) throws -> Rewrapped {
        do {
            let session = try requireSession()
            var done = Rewrapped()
            for part in versions.chunks(of: Self.mostRewrapped) {
                let (count, failures) = try files.exclusively {
                    try removeLeftovers()
                    return try turn(part, session)
                }
                done.count += count
                done.damaged += failures.map(\.entry)
                try note(failures, by: principal)
                progress(part.count)
            }
            return done
        } catch {
            try refuse("rewrap", error, by: principal)
        }
    }

    private func note(_ failures: [(entry: CatalogueEntry, error: any Error)], by principal: String) throws {
        guard !failures.isEmpty else { return }
        try journal.write { _, _ in
            let refusals = failures.map { entry, error in
                VaultEvent.refusal(Self.refusal("rewrap", error, by: principal, artifact: entry.artifact))
            }
            return (refusals, ())
        }
    }

    /// What is re-wrapped together, as it stands when nobody else changes the files.
    private struct Plan: Sendable {
        let root: KeyStatement
        let items: [(entry: CatalogueEntry, key: KeyStatement)]
        let lastKeyring: Int64
        let policy: [UInt8]?
        let signers: [VerifyingKey<Purpose.Record>]
    }

    private func plan(_ versions: [CatalogueEntry]) throws -> Plan {
        let signers = try recordKeys()
        return try journal.read { state in
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            let items = try versions.compactMap { version -> (entry: CatalogueEntry, key: KeyStatement)? in
                guard let entry = try? state.entry(version.artifact, version: version.version) else { return nil }
                return (entry, try state.keys.key(entry.wrappingKey, for: .move, at: now()).statement)
            }
            return Plan(
                root: try state.keys.key(root, for: .wrapSeed, at: now()).statement, items: items,
                lastKeyring: state.lastKeyring, policy: state.policy, signers: signers)
        }
    }

    /// A version's new wrapping key, and its data key wrapped for that.
    private struct Turned: Sendable {
        let entry: CatalogueEntry
        let key: (statement: KeyStatement, algorithm: EncapsulationAlgorithm, wrapped: WrappedSeed)
        let context: WrapContext
        let wrap: WrappedKey
    }

    private func turn(
        _ versions: [CatalogueEntry], _ session: Session
    ) throws -> (count: Int, failures: [(entry: CatalogueEntry, error: any Error)]) {
        let plan = try plan(versions)
        let results = Parallel.map(plan.items, chunk: 16) { _, item in
            Result { try rewrapped(item.entry, item.key, plan, session) }
        }
        var (turned, failures): ([Turned], [(entry: CatalogueEntry, error: any Error)]) = ([], [])
        for (item, result) in zip(plan.items, results) {
            switch result {
            case .success(let one): turned.append(one)
            case .failure(let error): failures.append((item.entry, error))
            }
        }
        guard !turned.isEmpty else { return (0, failures) }
        let keyrings = try KeyringBatch.sign(
            turned.enumerated().map { index, one in
                try Keyring(
                    one.context, counter: plan.lastKeyring + 1 + Int64(index), policy: plan.policy, wraps: [one.wrap])
            }, of: id, by: record)
        // The files first: what a crash leaves of them is keys that no event names.
        try files.write(turned.map { (.seed($0.key.statement.id), $0.key.wrapped.bytes) })
        try files.write(
            zip(turned, keyrings).map { one, keyring in (one.entry.keyringFile(keyring.keyring.counter), try keyring.encoded())
            })
        try journal.write { state, time in
            guard state.lastKeyring == plan.lastKeyring else {
                throw NodeError(.storeConflict, "somebody else numbered keyrings meanwhile")
            }
            return (Self.events(turned, keyrings, plan.root, at: time), ())
        }
        try files.erase(turned.flatMap { [.seed($0.entry.wrappingKey), $0.entry.keyringFile($0.entry.keyring)] })
        return (turned.count, failures)
    }

    private func rewrapped(
        _ entry: CatalogueEntry, _ old: KeyStatement, _ plan: Plan, _ session: Session
    ) throws -> Turned {
        guard let bytes = try files.read(entry.keyringFile(entry.keyring)) else {
            throw VaultError(.recordMismatch, "the keyring of `\(entry.name)` is missing")
        }
        let keyring = try Self.verifying(plan.signers) { try SignedKeyring.verify(bytes, by: $0) }.keyring
        let context = WrapContext(manifest: entry.manifest, dataKey: entry.dataKey, tier: entry.tier)
        guard keyring.counter == entry.keyring, keyring.context == context else {
            throw VaultError(.recordMismatch, "the keyring of `\(entry.name)` is not the one of the catalogue")
        }
        let opener = try wrappingKey(old, from: wrappedSeed(of: old), session)
        let dataKey = try keyring.dataKey(with: opener)
        let key = try newKey(
            .artifact(entry.artifact, version: entry.version), entry.kind, entry.tier, plan.root, after: old)
        let wrap = try WrappedKey.wrap(
            dataKey, in: context, to: EncapsulationKey(key.algorithm, key.statement.publicKey))
        return Turned(entry: entry, key: key, context: context, wrap: wrap)
    }

    private static func events(
        _ turned: [Turned], _ keyrings: [SignedKeyring], _ root: KeyStatement, at time: UTCTime
    ) -> [VaultEvent] {
        guard let first = keyrings.first else { return [] }
        var events = turned.map { one in
            VaultEvent.key(
                KeyEvent(.rotate(one.entry.wrappingKey, to: one.key.statement, parent: root.id, overlapEnds: time), at: time))
        }
        events.append(
            .rewrap(
                .init(
                    batch: first.batch.record.id, first: first.keyring.counter,
                    items: turned.map {
                        .init(artifact: $0.entry.artifact, version: $0.entry.version, wrappingKey: $0.key.statement.id)
                    })))
        return events + turned.map { .key(KeyEvent(.destroy($0.entry.wrappingKey), at: time)) }
    }
}

extension CatalogueEntry {
    fileprivate func keyringFile(_ counter: Int64) -> VaultFile { .keyring(artifact, version: version, counter: counter) }
}
