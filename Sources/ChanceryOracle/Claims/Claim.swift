public import ChancerySuite
public import ChanceryWire

/// A client takes material for evaluations: the first message of rule T5.
///
/// Its id is the request that a material index is bound to, for ever (rule T3).
public struct Claim: Sendable {
    public static let type = "chancery/compute-claim/v1"
    /// Most evaluations of one claim.
    public static let mostEvaluations: Int64 = 4096
    /// A key for sealing has at most this many bytes.
    public static let sealingKeyBytes = 1...4096

    public let record: VerifiedRecord
    /// The ``ActivationTerms/id``.
    public let activation: [UInt8]
    /// The id of the client's ticket key.
    public let client: [UInt8]
    /// The ticket that covers it.
    public let ticket: [UInt8]
    /// How many evaluations.
    public let evaluations: Int64
    /// The client's key to which shares of the masks are sealed.
    public let sealing: [UInt8]
    /// Where custodians see the inputs: ``PlainRows/digest``. Nil otherwise.
    public let rows: [UInt8]?
    public let expires: UTCTime

    public var id: [UInt8] { digest.bytes }
    /// ``id`` as books name it.
    public let digest: Digest256

    /// Signs a claim. `nonce` is 16 random bytes.
    public static func sign(
        for terms: ActivationTerms, ticket: Ticket, evaluations: Int64, sealing: [UInt8], rows: PlainRows? = nil,
        until expires: UTCTime, by key: SigningKey<Purpose.Ticket>, nonce: [UInt8]
    ) throws -> Claim {
        let body: JSONObject = [
            "activation": .string(Hex.encode(terms.id)), "client": .string(Hex.encode(key.publicKey.id)),
            "evaluations": .integer(evaluations), "expires": .string(expires.text),
            "nonce": .string(Base64.url.encode(nonce)), "rows": rows.map { .string(Hex.encode($0.digest)) } ?? .null,
            "sealing": .string(Base64.url.encode(sealing)), "ticket": .string(Hex.encode(ticket.id)),
        ]
        return try Claim(.sign(body, type: type, by: key))
    }

    /// Reads a claim of the client with `key`.
    ///
    /// - Throws: errors of reading and of a false signature; `compute.claim_malformed` when it names another client than the
    ///   one who signed.
    public static func verify(_ record: UnverifiedRecord, by key: VerifyingKey<Purpose.Ticket>) throws -> Claim {
        let claim = try Claim(record.verify(type: type, by: key))
        guard claim.client == key.id else {
            throw OracleError(.claimMalformed, "the claim names another client than the one who signed it")
        }
        return claim
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "claim")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("nonce", count: 16)
        activation = try reader.hex("activation", count: 32)
        client = try reader.hex("client", count: 32)
        ticket = try reader.hex("ticket", count: 32)
        evaluations = try reader.integer("evaluations", in: 1...Self.mostEvaluations)
        sealing = try Base64.url.decode(reader.string("sealing", limit: 8192))
        rows = try reader.optionalHex("rows")
        expires = try reader.time("expires")
        try reader.finish()
        guard Self.sealingKeyBytes.contains(sealing.count) else {
            throw OracleError(.claimMalformed, "a claim names a key of 1 to 4096 bytes to seal to")
        }
        guard let digest = Digest256(record.id) else {
            throw OracleError(.claimMalformed, "a claim's id has 32 bytes")
        }
        self.digest = digest
        self.record = record
    }
}

extension OracleError.Reason {
    /// A claim, its signatures or its material contradict each other.
    public static let claimMalformed = Self(rawValue: "compute.claim_malformed")
}
