public import ChanceryLedger
public import ChanceryWire

/// What a member says about a proposal.
public enum ReferenceChoice: String, Sendable, CaseIterable {
    case approve
    case reject
    case abstain
}

/// A vote of the package, decoded strictly; ``verdict(_:)`` says whether the voter signed it.
public struct ReferenceVote: Sendable {
    public let id: String
    public let proposalID: String
    public let proposalHash: [UInt8]
    public let voter: DID
    public let choice: ReferenceChoice
    public let rationale: String
    public let cast: ReferenceTime
    /// SHA3-256 of the canonical bytes, which is what is signed.
    public let hash: [UInt8]
    /// The canonical bytes.
    public let bytes: [UInt8]
    /// The record as it came.
    public let record: JSONValue
    private let signature: ReferenceSignature

    /// - Throws: ``WireError`` naming the member that is missing, unknown, too long or not in its one form.
    public init(_ record: JSONValue) throws(WireError) {
        var reader = try RecordReader(record, "vote")
        var vote = RecordReader(try reader.object("vote"), "vote")
        id = try vote.referenceID("vote_id", prefix: "urn:pqc-gov-vote:")
        proposalID = try vote.referenceID("proposal_id", prefix: "urn:pqc-gov-prop:")
        proposalHash = try vote.hex("proposal_hash", count: 32)
        voter = try DID(vote.string("voter_did", limit: 80))
        choice = try vote.choice("decision", of: ReferenceChoice.self)
        rationale = try vote.string("rationale", limit: 16384)
        cast = try ReferenceTime(vote.string("cast_at", limit: 40))
        try vote.finish()
        signature = try ReferenceSignature(reading: &reader)
        try reader.finish()
        bytes = try ReferenceForm.signedBytes(of: record.object ?? [:], .vote)
        hash = try ReferenceForm.digest(of: record.object ?? [:], .vote)
        self.record = record
    }

    /// Whether the voter's pinned key signed this vote.
    public func verdict(_ keyring: ReferenceKeyring) -> ReferenceRecordVerdict {
        signature.verdict(on: hash, by: voter, keyring)
    }
}
