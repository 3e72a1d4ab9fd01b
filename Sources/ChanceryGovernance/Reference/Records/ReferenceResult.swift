public import ChanceryLedger
public import ChanceryWire

/// A result of the package, decoded strictly; ``verdict(_:)`` says whether the named coordinator signed it.
///
/// It proves what the coordinator claims and nothing about the votes: those are not in it.
public struct ReferenceResult: Sendable {
    public let proposalID: String
    public let proposalHash: [UInt8]
    public let passed: Bool
    public let reason: String
    public let weights: ReferenceWeights
    public let total: Int64
    /// In the order of the record; the signed order is by text.
    public let includedVotes: [String]
    public let decided: ReferenceTime
    public let coordinator: DID
    /// SHA3-256 of the canonical bytes, which is what is signed.
    public let hash: [UInt8]
    /// The canonical bytes.
    public let bytes: [UInt8]
    /// The record as it came.
    public let record: JSONValue
    private let signature: ReferenceSignature

    private enum Decision: String, CaseIterable { case passed, rejected }

    /// - Throws: ``WireError`` naming the member that is missing, unknown, too long or not in its one form.
    public init(_ record: JSONValue) throws(WireError) {
        var reader = try RecordReader(record, "result")
        proposalID = try reader.referenceID("proposal_id", prefix: "urn:pqc-gov-prop:")
        proposalHash = try reader.hex("proposal_hash", count: 32)
        passed = try reader.choice("decision", of: Decision.self) == .passed
        reason = try reader.string("reason", limit: 1024)
        weights = ReferenceWeights(
            approve: try reader.integer("approve_weight"), reject: try reader.integer("reject_weight"),
            abstain: try reader.integer("abstain_weight"))
        total = try reader.integer("total_weight")
        var votes: [String] = []
        for element in try reader.array("included_vote_ids") {
            guard let id = element.string else { throw WireError(.wrongType, "a vote id must be a string") }
            try RecordReader.checkReferenceID(id, prefix: "urn:pqc-gov-vote:")
            votes.append(id)
        }
        guard Set(votes).count == votes.count else { throw WireError(.invalidValue, "a vote is included twice") }
        includedVotes = votes
        decided = try ReferenceTime(reader.string("decided_at", limit: 40))
        coordinator = try DID(reader.string("signer_did", limit: 80))
        signature = try ReferenceSignature(reading: &reader)
        try reader.finish()
        bytes = try ReferenceForm.signedBytes(of: record.object ?? [:], .result)
        hash = try ReferenceForm.digest(of: record.object ?? [:], .result)
        self.record = record
    }

    /// Whether the pinned key of the coordinator that the record names signed it. Whether that coordinator may decide is
    /// for the caller to know.
    public func verdict(_ keyring: ReferenceKeyring) -> ReferenceRecordVerdict {
        signature.verdict(on: hash, by: coordinator, keyring)
    }
}
