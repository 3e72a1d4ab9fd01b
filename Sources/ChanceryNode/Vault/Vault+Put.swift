internal import ChancerySuite
public import ChanceryVault
internal import ChanceryWire

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

    /// Seals content as the next version of what has the name, or as a new artifact. Memory does not grow with the content but
    /// for 64 bytes for each 16 KiB; nothing unsealed touches the disk.
    ///
    /// - Parameters:
    ///   - files: paths and contents, each path once.
    ///   - progress: called with the bytes that were taken, about once for each mebibyte.
    /// - Throws: `vault.locked`, `vault.attestation_required` for a tier that this host cannot keep, `vault.catalogue_conflict`
    ///   when somebody else put a version in between, and what records and contents throw. Nothing was put then.
    public func put(
        _ new: NewArtifact, files contents: [(path: FilePath, content: any VaultContent)], by principal: String,
        progress: (Int) -> Void = { _ in }
    ) throws -> CatalogueEntry {
        do {
            let session = try requireSession()
            try TierRule.verdict(on: new.tier, custody: session.backend, at: now()).require()
            let plan = try plan(new)
            let draft = try files.draft(of: plan.artifact, version: plan.version)
            do {
                return try seal(new, plan, contents, session, draft, progress)
            } catch {
                draft.discard()
                throw error
            }
        } catch {
            try refuse("put", error, by: principal)
        }
    }

    /// Where new content goes.
    private struct Plan {
        let artifact: ArtifactID
        let version: Int64
        let root: KeyStatement
    }

    private func plan(_ new: NewArtifact) throws -> Plan {
        try journal.read { state in
            let artifact = state.artifact(named: new.name) ?? .random()
            if let known = state.versions(of: artifact).last, known.kind != new.kind {
                throw VaultError(.catalogueConflict, "`\(new.name)` is of the kind `\(known.kind.rawValue)`")
            }
            guard let root = state.keys.root else { throw VaultError(.keyUnknown, "the vault has no root") }
            return Plan(
                artifact: artifact, version: (state.versions(of: artifact).last?.version ?? 0) + 1,
                root: try state.keys.key(root, for: .wrapSeed, at: now()).statement)
        }
    }

    private func seal(
        _ new: NewArtifact, _ plan: Plan, _ contents: [(path: FilePath, content: any VaultContent)], _ session: Session,
        _ draft: any VaultDraft, _ progress: (Int) -> Void
    ) throws -> CatalogueEntry {
        let dataKey = SecretBytes.random(count: BodyCipher.dataKeyBytes)
        let dataKeyID = DataKeyID.random()
        var (listed, sealed): ([ManifestFile], [SealedFile]) = ([], [])
        for (index, file) in contents.sorted(by: { $0.path < $1.path }).enumerated() {
            let context = try BodyContext(
                vault: id, artifact: plan.artifact, version: plan.version, path: file.path, dataKey: dataKeyID, tier: new.tier)
            let cipher = try BodyCipher(sealing: context, dataKey: dataKey)
            let hasher = try ContentHasher(new.kind, context: context, dataKey: dataKey)
            let summary = try BodyWriter(cipher, hasher, draft, index: index).write(file.content, progress)
            listed.append(ManifestFile(path: file.path, length: summary.length, tree: summary.tree))
            sealed.append(SealedFile(path: file.path, header: cipher.header, length: summary.bodyLength))
        }
        let manifest = try Manifest.sign(
            Manifest.Terms(
                vault: id, artifact: plan.artifact, name: new.name, kind: new.kind, version: plan.version, tier: new.tier,
                files: listed, metadata: new.metadata), by: record)
        let sealing = try Sealing.sign(manifest, dataKey: dataKeyID, files: sealed, by: record)
        return try files.exclusively {
            // What a crash left must not stand in the way.
            try removeLeftovers()
            // Somebody else may have put this version, or replaced the root, while the content was sealed.
            let again = try self.plan(new)
            guard again.version == plan.version, plan.version == 1 || again.artifact == plan.artifact else {
                throw VaultError(.catalogueConflict, "somebody else put a version of `\(new.name)` meanwhile")
            }
            let key = try newKey(.artifact(plan.artifact, version: plan.version), new.kind, new.tier, again.root)
            let context = WrapContext(manifest: manifest.digest, dataKey: dataKeyID, tier: new.tier)
            let wrap = try WrappedKey.wrap(dataKey, in: context, to: EncapsulationKey(key.algorithm, key.statement.publicKey))
            try draft.commit()
            try files.write(manifest.record.bytes, as: .manifest(plan.artifact, version: plan.version), replacing: true)
            try files.write(sealing.record.bytes, as: .sealing(plan.artifact, version: plan.version), replacing: true)
            try files.write(key.wrapped.bytes, as: .seed(key.statement.id), replacing: false)
            return try journal.write { state, time in
                let keyring = try KeyringBatch.sign(
                    [Keyring(context, counter: state.lastKeyring + 1, policy: state.policy, wraps: [wrap])], of: id,
                    by: record)[0]
                try files.write(
                    keyring.encoded(),
                    as: .keyring(plan.artifact, version: plan.version, counter: keyring.keyring.counter), replacing: true)
                let entry = try CatalogueEntry(
                    artifact: plan.artifact, version: plan.version, name: new.name, kind: new.kind, tier: new.tier,
                    manifest: manifest.digest, sealing: sealing.record.id, dataKey: dataKeyID,
                    keyring: keyring.keyring.counter, wrappingKey: key.statement.id,
                    length: Int64(clamping: manifest.terms.totalLength), put: time)
                return (
                    [.key(KeyEvent(.create(key.statement, parent: again.root.id), at: time)), .put(entry)], entry
                )
            }
        }
    }

    /// A fresh wrapping key with its seed wrapped under the root.
    func newKey(
        _ subject: KeySubject, _ kind: ArtifactKind, _ tier: PrivacyTier, _ root: KeyStatement, after old: KeyStatement? = nil
    ) throws -> (statement: KeyStatement, algorithm: EncapsulationAlgorithm, wrapped: WrappedSeed) {
        let algorithm = WrapAlgorithm.of(tier).encapsulation
        let key = try DecapsulationKey.generate(algorithm)
        let statement = try KeyStatement(
            .wrapping(kind), VaultKeyKind.wrappingAlgorithm(for: tier), publicKey: key.publicKey, subject: subject, at: now(),
            after: old)
        return (statement, algorithm, try WrappedSeed.wrap(key.exportSeed(), of: statement, under: root))
    }
}

