public import ChancerySuite
public import ChanceryWire

/// What pqc-enclave-sdk says about an artifact. Texts are kept as they are: nothing of ours relies on them.
public struct SeedArtifactMetadata: Sendable, Equatable {
    public static let textBytes = 16_384
    public static let mostTags = 1024

    public var artifactID: String
    public var name: String
    public var kind: ArtifactKind
    public var version: String
    public var bundle: String
    public var size: Int64
    public var created: String
    public var device: String
    public var model: String
    public var tags: [String]
    public var description: String

    public init(
        artifactID: String, name: String, kind: ArtifactKind, version: String = "1.0.0", bundle: String = "", size: Int64,
        created: String, device: String = "", model: String = "", tags: [String] = [], description: String = ""
    ) {
        self.artifactID = artifactID
        self.name = name
        self.kind = kind
        self.version = version
        self.bundle = bundle
        self.size = size
        self.created = created
        self.device = device
        self.model = model
        self.tags = tags
        self.description = description
    }

    public var json: JSONValue {
        [
            "artifact_id": .string(artifactID), "name": .string(name), "kind": .string(kind.rawValue),
            "version": .string(version), "app_bundle_id": .string(bundle), "size_bytes": .integer(size),
            "created_at": .string(created), "device_id": .string(device), "model_did": .string(model),
            "tags": .array(tags.map { .string($0) }), "description": .string(description),
        ]
    }

    /// - Throws: `vault.seed_unknown_kind` for a kind outside the list, else the errors of a strict reader.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "metadata")
        let kind = try reader.string("kind", limit: 64)
        guard let kind = ArtifactKind(rawValue: kind) else {
            throw VaultError(.seedUnknownKind, "`\(kind)` is no kind of artifact")
        }
        self.kind = kind
        artifactID = try reader.string("artifact_id", limit: Self.textBytes)
        name = try reader.string("name", limit: Self.textBytes)
        version = try reader.string("version", limit: Self.textBytes)
        bundle = try reader.string("app_bundle_id", limit: Self.textBytes)
        size = try reader.integer("size_bytes")
        created = try reader.string("created_at", limit: 40)
        device = try reader.string("device_id", limit: Self.textBytes)
        model = try reader.string("model_did", limit: Self.textBytes)
        tags = try reader.array("tags", limit: Self.mostTags).map { value in
            guard let tag = value.string else { throw WireError(.wrongType, "a tag must be a string, found \(value.kind)") }
            return tag
        }
        description = try reader.string("description", limit: Self.textBytes)
        try reader.finish()
    }
}

/// An encrypted artifact of pqc-enclave-sdk 0.1.0, profile `pqaid-v0`: one AES-256-GCM ciphertext in hexadecimal, with the
/// metadata, content hash and key id as associated data.
///
/// For import and for users of that package only. Whole content in memory, no key commitment, and the key is what its
/// holder says it is. Nothing of the vault's own is ever stored like this.
public struct SeedArtifact: Sendable, Equatable {
    public var metadata: SeedArtifactMetadata
    /// Hexadecimal as it came: white space and capitals are accepted when it is opened.
    public var nonce: String
    public var ciphertext: String
    public var contentHash: String
    public var keyID: String

    /// Seals `content` under `key`; `nonce` is 12 fresh random bytes and never used twice under one key.
    ///
    /// - Throws: `vault.seed_malformed` for another length of key or nonce, or metadata without canonical bytes.
    public static func seal(
        _ content: [UInt8], metadata: SeedArtifactMetadata, key: borrowing SecretBytes, keyID: String, nonce: [UInt8]
    ) throws(VaultError) -> SeedArtifact {
        var artifact = SeedArtifact(
            metadata: metadata, nonce: Hex.encode(nonce), ciphertext: "", contentHash: Hex.encode(Digest.sha3_256(content)),
            keyID: keyID)
        do {
            let sealed = try AEAD.seal(content, key: key, nonce: nonce, authenticating: artifact.associatedData)
            artifact.ciphertext = Hex.encode(sealed)
            return artifact
        } catch {
            throw VaultError(.seedMalformed, "the artifact could not be sealed in the form of the seed")
        }
    }

    /// The content.
    ///
    /// - Throws: `vault.seed_decryption_failed` for anything that was changed, and for content of another hash.
    public func open(_ key: borrowing SecretBytes) throws(VaultError) -> [UInt8] {
        guard let nonce = SeedForm.bytes(nonce), let sealed = SeedForm.bytes(ciphertext), let data = try? associatedData,
            let content = try? AEAD.open(sealed, key: key, nonce: nonce, authenticating: data),
            // The package never looks at it again; whoever holds the key could state any hash.
            Hex.encode(Digest.sha3_256(content)).utf8.elementsEqual(contentHash.utf8)
        else { throw VaultError(.seedDecryptionFailed, "the artifact does not open") }
        return content
    }

    /// Canonical bytes of `{content_hash, key_id, metadata}`.
    public var associatedData: [UInt8] {
        get throws {
            try SeedForm.canonicalBytes([
                "content_hash": .string(contentHash), "key_id": .string(keyID), "metadata": metadata.json,
            ])
        }
    }

    public var json: JSONValue {
        [
            "metadata": metadata.json, "nonce": .string(nonce), "ciphertext": .string(ciphertext),
            "content_hash": .string(contentHash), "key_id": .string(keyID),
        ]
    }

    private init(
        metadata: SeedArtifactMetadata, nonce: String, ciphertext: String, contentHash: String, keyID: String
    ) {
        self.metadata = metadata
        self.nonce = nonce
        self.ciphertext = ciphertext
        self.contentHash = contentHash
        self.keyID = keyID
    }

    /// - Throws: `vault.seed_unknown_kind`, and the errors of a strict reader.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "artifact of the seed")
        metadata = try SeedArtifactMetadata(reader.value("metadata"))
        nonce = try reader.string("nonce", limit: 64)
        ciphertext = try reader.string("ciphertext", limit: 1 << 30)
        contentHash = try reader.string("content_hash", limit: 64)
        keyID = try reader.string("key_id", limit: 128)
        try reader.finish()
    }
}

extension VaultError.Reason {
    /// A record of pqc-enclave-sdk is not in order.
    public static let seedMalformed = Self(rawValue: "vault.seed_malformed")
    /// A record of pqc-enclave-sdk names a kind that does not exist; the package's `ValueError`.
    public static let seedUnknownKind = Self(rawValue: "vault.seed_unknown_kind")
    /// An artifact of pqc-enclave-sdk does not open; the package's `DecryptionError`.
    public static let seedDecryptionFailed = Self(rawValue: "vault.seed_decryption_failed")
}
