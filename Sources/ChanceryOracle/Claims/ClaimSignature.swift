public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A custodian has durably bound material to a claim, and to no other, ever (rule T3).
public struct ClaimSignature: Sendable {
    public static let type = "chancery/compute-claim-signature/v1"

    public let record: VerifiedRecord
    public let custodian: DID
    public let activation: [UInt8]
    public let claim: [UInt8]
    public let indices: MaterialIndices

    /// Signs that `indices` are bound to `claim`. Write it down before it leaves.
    public static func sign(
        _ claim: Claim, _ indices: MaterialIndices, as custodian: DID, by key: SigningKey<Purpose.Custodian>
    ) throws -> ClaimSignature {
        let body: JSONObject = [
            "activation": .string(Hex.encode(claim.activation)), "claim": .string(Hex.encode(claim.id)),
            "custodian": .string(custodian.text), "indices": indices.json,
        ]
        return try ClaimSignature(.sign(body, type: type, by: key))
    }

    /// Reads a signature of one of `custodians`.
    ///
    /// - Throws: `compute.not_a_custodian` for a stranger; errors of reading and of a false signature.
    public static func verify(_ record: UnverifiedRecord, by custodians: CustodianSet) throws -> ClaimSignature {
        try ClaimSignature(custodians.verify(record, type: type))
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "claim signature")
        _ = try reader.string("type", limit: 64)
        activation = try reader.hex("activation", count: 32)
        claim = try reader.hex("claim", count: 32)
        custodian = try DID(reader.string("custodian", limit: 128))
        indices = try MaterialIndices(&reader, "indices")
        try reader.finish()
        self.record = record
    }

    /// The index that both signatures of one custodian bind to different claims: proof that it broke its word.
    public func conflict(with other: ClaimSignature) -> Int64? {
        guard custodian == other.custodian, activation == other.activation, claim != other.claim else { return nil }
        return indices.firstShared(with: other.indices)
    }
}