/// Seals one content into the two files of a body.
struct BodyWriter {
    private let cipher: BodyCipher
    private let hasher: ContentHasher
    private let draft: any VaultDraft
    private let index: Int

    init(_ cipher: BodyCipher, _ hasher: ContentHasher, _ draft: any VaultDraft, index: Int) {
        self.cipher = cipher
        self.hasher = hasher
        self.draft = draft
        self.index = index
    }

    /// A mebibyte at a time, in buffers that are used again.
    func write(_ source: any VaultContent, _ progress: (Int) -> Void) throws -> BodySummary {
        let body = try draft.create(.body, index: index)
        try body.append(cipher.header.bytes.span)
        let run = Int(RunRoots.chunks)
        var plain = [UInt8](repeating: 0, count: run * BodyGeometry.chunkBytes)
        var sealed = [UInt8](repeating: 0, count: run * BodyGeometry.sealedChunkBytes)
        var sealer = BodySealer(cipher, hashing: hasher)
        var leaves: [Digest256] = []
        defer { SecretBytes.erase(&plain) }
        while !sealer.isEnded {
            let count = try fill(&plain, from: source)
            let isLast = count < plain.count
            var place = 0
            var end = 0
            // A full buffer holds whole chunks; one that is not full ends with the last.
            while place < count || (isLast && !sealer.isEnded) {
                let chunk = min(BodyGeometry.chunkBytes, count - place)
                var target = sealed.mutableSpan
                var part = target._mutatingExtracting(end..<end + chunk + AEAD.tagBytes)
                leaves.append(try sealer.seal(plain.span.extracting(place..<place + chunk), into: &part))
                place += chunk
                end += chunk + AEAD.tagBytes
            }
            try body.append(sealed.span.extracting(0..<end))
            progress(count)
        }
        try body.finish()
        let tree = try draft.create(.tree, index: index)
        try tree.append(TreeLevels(leaves: leaves).encoded.span)
        try tree.finish()
        return try sealer.finish()
    }

    private func fill(_ buffer: inout [UInt8], from source: any VaultContent) throws -> Int {
        var filled = 0
        while filled < buffer.count {
            var span = buffer.mutableSpan
            var rest = span._mutatingExtracting(filled..<span.count)
            let count = try source.read(into: &rest)
            guard count > 0 else { break }
            filled += count
        }
        return filled
    }
}
