public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

extension GovernanceError.Reason {
    /// Two votes that prove nothing against anybody.
    public static let equivocationUnproven = Self(rawValue: "governance.equivocation_unproven")
}

/// The portable proof that a member voted twice in one phase of one round, for different values.
///
/// Only the member can make it: both votes carry its signature, and what it signs has neither time nor free text.
public struct ConsensusEquivocation: Sendable {
    public static let type = "chancery/consensus-equivocation/v1"
    public static let maximumBytes = 64 << 10

    /// Nil before a block, blocks ascending by id: one pair of values has one form.
    public let first: Claimed<ConsensusVote>
    public let second: Claimed<ConsensusVote>

    /// Who did it.
    public var member: DID { first.statement.voter }

    /// - Throws: `governance.equivocation_unproven` when the votes do not conflict.
    public init(_ one: Claimed<ConsensusVote>, _ other: Claimed<ConsensusVote>) throws(GovernanceError) {
        guard one.statement.conflicts(with: other.statement) else {
            throw GovernanceError(.equivocationUnproven, "the votes do not contradict each other")
        }
        let isOrdered = Self.precedes(one.statement.value, other.statement.value)
        first = isOrdered ? one : other
        second = isOrdered ? other : one
    }

    private static func precedes(_ left: Digest256?, _ right: Digest256?) -> Bool {
        guard let right else { return false }
        return left.map { $0.bytes.lexicographicallyPrecedes(right.bytes) } ?? true
    }

    /// Whether the member of `members` did it.
    ///
    /// - Throws: `governance.consensus_foreign`, `governance.consensus_signature`.
    public func verify(
        against members: ConsensusMembers, by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        for vote in [first, second] {
            guard vote.statement.place.federation == members.federation, vote.statement.place.epoch == members.epoch,
                vote.statement.place.committee == members.committee
            else { throw GovernanceError(.consensusForeign, "the votes belong to another federation, epoch or committee") }
            _ = try verifier.verify(vote, in: members)
        }
    }

    public func encoded() throws(WireError) -> [UInt8] {
        try CanonicalForm.jcs.encode(
            JSONValue.object([
                "first": JSONParser.parse(first.bytes), "second": JSONParser.parse(second.bytes), "type": .string(Self.type),
            ]))
    }

    /// - Throws: `governance.consensus_malformed`, `governance.equivocation_unproven`.
    public init(
        decoding bytes: [UInt8], by verifier: some ConsensusVerifier = ConsensusRecords()
    ) throws(GovernanceError) {
        let value = try StrictJSON.parse(bytes, limit: Self.maximumBytes)
        let votes: [JSONValue]
        do throws(WireError) {
            var reader = try RecordReader(value, "equivocation")
            try reader.expect(type: Self.type)
            votes = [try reader.value("first"), try reader.value("second")]
            try reader.finish()
        } catch {
            throw GovernanceError(.consensusMalformed, "\(error)")
        }
        let one = try verifier.decode(StrictJSON.bytes(votes[0]), as: ConsensusVote.self)
        let other = try verifier.decode(StrictJSON.bytes(votes[1]), as: ConsensusVote.self)
        try self.init(one, other)
        guard first.bytes == one.bytes else {
            throw GovernanceError(.consensusMalformed, "the votes stand in the wrong order")
        }
    }
}
