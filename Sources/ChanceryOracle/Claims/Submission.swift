public import ChancerySuite
internal import ChanceryWire

/// A client hands in its masked inputs, once for each claim: the last message of rule T5.
public struct Submission: Sendable {
    public static let type = "chancery/compute-submit/v1"

    public let record: VerifiedRecord
    public let claim: [UInt8]
    /// H(Δ) over the masked inputs of all evaluations of the claim.
    public let inputs: [UInt8]
    /// The client's key to which results are sealed.
    public let output: [UInt8]

    public var id: [UInt8] { record.id }

    /// Signs a submission for `claim`.
    public static func sign(
        for claim: Claim, inputs: [UInt8], output: [UInt8], by key: SigningKey<Purpose.Ticket>
    ) throws -> Submission {
        let body: JSONObject = [
            "claim": .string(Hex.encode(claim.id)), "inputs": .string(Hex.encode(inputs)),
            "output": .string(Base64.url.encode(output)),
        ]
        return try Submission(.sign(body, type: type, by: key))
    }

    /// Reads the submission for `certificate`'s claim, by the client whose claim it is.
    ///
    /// - Throws: `compute.claim_foreign` for another claim, another client, or other inputs than the ticket names; errors of
    ///   reading and of a false signature.
    public static func verify(
        _ record: UnverifiedRecord, for certificate: ClaimCertificate, by key: VerifyingKey<Purpose.Ticket>
    ) throws -> Submission {
        let submission = try Submission(record.verify(type: type, by: key))
        guard submission.claim == certificate.claim.id, key.id == certificate.claim.client,
            certificate.ticket.inputs == nil || certificate.ticket.inputs == submission.inputs
        else { throw OracleError(.claimForeign, "the submission is for another claim, or has other inputs than its ticket") }
        return submission
    }

    private init(_ record: VerifiedRecord) throws {
        var reader = RecordReader(record.body, "submission")
        _ = try reader.string("type", limit: 64)
        claim = try reader.hex("claim", count: 32)
        inputs = try reader.hex("inputs", count: 32)
        output = try Base64.url.decode(reader.string("output", limit: 8192))
        try reader.finish()
        guard Claim.sealingKeyBytes.contains(output.count) else {
            throw OracleError(.claimMalformed, "a submission names a key of 1 to 4096 bytes to seal results to")
        }
        self.record = record
    }

    /// Whether the client signed two different submissions for one claim.
    public func contradicts(_ other: Submission) -> Bool { claim == other.claim && id != other.id }
}
