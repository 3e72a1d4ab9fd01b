public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// The proof that a member signed two different choices on one proposal: two ballots, and nothing else is needed.
///
/// Both verify under the key that the committee lists, so nobody can frame a member; and a ballot holds nothing that differs
/// between two honest signings, so nobody frames himself (rule G3).
public struct BallotEquivocation: Sendable {
    public static let type = "chancery/ballot-equivocation/v1"

    /// Ascending by choice.
    public let ballots: [Ballot]
    public var voter: DID { ballots[0].voter }
    public var proposal: [UInt8] { ballots[0].proposal }
    public var roster: [UInt8] { ballots[0].roster }

    /// - Throws: `governance.no_equivocation` unless both are of one voter on one proposal with different choices.
    public init(_ first: Ballot, _ second: Ballot) throws(GovernanceError) {
        guard first.voter == second.voter, first.proposal == second.proposal, first.choice != second.choice else {
            throw GovernanceError(.noEquivocation, "the two ballots do not contradict each other")
        }
        ballots = [first, second].sorted { $0.choice.rawValue < $1.choice.rawValue }
    }

    public var json: JSONValue {
        get throws {
            [
                "ballots": .array(try ballots.map { try JSONParser.parse($0.record.bytes) }), "type": .string(Self.type),
            ]
        }
    }

    /// Verifies a proof from anywhere.
    public init(verifying value: JSONValue, in committee: Committee) throws {
        var reader = try RecordReader(value, "equivocation proof")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.noEquivocation, "the document is no `\(Self.type)`")
        }
        let records = try reader.array("ballots", limit: 2)
        try reader.finish()
        guard records.count == 2 else { throw GovernanceError(.noEquivocation, "a proof holds two ballots") }
        let ballots = try records.map { try Ballot.verify(UnverifiedRecord($0, limit: Ballot.maximumBytes), in: committee) }
        try self.init(ballots[0], ballots[1])
        guard ballots[0].choice == self.ballots[0].choice else {
            throw GovernanceError(.noEquivocation, "the ballots of a proof are in ascending order of choice")
        }
    }
}

extension GovernanceError.Reason {
    /// What was offered as a proof of equivocation is none.
    public static let noEquivocation = Self(rawValue: "governance.no_equivocation")
}
