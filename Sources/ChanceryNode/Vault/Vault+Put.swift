internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire
internal import Foundation

extension Vault {
    /// What is put, besides its content.
    public struct NewArtifact: Sendable {
        public let name: ArtifactName
        public let kind: ArtifactKind
        public let tier: PrivacyTier
        public let metadata: ArtifactMetadata

        public init(name: ArtifactName, kind: ArtifactKind, tier: PrivacyTier, metadata: ArtifactMetadata) {
            self.name = name
            self.kind = kind
            self.tier = tier
            self.metadata = metadata
        }
    }

    /// How something is put.
    public struct PutOptions: Sendable {
        /// Whether an interrupted put is kept, and continued by the next one of the same name, kind, tier and paths (rule V2).
        /// What was kept goes when a put comes to its end, with ``Vault/discardPut(_:)``, or after seven days.
        public var isResumable: Bool
        /// Cores that may hash and seal. The result is the same for any number.
        public var workers: Int

        public init(isResumable: Bool = false, workers: Int = Vault.cores) {
            self.isResumable = isResumable
            self.workers = workers
        }
    }

    /// The cores of this machine.
    public static var cores: Int { ProcessInfo.processInfo.activeProcessorCount }

    /// Seals content as the next version of what has the name, or as a new artifact. Memory does not grow with the content but
    /// for 32 bytes for each 32 KiB; nothing unsealed touches the disk.
    ///
    /// - Parameters:
    ///   - files: paths and contents, each path once. Contents are read in the order of their paths.
    ///   - progress: called with the bytes that were taken, some times for each mebibyte.
    /// - Throws: `vault.locked`, `vault.attestation_required` for a tier that this host cannot keep, `vault.catalogue_conflict`
    ///   when somebody else put a version in between, `store.busy` when somebody else continues the same interrupted put, and
    ///   what records and contents throw. Nothing was put then.
    public func put(
        _ new: NewArtifact, files contents: [(path: FilePath, content: any VaultContent)], by principal: String,
        options: PutOptions = PutOptions(), progress: (Int) -> Void = { _ in }
    ) throws -> CatalogueEntry {
        do {
            let session = try requireSession()
            try TierRule.verdict(on: new.tier, custody: session.backend, at: now()).require()
            let plan = try plan(new)
            let contents = contents.sorted { $0.path < $1.path }
            let draft = try draft(new, plan, contents.map(\.path), session, options)
            do {
                return try seal(new, plan, contents, draft, options, progress)
            } catch {
                draft.giveUp()
                throw error
            }
        } catch {
            try refuse("put", error, by: principal)
        }
    }

    /// What became of an interrupted put.
    public enum Discarded: Sendable {
        case nothing, overwritten
        /// Its files are gone, and the system did not let the sealed key of the attempt be overwritten before.
        case removed
    }

    /// Forgets an interrupted put: its sealed chunks and the key that they were sealed with. Needs no key.
    ///
    /// - Throws: what keeps its files from being removed.
    public static func discardPut(_ draft: any VaultResumableDraft) throws -> Discarded {
        let isThere = try draft.attempt() != nil
        let isOverwritten = try draft.abandon()
        return !isThere ? .nothing : isOverwritten ? .overwritten : .removed
    }

    /// Where new content goes.
    private struct Plan {
        /// Nil while nothing has the name.
        let artifact: ArtifactID?
        let version: Int64
        let root: KeyStatement
        let lastKeyring: Int64
        let policy: [UInt8]?
    }

    private func plan(_ new: NewArtifact) throws -> Plan {
        try journal.read { state in
            let artifact = state.artifact(named: new.name)
            let last = artifact.flatMap { state.versions(of: $0).last }
            if let last, last.kind != new.kind {
                throw VaultError(.catalogueConflict, "`\(new.name)` is of the kind `\(last.kind.rawValue)`")
            }
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            return Plan(
                artifact: artifact, version: (last?.version ?? 0) + 1,
                root: try state.keys.key(root, for: .wrapSeed, at: now()).statement, lastKeyring: state.lastKeyring,
                policy: state.policy)
        }
    }

    private func draft(
        _ new: NewArtifact, _ plan: Plan, _ paths: [FilePath], _ session: Session, _ options: PutOptions
    ) throws -> PutDraft {
        guard options.isResumable else {
            let artifact = plan.artifact ?? .random()
            return PutDraft(try files.draft(of: artifact, version: plan.version), of: artifact)
        }
        let terms = PutAttempt.Terms(
            vault: id, name: new.name, kind: new.kind, version: plan.version, tier: new.tier, paths: paths)
        return try PutDraft(
            files.resumableDraft(of: new.name), of: plan.artifact, terms, under: plan.root, roots: session.roots)
    }

