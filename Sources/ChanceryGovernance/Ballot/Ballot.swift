public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// What a member may say to a proposal.
public enum Choice: String, Sendable, CaseIterable {
    case approve, reject, abstain
}

/// A member's signed word on one proposal. A value of this type was verified.
///
/// The body names federation, roster, proposal, voter and choice and nothing that differs from one signing to the next, so
/// that a member who signs twice says the same twice (rule G3). Reasons are a record of their own.
public struct Ballot: Sendable {
    public static let type = "chancery/ballot/v1"
    public static let maximumBytes = 16 << 10

    public let record: VerifiedRecord
    /// The roster that it was cast in.
    public let roster: [UInt8]
    /// The id of the proposal.
    public let proposal: [UInt8]
    public let voter: DID
    public let choice: Choice

    /// Casts a ballot of `voter` in `committee`.
    ///
    /// - Throws: `governance.not_a_member` unless the committee lists this key for the voter.
    public static func cast(
        _ choice: Choice, on proposal: [UInt8], as voter: DID, in committee: Committee, key: SigningKey<Purpose.Ballot>
    ) throws -> Ballot {
        guard let member = committee[voter], member.keys.ballot == key.publicKey else {
            throw GovernanceError(.notAMember, "the committee does not list this ballot key for `\(voter)`")
        }
        let body: JSONObject = [
            "choice": .string(choice.rawValue), "federation": .string(committee.federation.text),
            "proposal": .string(Hex.encode(proposal)), "roster": .string(Hex.encode(committee.rosterHash)),
            "voter": .string(voter.text),
        ]
        return try Ballot(VerifiedRecord.sign(body, type: type, by: key), Statement(body.withType(type)))
    }

    /// The ballot that `record` is, if a member of `committee` signed it.
    ///
    /// - Throws: `governance.foreign_record` for another federation or roster, `governance.not_a_member`,
    ///   `suite.invalid_signature`, and what the codec throws.
    public static func verify(_ record: UnverifiedRecord, in committee: Committee) throws -> Ballot {
        let statement = try Statement(record.body)
        // Cheap questions first: a stranger costs no signature check.
        try committee.requireOwn(statement.federation, roster: statement.roster)
        guard let member = committee[statement.voter] else {
            throw GovernanceError(.notAMember, "`\(statement.voter)` is no member of epoch \(committee.epoch)")
        }
        return try Ballot(record.verify(type: type, by: member.keys.ballot), statement)
    }

    private init(_ record: VerifiedRecord, _ statement: Statement) {
        self.record = record
        roster = statement.roster
        proposal = statement.proposal
        voter = statement.voter
        choice = statement.choice
    }

    /// The body, decoded strictly.
    private struct Statement {
        let federation: FederationID
        let roster: [UInt8]
        let proposal: [UInt8]
        let voter: DID
        let choice: Choice

        init(_ body: JSONObject) throws {
            var reader = RecordReader(body, "ballot")
            _ = try reader.string("type", limit: 64)
            federation = try FederationID(reader.string("federation", limit: 64))
            roster = try reader.hex("roster", count: 32)
            proposal = try reader.hex("proposal", count: 32)
            voter = try DID(reader.string("voter", limit: 128))
            let name = try reader.string("choice", limit: 16)
            guard let choice = Choice(rawValue: name) else {
                throw WireError(.invalidValue, "a choice is approve, reject or abstain, not `\(name)`")
            }
            self.choice = choice
            try reader.finish()
        }
    }
}

extension JSONObject {
    /// The object with the member `type`, as signing adds it.
    func withType(_ type: String) -> JSONObject {
        var copy = self
        copy["type"] = .string(type)
        return copy
    }
}

extension Committee {
    /// - Throws: `governance.foreign_record` unless a record was made for this federation and roster.
    func requireOwn(_ federation: FederationID, roster: [UInt8]) throws(GovernanceError) {
        guard federation == self.federation else {
            throw GovernanceError(.foreignRecord, "the record belongs to the federation `\(federation)`")
        }
        guard roster == rosterHash else {
            throw GovernanceError(.foreignRecord, "the record was made for another roster than that of epoch \(epoch)")
        }
    }
}

extension GovernanceError.Reason {
    /// The signer is no member of the committee that decides.
    public static let notAMember = Self(rawValue: "governance.not_a_member")
    /// A genuine record of another federation, roster or proposal.
    public static let foreignRecord = Self(rawValue: "governance.foreign_record")
}
