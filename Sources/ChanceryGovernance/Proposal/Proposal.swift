internal import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// A member's signed proposal. A value of this type was verified in the committee it was made for.
public struct Proposal: Sendable {
    public static let type = "chancery/proposal/v1"
    /// Whatever its ballots, a block can hold it.
    public static let maximumBytes = 512 << 10

    /// The exact bytes.
    public let record: VerifiedRecord
    public let terms: ProposalTerms
    public var id: [UInt8] { terms.id }
    public var kind: ProposalKind { terms.kind }
    public var parameters: ProposalParameters { terms.parameters }

    /// Signs `terms` for their proposer.
    ///
    /// - Throws: `governance.not_a_member` unless the committee lists this key for the proposer, and what ``verify`` throws.
    public static func make(
        _ terms: ProposalTerms, in committee: Committee, key: SigningKey<Purpose.Ballot>
    ) throws -> Proposal {
        guard let member = committee[terms.proposer], member.keys.ballot == key.publicKey else {
            throw GovernanceError(.notAMember, "the committee does not list this ballot key for `\(terms.proposer)`")
        }
        try committee.requireOwn(terms.federation, roster: terms.roster)
        let record = try VerifiedRecord.sign(terms.body, type: type, by: key)
        try requireShort(record.bytes.count)
        return Proposal(record, terms)
    }

    /// The proposal that `record` is, if a member of `committee` signed it for this federation and roster. The key is the
    /// committee's; nothing in the record chooses it.
    ///
    /// - Throws: `governance.foreign_record`, `governance.not_a_member`, `suite.invalid_signature`,
    ///   `governance.proposal_malformed`, and what the codec throws.
    public static func verify(_ record: UnverifiedRecord, in committee: Committee) throws -> Proposal {
        // Cheap questions first: a stranger costs no signature check.
        try requireShort(record.bytes.count)
        var reader = RecordReader(record.body, "proposal")
        try committee.requireOwn(
            FederationID(reader.string("federation", limit: 64)), roster: reader.hex("roster", count: 32))
        let proposer = try reader.did("proposer")
        guard let member = committee[proposer] else {
            throw GovernanceError(.notAMember, "`\(proposer)` is no member of epoch \(committee.epoch)")
        }
        let verified = try record.verify(type: type, by: member.keys.ballot)
        return Proposal(verified, try ProposalTerms(record.body))
    }

    private static func requireShort(_ count: Int) throws(GovernanceError) {
        guard count <= maximumBytes else {
            throw GovernanceError(.proposalMalformed, "a proposal has at most \(maximumBytes) bytes, not \(count)")
        }
    }

    private init(_ record: VerifiedRecord, _ terms: ProposalTerms) {
        self.record = record
        self.terms = terms
    }
}