    private func seal(
        _ new: NewArtifact, _ plan: Plan, _ contents: [(path: FilePath, content: any VaultContent)],
        _ draft: borrowing PutDraft, _ options: PutOptions, _ progress: (Int) -> Void
    ) throws -> CatalogueEntry {
        let (artifact, dataKeyID) = (draft.artifact, draft.key.id)
        var (listed, sealed): ([ManifestFile], [SealedFile]) = ([], [])
        for (index, file) in contents.enumerated() {
            let context = try BodyContext(
                vault: id, artifact: artifact, version: plan.version, path: file.path, dataKey: dataKeyID, tier: new.tier)
            let written = try draft.write(
                file.content, new.kind, context, index: index, workers: options.workers, progress)
            listed.append(written.listed)
            sealed.append(written.sealed)
        }
        let manifest = try Manifest.sign(
            Manifest.Terms(
                vault: id, artifact: artifact, name: new.name, kind: new.kind, version: plan.version, tier: new.tier,
                files: listed, metadata: new.metadata), by: record)
        let sealing = try Sealing.sign(manifest, dataKey: dataKeyID, files: sealed, by: record)
        let records = Records(manifest: manifest, sealing: sealing)
        let wrapped = try wrap(draft.key, records, under: plan.root)
        return try files.exclusively {
            // What a crash left must not stand in the way.
            try removeLeftovers()
            // Somebody else may have put this version, or replaced the root, while the content was sealed.
            let again = try self.plan(new)
            guard again.version == plan.version, again.artifact == plan.artifact else {
                throw VaultError(.catalogueConflict, "somebody else put a version of `\(new.name)` meanwhile")
            }
            try draft.commit()
            return try keep(
                records, again.root.id == plan.root.id ? wrapped : wrap(draft.key, records, under: again.root), again)
        }
    }

    /// What says what was put, signed.
    private struct Records {
        let manifest: Manifest
        let sealing: Sealing

        var context: WrapContext {
            WrapContext(manifest: manifest.digest, dataKey: sealing.dataKey, tier: manifest.terms.tier)
        }
    }

    /// A data key, wrapped for a wrapping key of its own.
    private struct Wrapped {
        let key: (statement: KeyStatement, algorithm: EncapsulationAlgorithm, wrapped: WrappedSeed)
        let wrap: WrappedKey
    }

    private func wrap(
        _ dataKey: borrowing PutDraft.Key, _ records: Records, under root: KeyStatement
    ) throws -> Wrapped {
        let terms = records.manifest.terms
        let key = try newKey(
            .artifact(terms.artifact, version: terms.version), terms.kind, terms.tier, SeedParent(root))
        let wrap = try WrappedKey.wrap(
            dataKey.bytes, in: records.context, to: EncapsulationKey(key.algorithm, key.statement.publicKey))
        return Wrapped(key: key, wrap: wrap)
    }

    /// Writes the small files of a version whose bodies are there, and its event.
    private func keep(_ records: Records, _ wrapped: Wrapped, _ plan: Plan) throws -> CatalogueEntry {
        var plan = plan
        let (terms, key) = (records.manifest.terms, wrapped.key)
        while true {
            let keyring = try KeyringBatch.sign(
                [Keyring(records.context, counter: plan.lastKeyring + 1, policy: plan.policy, wraps: [wrapped.wrap])],
                of: id, by: record)[0]
            let counter = keyring.keyring.counter
            try files.write([
                (.manifest(terms.artifact, version: terms.version), records.manifest.record.bytes),
                (.sealing(terms.artifact, version: terms.version), records.sealing.record.bytes),
                (.keyring(terms.artifact, version: terms.version, counter: counter), keyring.encoded()),
                (.seed(key.statement.id), key.wrapped.bytes),
            ])
            let entry = try journal.write { state, time -> (events: [VaultEvent], value: CatalogueEntry?) in
                guard state.lastKeyring == plan.lastKeyring, state.policy == plan.policy else { return ([], nil) }
                let entry = try CatalogueEntry(
                    artifact: terms.artifact, version: terms.version, name: terms.name, kind: terms.kind, tier: terms.tier,
                    manifest: records.manifest.digest, sealing: records.sealing.record.id,
                    dataKey: records.sealing.dataKey, keyring: counter, wrappingKey: key.statement.id,
                    length: Int64(clamping: records.manifest.terms.totalLength), put: time)
                return ([.key(KeyEvent(.create(key.statement, parent: plan.root.id), at: time)), .put(entry)], entry)
            }
            if let entry { return entry }
            // Another policy holds since: the keyring names the one in force.
            plan = try journal.read { state in
                Plan(
                    artifact: plan.artifact, version: plan.version, root: plan.root, lastKeyring: state.lastKeyring,
                    policy: state.policy)
            }
        }
    }

    /// A fresh wrapping key with its seed wrapped under the root.
    func newKey(
        _ subject: KeySubject, _ kind: ArtifactKind, _ tier: PrivacyTier, _ root: SeedParent, after old: KeyStatement? = nil
    ) throws -> (statement: KeyStatement, algorithm: EncapsulationAlgorithm, wrapped: WrappedSeed) {
        let algorithm = WrapAlgorithm.of(tier).encapsulation
        let key = try DecapsulationKey.generate(algorithm)
        let statement = try KeyStatement(
            .wrapping(kind), VaultKeyKind.wrappingAlgorithm(for: tier), publicKey: key.publicKey, subject: subject, at: now(),
            after: old)
        return (statement, algorithm, try WrappedSeed.wrap(key, of: statement, under: root))
    }
}
