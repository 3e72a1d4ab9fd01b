public import ChancerySuite
internal import ChanceryWire

/// What a resumable put keeps for its next attempt: the data key, sealed under the root, for exactly this put.
///
/// (ss, ct) = ML-KEM-1024.Encaps(root); key ‖ nonce = HKDF-SHA384(ss, info, 44); sealed = AES-256-GCM(data key). `info` binds
/// the label, the root's id and the terms, each with its length. The terms are not stored: whoever goes on states them again,
/// and under others nothing opens.
public struct PutAttempt: Sendable, Equatable {
    public static let type = "chancery/vault-put-attempt/v1"
    private static let label = Array("chancery/vault-put-attempt-wrap/v1".utf8)

    public let artifact: ArtifactID
    public let dataKey: DataKeyID
    /// The root that opens it.
    public let root: VaultKeyID
    private let encapsulated: [UInt8]
    private let sealed: [UInt8]

    /// What is put, and where to.
    public struct Terms: Sendable, Equatable {
        public let vault: VaultID
        public let name: ArtifactName
        public let kind: ArtifactKind
        public let version: Int64
        public let tier: PrivacyTier
        /// All files, in the order of the manifest.
        public let paths: [FilePath]

        public init(
            vault: VaultID, name: ArtifactName, kind: ArtifactKind, version: Int64, tier: PrivacyTier, paths: [FilePath]
        ) {
            self.vault = vault
            self.name = name
            self.kind = kind
            self.version = version
            self.tier = tier
            self.paths = paths
        }
    }

    /// - Throws: `vault.unwrap_failed` for another key than a root.
    public static func seal(
        _ dataKey: borrowing SecretBytes, called id: DataKeyID, of artifact: ArtifactID, _ terms: Terms,
        under root: KeyStatement
    ) throws(VaultError) -> PutAttempt {
        guard root.kind == .root else { throw VaultError(.unwrapFailed, "`\(root.id)` is no root") }
        do {
            let encapsulation = try EncapsulationKey(.mlKEM1024, root.publicKey).encapsulate()
            let info = try info(terms, artifact, id, root.id)
            let sealed = try withKeys(encapsulation.sharedSecret, info) { key, nonce in
                var plain = dataKey.copyForExport()
                defer { SecretBytes.erase(&plain) }
                return try AEAD.seal(plain, key: key, nonce: nonce)
            }
            return PutAttempt(
                artifact: artifact, dataKey: id, root: root.id, encapsulated: encapsulation.ciphertext, sealed: sealed)
        } catch {
            throw VaultError(.unwrapFailed, "the data key of the put could not be sealed")
        }
    }

    /// The data key.
    ///
    /// - Throws: `vault.unwrap_failed` for another root, for other terms, and for anything that was changed.
    public func open(_ terms: Terms, with root: DecapsulationKey) throws(VaultError) -> SecretBytes {
        guard root.algorithm == .mlKEM1024, VaultKeyID(.root, publicKey: root.publicKey) == self.root else {
            throw VaultError(.unwrapFailed, "the interrupted put is of the root `\(self.root)`")
        }
        do {
            let info = try Self.info(terms, artifact, dataKey, self.root)
            return try Self.withKeys(try root.decapsulate(encapsulated), info) { key, nonce in
                var plain = try AEAD.open(sealed, key: key, nonce: nonce)
                return SecretBytes(erasing: &plain)
            }
        } catch {
            throw VaultError(.unwrapFailed, "the interrupted put was another one")
        }
    }

    private static func info(
        _ terms: Terms, _ artifact: ArtifactID, _ dataKey: DataKeyID, _ root: VaultKeyID
    ) throws -> [UInt8] {
        let stated = try CanonicalForm.jcs.encode(
            [
                "artifact": .string(artifact.text), "data_key": .string(dataKey.text), "kind": .string(terms.kind.rawValue),
                "name": .string(terms.name.text), "paths": .array(terms.paths.map { .string($0.text) }),
                "tier": .integer(Int64(terms.tier.rawValue)), "vault": .string(terms.vault.text),
                "version": .integer(terms.version),
            ] as JSONValue)
        return [label, Array(root.text.utf8), stated].flatMap(WrappedSeed.withLength)
    }

    private static func withKeys<Value: ~Copyable>(
        _ secret: borrowing SecretBytes, _ info: [UInt8], _ body: (borrowing SecretBytes, [UInt8]) throws -> Value
    ) throws -> Value {
        let derived = try Derivation.hkdfSHA384(secret, info: info, count: AEAD.keyBytes + AEAD.nonceBytes)
        var bytes = derived.copyForExport()
        defer { SecretBytes.erase(&bytes) }
        var key = Array(bytes[..<AEAD.keyBytes])
        return try body(SecretBytes(erasing: &key), Array(bytes[AEAD.keyBytes...]))
    }
}

extension PutAttempt {
    /// The file form, RFC 8785.
    public var bytes: [UInt8] {
        let value: JSONValue = [
            "artifact": .string(artifact.text), "data_key": .string(dataKey.text),
            "encapsulated": .string(Base64.url.encode(encapsulated)), "root": .string(root.text),
            "sealed": .string(Base64.url.encode(sealed)), "type": .string(Self.type),
        ]
        do { return try CanonicalForm.jcs.encode(value) } catch {
            preconditionFailure("texts have a canonical form")
        }
    }

    /// - Throws: `vault.resume_invalid` for another type, and the errors of a strict reader.
    public init(_ bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 2))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the record of an interrupted put is not in canonical form")
        }
        var reader = try RecordReader(value, "interrupted put")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw VaultError(.resumeInvalid, "the file is no record of an interrupted put")
        }
        artifact = try ArtifactID(reader.string("artifact", limit: 128))
        dataKey = try DataKeyID(reader.string("data_key", limit: 64))
        root = try VaultKeyID(reader.string("root", limit: 64))
        encapsulated = try reader.bytes("encapsulated", count: EncapsulationAlgorithm.mlKEM1024.ciphertextBytes)
        sealed = try reader.bytes("sealed", count: BodyCipher.dataKeyBytes + AEAD.tagBytes)
        try reader.finish()
    }
}
