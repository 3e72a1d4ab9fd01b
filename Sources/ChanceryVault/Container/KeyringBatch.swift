public import ChancerySuite
internal import ChanceryWire

/// One signature over many keyrings, so that re-wrapping ten thousand artifacts signs once (rule V1).
///
/// The keyrings of a batch are numbered without a gap. The root is that of RFC 6962 over their canonical forms.
public struct KeyringBatch: Sendable {
    public static let type = "chancery/vault-keyring-batch/v1"
    public static let maximumCount = 16_384

    public let record: VerifiedRecord
    public let vault: VaultID
    /// The number of the first keyring.
    public let first: Int64
    public let count: Int
    public let root: Digest256

    /// Signs `keyrings` together and gives each the path that shows it alone.
    ///
    /// - Throws: `vault.invalid_record` unless there are 1 to 16,384 keyrings, numbered in their order without a gap.
    public static func sign(
        _ keyrings: [Keyring], of vault: VaultID, by key: SigningKey<Purpose.Record>
    ) throws -> [SignedKeyring] {
        guard let first = keyrings.first?.counter, keyrings.count <= maximumCount else {
            throw VaultError(.invalidRecord, "a batch has 1 to \(maximumCount) keyrings, found \(keyrings.count)")
        }
        guard keyrings.enumerated().allSatisfy({ $1.counter - first == $0 }) else {
            throw VaultError(.invalidRecord, "the keyrings of a batch are not numbered in their order")
        }
        let tree = TreeLevels(leaves: keyrings.map(\.leaf))
        let body: JSONObject = [
            "count": .integer(Int64(keyrings.count)), "first": .integer(first), "root": .string(Hex.encode(tree.root.bytes)),
            "salt": .string(Base64.url.encode(SystemRandom.bytes(16))), "vault": .string(vault.text),
        ]
        let batch = KeyringBatch(
            record: try VerifiedRecord.sign(body, type: type, by: key), vault: vault, first: first, count: keyrings.count,
            root: tree.root)
        return try keyrings.enumerated().map { index, keyring in
            SignedKeyring(keyring: keyring, batch: batch, proof: try tree.proof(of: UInt64(index)))
        }
    }

    /// Reads and verifies a batch's record.
    public static func verify(_ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Record>) throws -> KeyringBatch {
        let record = try record.verify(type: type, by: key)
        var reader = RecordReader(record.body, "keyring batch")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        let batch = try KeyringBatch(
            record: record, vault: VaultID(reader.string("vault", limit: 32)),
            first: reader.integer("first", in: 1...CanonicalForm.largestSafeInteger),
            count: Int(reader.integer("count", in: 1...Int64(maximumCount))), root: reader.digest("root"))
        try reader.finish()
        return batch
    }
}

/// A keyring with what shows that its vault signed it: the batch's record, its place there and the path.
public struct SignedKeyring: Sendable {
    public static let type = "chancery/vault-signed-keyring/v1"

    public let keyring: Keyring
    public let batch: KeyringBatch
    public let proof: TreeProof

    /// The stored form: RFC 8785 of `{batch, index, keyring, path, type}`.
    public func encoded() throws -> [UInt8] {
        let json: JSONObject = [
            "batch": try JSONParser.parse(batch.record.bytes), "index": .integer(Int64(proof.index)),
            "keyring": try JSONParser.parse(keyring.bytes),
            "path": .array(proof.path.map { .string(Hex.encode($0.bytes)) }), "type": .string(Self.type),
        ]
        return try CanonicalForm.jcs.encode(json)
    }

    /// Reads a stored keyring and verifies that the vault with the record key `key` signed it at its place.
    ///
    /// - Parameter known: batches that were verified before; their signatures are not verified again.
    /// - Throws: errors of reading and of a false signature; `vault.record_mismatch` when the path does not lead to the
    ///   batch's root or the keyring has another number than its place gives.
    public static func verify(
        _ bytes: [UInt8], by key: VerifyingKey<Purpose.Record>, known: VerifiedBatches = VerifiedBatches()
    ) throws -> SignedKeyring {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: UnverifiedRecord.maximumBytes, depth: 32))
        guard try CanonicalForm.jcs.encode(value) == bytes else {
            throw WireError(.notCanonical, "the keyring is not in canonical form")
        }
        var reader = try RecordReader(value, "signed keyring")
        guard try reader.string("type", limit: 64) == type else {
            throw WireError(.invalidValue, "a signed keyring has the type `\(type)`")
        }
        let batch = try known.batch(UnverifiedRecord(reader.value("batch")), by: key)
        let index = try reader.integer("index", in: 0...Int64(KeyringBatch.maximumCount - 1))
        let path = try reader.array("path", limit: 64).map { element in
            guard let text = element.string, let digest = Digest256(try Hex.decode(text, count: 32)) else {
                throw WireError(.wrongType, "a hash of a path must be a string, found \(element.kind)")
            }
            return digest
        }
        let keyring = try Keyring(reader.value("keyring"))
        try reader.finish()
        let proof = try TreeProof(index: UInt64(index), size: UInt64(batch.count), path: path)
        guard proof.root(from: keyring.leaf) == batch.root else {
            throw VaultError(.recordMismatch, "the keyring does not stand in its batch")
        }
        // Both are below 2^53.
        guard keyring.counter == batch.first + index else {
            throw VaultError(.recordMismatch, "the keyring has another number than its place in the batch gives")
        }
        return SignedKeyring(keyring: keyring, batch: batch, proof: proof)
    }
}
