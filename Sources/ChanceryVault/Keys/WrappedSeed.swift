public import ChancerySuite
internal import ChanceryWire

/// The seed of a key, wrapped under a root: what lies in a small file beside the store.
///
/// (ss, ct) = ML-KEM-1024.Encaps(root); key ‖ nonce = HKDF-SHA384(ss, info, 44); sealed = AES-256-GCM(seed), associated
/// data = the child's statement. `info` binds the label, the root's id and the child's statement, each with its length
/// (the derivation of RFC 9629 §5, with our own fields). A root is used for nothing else, so the key is fresh each time.
public struct WrappedSeed: Sendable, Equatable {
    public static let type = "chancery/vault-wrapped-seed/v1"
    static let label = Array("chancery/vault-seed-wrap/v1".utf8)

    public let parent: VaultKeyID
    public let child: VaultKeyID
    public let encapsulated: [UInt8]
    /// Ciphertext and tag.
    public let sealed: [UInt8]

    /// Wraps `seed` of `child` under the public key of `root`.
    ///
    /// - Throws: `vault.key_purpose` for another parent than a root, `vault.unwrap_failed` for a seed of another key.
    public static func wrap(
        _ seed: borrowing SecretBytes, of child: KeyStatement, under root: KeyStatement
    ) throws(VaultError) -> WrappedSeed {
        guard let publicKey = try? child.algorithm.publicKey(of: seed), publicKey == child.publicKey else {
            throw foreign(child)
        }
        return try wrap(checked: seed, of: child, under: SeedParent(root))
    }

    /// Wraps the seed of `key`, whose statement is `child`.
    ///
    /// - Throws: `vault.key_purpose` for a key that has no root, `vault.unwrap_failed` for another key.
    public static func wrap(
        _ key: DecapsulationKey, of child: KeyStatement, under root: SeedParent
    ) throws(VaultError) -> WrappedSeed {
        guard key.algorithm == child.algorithm.encapsulation, key.publicKey == child.publicKey else { throw foreign(child) }
        return try wrap(checked: key.exportSeed(), of: child, under: root)
    }

    private static func wrap(
        checked seed: borrowing SecretBytes, of child: KeyStatement, under root: SeedParent
    ) throws(VaultError) -> WrappedSeed {
        guard child.kind.hasParent else {
            throw VaultError(.keyPurpose, "`\(child.id)` is not wrapped under `\(root.id)`")
        }
        do {
            let encapsulation = try root.key.encapsulate()
            let statement = child.canonicalBytes
            let keys = try WrapKeys(encapsulation.sharedSecret, root.id, statement)
            var plain = seed.copyForExport()
            defer { SecretBytes.erase(&plain) }
            let sealed = try AEAD.seal(plain, key: keys.key, nonce: keys.nonce, authenticating: statement)
            return WrappedSeed(parent: root.id, child: child.id, encapsulated: encapsulation.ciphertext, sealed: sealed)
        } catch {
            throw VaultError(.unwrapFailed, "the seed of `\(child.id)` could not be wrapped")
        }
    }

    /// The seed, which is checked to be that of `child`.
    ///
    /// - Throws: `vault.unwrap_failed` for another root, another child, or anything that was changed.
    public func unwrap(_ child: KeyStatement, with root: DecapsulationKey) throws(VaultError) -> SecretBytes {
        let seed = try unchecked(child, with: root)
        guard let publicKey = try? child.algorithm.publicKey(of: seed), publicKey == child.publicKey else {
            throw Self.foreign(child)
        }
        return seed
    }

    /// The private half of `child`, expanded for use at once.
    ///
    /// - Throws: as ``unwrap(_:with:)``, and `vault.unwrap_failed` for a key that signs.
    package func key(_ child: KeyStatement, with root: DecapsulationKey) throws(VaultError) -> DecapsulationKey {
        guard let algorithm = child.algorithm.encapsulation else { throw Self.foreign(child) }
        let seed = try unchecked(child, with: root)
        guard let key = try? DecapsulationKey(algorithm, seed: seed, isExpanded: true), key.publicKey == child.publicKey else {
            throw Self.foreign(child)
        }
        return key
    }

