public import ChanceryLedger
public import ChancerySuite
public import ChanceryVault
public import ChanceryWire

/// One file sealed for other identities, without a vault: whoever holds the sealing key of a recipient opens it, and nobody
/// decides or counts. For what must not depend on a vault's rules.
///
/// The records are those of a container with one file, signed by the sender's `record` key.
public struct Parcel: Sendable {
    /// The only file; what it is called outside is not said.
    static let path = FilePath.content
    private static let kind = ArtifactKind.other
    /// No rule of a tier holds: there is no vault to keep it.
    private static let tier = PrivacyTier.open

    public let header: ParcelHeader
    public let container: Container
    /// Who signed it, with the documents that came along: the last one has the key. Whether they are whom they say is for the
    /// reader to know (``require(_:)``).
    public let sender: [IdentityDocument]

    /// The sender's name for everybody, as they claim it.
    public var did: DID { sender[0].did }
    public var length: UInt64 { container.manifest.terms.totalLength }

    /// Seals content for the owners of `recipients` in constant memory. It is read twice: what the manifest states of it comes
    /// first.
    ///
    /// - Parameters:
    ///   - content: opens the content from its start; called twice.
    ///   - history: the sender's documents, first document first.
    ///   - write: takes the parcel from its start.
    /// - Throws: `vault.invalid_record` for no recipient, too many or one twice; `vault.content_mismatch` for content that
    ///   changed between the readings; what contents and `write` throw.
    public static func seal(
        _ content: () throws -> any VaultContent, for recipients: [EncapsulationKey], by identity: OpenIdentity,
        history: [IdentityDocument], at time: UTCTime, into write: (Span<UInt8>) throws -> Void
    ) throws -> ManifestDigest {
        guard history.last?.hash == identity.document.hash else {
            throw NodeError(.rejected, "the documents are not those of `\(identity.name)`")
        }
        let dataKey = SecretBytes.random(count: BodyCipher.dataKeyBytes)
        let id = DataKeyID.random()
        let (vault, artifact) = (VaultID.random(), ArtifactID.random())
        let context = try BodyContext(vault: vault, artifact: artifact, version: 1, path: path, dataKey: id, tier: tier)
        let cipher = try BodyCipher(sealing: context, dataKey: dataKey)
        let hasher = try ContentHasher(kind, context: context, dataKey: dataKey)
        let stated = try ParcelBody.hash(content(), hasher)
        let record = identity.keys.record
        let manifest = try Manifest.sign(
            Manifest.Terms(
                vault: vault, artifact: artifact, name: ArtifactName("parcel"), kind: kind, version: 1, tier: tier,
                files: [ManifestFile(path: path, length: stated.length, tree: stated.tree)],
                metadata: ArtifactMetadata(created: time)), by: record)
        let sealing = try Sealing.sign(
            manifest, dataKey: id,
            files: [SealedFile(path: path, header: cipher.header, length: BodyGeometry(length: stated.length).bodyLength)],
            by: record)
        let wrapping = WrapContext(manifest: manifest.digest, dataKey: id, tier: tier)
        let keyring = try KeyringBatch.sign(
            [Keyring(wrapping, counter: 1, wraps: recipients.map { try WrappedKey.wrap(dataKey, in: wrapping, to: $0) })],
            of: vault, by: record)[0]
        let header = try ParcelHeader(
            documents: CanonicalForm.jcs.encode(.array(history.map { try JSONParser.parse($0.record.bytes) })),
            manifest: manifest.record.bytes, sealing: sealing.record.bytes, keyring: keyring.encoded())
        try write(header.bytes.span)
        guard try ParcelBody.seal(content(), cipher, hasher, into: write) == stated else {
            throw VaultError(.contentMismatch, "the content changed while it was sealed")
        }
        return manifest.digest
    }

    /// Reads and verifies everything before the body of a parcel. Nothing of the content is known yet.
    ///
    /// - Throws: `vault.parcel_malformed`, errors of false signatures, documents and records.
    public init(_ source: any VaultContent) throws {
        header = try ParcelHeader { count in try ParcelBody.bytes(count, from: source) }
        let documents = try JSONParser.parse(
            header.documents, limits: .init(bytes: ParcelHeader.maximumPartBytes, depth: UnverifiedRecord.maximumDepth + 1))
        guard try CanonicalForm.jcs.encode(documents) == header.documents, let elements = documents.array, !elements.isEmpty
        else { throw VaultError(.parcelMalformed, "a parcel carries its sender's documents") }
        sender = try IdentityDocument.verify(history: elements.map { try UnverifiedRecord($0) })
        container = try Container.verify(
            manifest: header.manifest, sealing: header.sealing, keyring: header.keyring, by: sender[sender.count - 1].recordKey)
        let (terms, ring) = (container.manifest.terms, container.keyring)
        guard terms.files.map(\.path) == [Self.path], terms.kind == Self.kind, terms.tier == Self.tier, terms.version == 1,
            ring.batch.count == 1, ring.keyring.counter == 1, ring.keyring.policy == nil
        else { throw VaultError(.parcelMalformed, "the records are not those of a parcel") }
    }

    /// Requires that the sender is the identity with these documents, and that the parcel was signed with one of them.
    ///
    /// - Parameter known: documents that the reader pinned or registered, first document first.
    /// - Throws: `vault.parcel_sender`.
    ///
    /// - Parameter allowsReplaced: also keys that the sender replaced since. Whoever stole those seals with them for ever, and
    ///   nothing here says when a parcel was sealed.
    public func require(_ known: [IdentityDocument], allowsReplaced: Bool = false) throws(VaultError) {
        // The DID alone commits to one key of the root; the hash of the document to all.
        guard known.contains(where: { $0.hash == sender[sender.count - 1].hash }) else {
            throw VaultError(
                .parcelSender,
                "the parcel was sealed by `\(did)` with document \(sender.count - 1), which is none of those known")
        }
        guard allowsReplaced || known.last?.hash == sender[sender.count - 1].hash else {
            throw VaultError(
                .parcelSender, "the parcel was sealed with keys of `\(did)` that were replaced since: anybody who has them can")
        }
    }

    /// Opens the body, which `source` is at, with the sealing key of a recipient.
    ///
    /// - Parameter write: takes the content from its start. Whether it is what the sender stated is known when this returns;
    ///   until then it must be used for nothing.
    /// - Throws: `vault.no_recipient`, `vault.body_altered`, `vault.body_length` for bytes that are missing or too many,
    ///   `vault.content_mismatch`.
    public func open(
        _ source: any VaultContent, with key: DecapsulationKey, into write: (Span<UInt8>) throws -> Void
    ) throws {
        let dataKey = try container.keyring.keyring.dataKey(with: key)
        let file = try container.manifest.terms.file(Self.path)
        let context = try container.bodyContext(Self.path)
        let cipher = try container.cipher(for: Self.path, header: container.sealing.file(Self.path).header, dataKey: dataKey)
        let hasher = try ContentHasher(Self.kind, context: context, dataKey: dataKey)
        try ParcelBody.open(source, cipher, hasher, of: file, into: write)
    }
}

extension FilePath {
    /// What the file of a parcel is called.
    fileprivate static let content = {
        do { return try FilePath("content") } catch { preconditionFailure("the path is well-formed") }
    }()
}
