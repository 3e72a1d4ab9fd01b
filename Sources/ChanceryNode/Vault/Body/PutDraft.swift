internal import ChancerySuite
internal import ChanceryVault

/// Where a put writes its bodies, and the data key that it seals them with.
struct PutDraft: ~Copyable {
    /// What all bodies of one put share.
    struct Key: ~Copyable {
        let artifact: ArtifactID
        let id: DataKeyID
        let bytes: SecretBytes

        init(of artifact: ArtifactID, called id: DataKeyID = .random(), _ bytes: consuming SecretBytes) {
            self.artifact = artifact
            self.id = id
            self.bytes = bytes
        }
    }

    let key: Key
    var artifact: ArtifactID { key.artifact }
    private let draft: any VaultDraft
    private let resumable: (any VaultResumableDraft)?

    /// A draft that goes when the put does not come to its end.
    init(_ draft: any VaultDraft, of artifact: ArtifactID) {
        self.draft = draft
        resumable = nil
        key = Key(of: artifact, .random(count: BodyCipher.dataKeyBytes))
    }

    /// Goes on with the attempt that the draft holds, if it was to put the same; else starts one in it.
    ///
    /// - Parameters:
    ///   - artifact: what the name stands for; nil when nothing has it yet.
    ///   - roots: what may open the key of an earlier attempt.
    init(
        _ draft: any VaultResumableDraft, of artifact: ArtifactID?, _ terms: PutAttempt.Terms, under root: KeyStatement,
        roots: [VaultKeyID: DecapsulationKey]
    ) throws {
        self.draft = draft
        resumable = draft
        key = try Self.key(draft, artifact, terms, root, roots)
        draft.aim(at: key.artifact, version: terms.version)
    }

    private static func key(
        _ draft: any VaultResumableDraft, _ artifact: ArtifactID?, _ terms: PutAttempt.Terms, _ root: KeyStatement,
        _ roots: [VaultKeyID: DecapsulationKey]
    ) throws -> Key {
        if let attempt = try draft.attempt().flatMap({ try? PutAttempt($0) }), attempt.artifact == artifact ?? attempt.artifact,
            let opener = roots[attempt.root]
        {
            // A key that does not open is that of another put.
            do { return Key(of: attempt.artifact, called: attempt.dataKey, try attempt.open(terms, with: opener)) } catch {}
        }
        // What another key sealed, or other files, must not be taken for parts of this put.
        try draft.clear()
        let key = Key(of: artifact ?? .random(), .random(count: BodyCipher.dataKeyBytes))
        try draft.keep(PutAttempt.seal(key.bytes, called: key.id, of: key.artifact, terms, under: root).bytes)
        return key
    }

    /// Seals one file.
    ///
    /// - Throws: `vault.resume_invalid` for content that differs from that of the interrupted put and cannot be read again.
    func write(
        _ content: any VaultContent, _ kind: ArtifactKind, _ context: BodyContext, index: Int, workers: Int,
        _ progress: (Int) -> Void
    ) throws -> (listed: ManifestFile, sealed: SealedFile) {
        let hasher = try ContentHasher(kind, context: context, dataKey: key.bytes)
        while true {
            let ledger = try ledger(context, index)
            let cipher = try BodyCipher(
                sealing: context, dataKey: key.bytes, salt: ledger?.salt ?? BodyHeader.freshSalt())
            var writer = try BodyWriter(cipher, hasher, draft, index: index, ledger: ledger, workers: workers)
            if let summary = try writer.write(content, progress) {
                return (
                    ManifestFile(path: context.path, length: summary.length, tree: summary.tree),
                    SealedFile(path: context.path, header: cipher.header, length: summary.bodyLength)
                )
            }
            try resumable?.removeBody(index)
            try resumable?.ledger(index).append([UInt8]().span, at: 0)
            guard try content.rewind() else {
                throw VaultError(
                    .resumeInvalid, "the content of `\(context.path)` is not that of the interrupted put; put it again")
            }
        }
    }

    private func ledger(_ context: BodyContext, _ index: Int) throws -> BodyLedger? {
        guard let resumable else { return nil }
        let file = try resumable.ledger(index)
        if let known = try BodyLedger(resuming: file, context, written: resumable.bodyLength(index)) { return known }
        try resumable.removeBody(index)
        return try BodyLedger(starting: file, salt: BodyHeader.freshSalt(), context)
    }

    /// Makes the bodies visible as the version. The key that an attempt kept is overwritten before: a deleted version must not
    /// be opened with it (rule V4).
    func commit() throws {
        try resumable?.forget()
        try draft.commit()
    }

    /// After an error: removes what was written, or leaves it to the next attempt.
    func giveUp() { if resumable == nil { draft.discard() } }
}
