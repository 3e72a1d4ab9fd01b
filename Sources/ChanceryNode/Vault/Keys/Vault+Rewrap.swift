internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Synchronization

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
            _ = try requireSession()
            var done = Rewrapped()
            for part in versions.chunks(of: Self.mostRewrapped) {
                let (count, failures) = try files.exclusively {
                    try removeLeftovers()
                    // Another process may have locked the vault, or replaced its root, since the step before.
                    return try turn(part, requireSession())
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
        let root: SeedParent
        /// What opens the seeds, expanded for as long as the step takes.
        let roots: [VaultKeyID: DecapsulationKey]
        let items: [(entry: CatalogueEntry, key: KeyStatement)]
        let lastKeyring: Int64
        let policy: [UInt8]?
        let signers: [VerifyingKey<Purpose.Record>]
        let batches = KnownBatches()
    }

    /// The batches of a step, for all cores.
    private final class KnownBatches: Sendable {
        private let known = Mutex(VerifiedBatches())

        func verify(_ bytes: [UInt8], by key: VerifyingKey<Purpose.Record>) throws -> SignedKeyring {
            let keyring = try SignedKeyring.verify(bytes, by: key, known: known.withLock { $0 })
            known.withLock { $0.add(keyring, verifiedBy: key) }
            return keyring
        }
    }

    private func plan(_ versions: [CatalogueEntry], _ session: Session) throws -> Plan {
        let signers = try recordKeys()
        let roots = try session.roots.mapValues { try $0.expanded() }
        return try journal.read { state in
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            let items = try versions.compactMap { version -> (entry: CatalogueEntry, key: KeyStatement)? in
                guard let entry = try? state.entry(version.artifact, version: version.version) else { return nil }
                return (entry, try state.keys.key(entry.wrappingKey, for: .move, at: now()).statement)
            }
            return Plan(
                root: try SeedParent(state.keys.key(root, for: .wrapSeed, at: now()).statement), roots: roots, items: items,
                lastKeyring: state.lastKeyring, policy: state.policy, signers: signers)
        }
    }

    /// A version's new wrapping key, and its data key wrapped for that.
    private struct Turned: Sendable {
        let entry: CatalogueEntry
        let key: KeyStatement
        /// The file of its seed.
        let seed: [UInt8]
        let context: WrapContext
        let wrap: WrappedKey
    }

    private func turn(
        _ versions: [CatalogueEntry], _ session: Session
    ) throws -> (count: Int, failures: [(entry: CatalogueEntry, error: any Error)]) {
        let plan = try plan(versions, session)
        let results = Parallel.map(plan.items, chunk: 16) { _, item in
            Result { try rewrapped(item.entry, item.key, plan) }
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
            Parallel.map(
                turned,
                throwing: { index, one in
                    try Keyring(
                        one.context, counter: plan.lastKeyring + 1 + Int64(index), policy: plan.policy, wraps: [one.wrap])
                }), of: id, by: record)
        // The files first: what a crash leaves of them is keys that no event names.
        let written = try Parallel.map(
            Array(zip(turned, keyrings)),
            throwing: { _, pair in
                (pair.0.entry.keyringFile(pair.1.keyring.counter), try pair.1.encoded())
            })
        try files.write(turned.map { (.seed($0.key.id), $0.seed) } + written)
        try journal.write { state, time in
            guard state.lastKeyring == plan.lastKeyring else {
                throw NodeError(.storeConflict, "somebody else numbered keyrings meanwhile")
            }
            return (Self.events(turned, keyrings, plan.root, at: time), ())
        }
        try files.erase(turned.flatMap { [.seed($0.entry.wrappingKey), $0.entry.keyringFile($0.entry.keyring)] })
        return (turned.count, failures)
    }

    private func rewrapped(_ entry: CatalogueEntry, _ old: KeyStatement, _ plan: Plan) throws -> Turned {
        guard let bytes = try files.read(entry.keyringFile(entry.keyring)) else {
            throw VaultError(.recordMismatch, "the keyring of `\(entry.name)` is missing")
        }
        let keyring = try Self.verifying(plan.signers) { try plan.batches.verify(bytes, by: $0) }.keyring
        let context = WrapContext(manifest: entry.manifest, dataKey: entry.dataKey, tier: entry.tier)
        guard keyring.counter == entry.keyring, keyring.context == context else {
            throw VaultError(.recordMismatch, "the keyring of `\(entry.name)` is not the one of the catalogue")
        }
        let wrapped = try wrappedSeed(of: old)
        guard let root = plan.roots[wrapped.parent] else {
            throw VaultError(.locked, "the root `\(wrapped.parent)` is not unlocked")
        }
        let dataKey = try keyring.dataKey(with: wrapped.key(old, with: root))
        let key = try newKey(
            .artifact(entry.artifact, version: entry.version), entry.kind, entry.tier, plan.root, after: old)
        let wrap = try WrappedKey.wrap(
            dataKey, in: context, to: EncapsulationKey(key.algorithm, key.statement.publicKey))
        return Turned(entry: entry, key: key.statement, seed: key.wrapped.bytes, context: context, wrap: wrap)
    }

    private static func events(
        _ turned: [Turned], _ keyrings: [SignedKeyring], _ root: SeedParent, at time: UTCTime
    ) -> [VaultEvent] {
        guard let first = keyrings.first else { return [] }
        var events = turned.map { one in
            VaultEvent.key(
                KeyEvent(.rotate(one.entry.wrappingKey, to: one.key, parent: root.id, overlapEnds: time), at: time))
        }
        events.append(
            .rewrap(
                .init(
                    batch: first.batch.record.id, first: first.keyring.counter,
                    items: turned.map {
                        .init(artifact: $0.entry.artifact, version: $0.entry.version, wrappingKey: $0.key.id)
                    })))
        return events + turned.map { .key(KeyEvent(.destroy($0.entry.wrappingKey), at: time)) }
    }
}

extension CatalogueEntry {
    fileprivate func keyringFile(_ counter: Int64) -> VaultFile { .keyring(artifact, version: version, counter: counter) }
}