    private func unchecked(_ child: KeyStatement, with root: DecapsulationKey) throws(VaultError) -> SecretBytes {
        guard child.id == self.child, root.algorithm == .mlKEM1024,
            VaultKeyID(.root, publicKey: root.publicKey) == parent
        else { throw VaultError(.unwrapFailed, "the wrapped seed is of `\(self.child)` under `\(parent)`") }
        do {
            let statement = child.canonicalBytes
            let keys = try WrapKeys(try root.decapsulate(encapsulated), parent, statement)
            var plain = try AEAD.open(sealed, key: keys.key, nonce: keys.nonce, authenticating: statement)
            guard plain.count == child.algorithm.seedBytes else { throw Self.foreign(child) }
            return SecretBytes(erasing: &plain)
        } catch let error as VaultError {
            throw error
        } catch {
            throw VaultError(.unwrapFailed, "the wrapped seed of `\(child.id)` does not open")
        }
    }

    /// The same seed under another root. What the child itself wraps is not touched.
    public func moved(
        _ child: KeyStatement, from old: DecapsulationKey, to root: KeyStatement
    ) throws(VaultError) -> WrappedSeed {
        try Self.wrap(checked: try unwrap(child, with: old), of: child, under: SeedParent(root))
    }

    private static func foreign(_ child: KeyStatement) -> VaultError {
        VaultError(.unwrapFailed, "the seed is not that of `\(child.id)`")
    }

    /// What one encapsulation gives: a key and the nonce of its only use.
    private struct WrapKeys: ~Copyable {
        let key: SecretBytes
        let nonce: [UInt8]

        /// - Parameter child: the canonical form of its statement.
        init(_ secret: borrowing SecretBytes, _ parent: VaultKeyID, _ child: [UInt8]) throws {
            var input = secret.copyForExport()
            defer { SecretBytes.erase(&input) }
            let info = [WrappedSeed.label, Array(parent.text.utf8), child].flatMap(WrappedSeed.withLength)
            var output = try Derivation.hkdfSHA384(input, info: info, count: AEAD.keyBytes + AEAD.nonceBytes)
            defer { SecretBytes.erase(&output) }
            var bytes = Array(output[..<AEAD.keyBytes])
            key = SecretBytes(erasing: &bytes)
            nonce = Array(output[AEAD.keyBytes...])
        }
    }

    /// `part` after its length in four bytes, most significant first.
    static func withLength(_ part: [UInt8]) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: part.count >> (24 - 8 * $0)) } + part
    }
}

extension WrappedSeed {
    /// The file form, RFC 8785.
    public var bytes: [UInt8] {
        let value: JSONValue = [
            "child": .string(child.text), "encapsulated": .string(Base64.url.encode(encapsulated)),
            "parent": .string(parent.text), "sealed": .string(Base64.url.encode(sealed)), "type": .string(Self.type),
        ]
        do { return try CanonicalForm.jcs.encode(value) } catch {
            preconditionFailure("texts have a canonical form")
        }
    }

    /// - Throws: `vault.key_malformed` for other lengths or another type, and the errors of a strict reader.
    public init(_ bytes: [UInt8]) throws {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 4096, depth: 2))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the wrapped seed is not in canonical form")
        }
        var reader = try RecordReader(value, "wrapped seed")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw VaultError(.keyMalformed, "the file is no wrapped seed")
        }
        child = try VaultKeyID(reader.string("child", limit: 64))
        parent = try VaultKeyID(reader.string("parent", limit: 64))
        encapsulated = try reader.bytes("encapsulated", count: EncapsulationAlgorithm.mlKEM1024.ciphertextBytes)
        sealed = try Base64.url.decode(reader.string("sealed", limit: 128))
        try reader.finish()
        guard parent.kind == .root, child.kind.hasParent, [32, 64].contains(sealed.count - AEAD.tagBytes) else {
            throw VaultError(.keyMalformed, "a wrapped seed has a root, a child and 32 or 64 bytes")
        }
    }
}
