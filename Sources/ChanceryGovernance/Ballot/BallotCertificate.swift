public import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// A proposal with the ballots that pass it: whoever knows the committee recomputes the approval from it alone.
///
/// A value of this type was verified. It says *approved* and no more: whether the proposal was ordered, and is in force, is
/// not in it (rule G1).
public struct BallotCertificate: Sendable {
    public static let type = "chancery/certificate/v1"
    public static let maximumBytes = 1 << 20

    /// The one whose members voted.
    public let committee: Committee
    public let proposal: Proposal
    /// Ascending by voter.
    public let ballots: [Ballot]
    public let weights: Ballots.Weights

    /// Certifies what `ballots` passed.
    ///
    /// - Throws: `governance.not_passed` while their outcome is another one.
    public init(_ proposal: Proposal, _ ballots: Ballots) throws(GovernanceError) {
        guard ballots.proposal == proposal.id, ballots.committee.rosterHash == proposal.terms.roster else {
            throw GovernanceError(.foreignRecord, "the ballots are on another proposal")
        }
        guard ballots.outcome(isOver: false) == .passed else {
            throw GovernanceError(
                .notPassed, "approvals of \(ballots.weights.approve) of \(ballots.committee.totalWeight) do not pass it")
        }
        committee = ballots.committee
        self.proposal = proposal
        self.ballots = ballots.all
        weights = ballots.weights
    }

    /// Recomputes a certificate: its proposal, its roster and threshold, every ballot and their weight.
    ///
    /// - Parameter excluded: members whose contradiction was proven; their ballots may not stand in it (rule G3).
    /// - Throws: `governance.certificate_ballot` with the index of the ballot that fails and why, `governance.not_passed`,
    ///   `governance.certificate_malformed`, and what the proposal throws.
    public init(verifying value: JSONValue, in committee: Committee, excluding excluded: Set<DID> = []) throws {
        var reader = try RecordReader(value, "certificate")
        guard try reader.string("type", limit: 64).utf8.elementsEqual(Self.type.utf8) else {
            throw GovernanceError(.certificateMalformed, "the document is no `\(Self.type)`")
        }
        let roster = try reader.hex("roster", count: 32)
        let threshold = try Threshold(reader.value("threshold"))
        let records = try reader.array("ballots", limit: Committee.memberCounts.upperBound)
        let record = try UnverifiedRecord(reader.value("proposal"), limit: Self.maximumBytes)
        try reader.finish()
        guard roster == committee.rosterHash else {
            throw GovernanceError(
                .foreignRecord, "the certificate was made for another roster than that of epoch \(committee.epoch)")
        }
        self.committee = committee
        proposal = try Proposal.verify(record, in: committee)
        guard threshold == committee.thresholds[proposal.kind] else {
            throw GovernanceError(
                .certificateMalformed, "the committee decides `\(proposal.kind.rawValue)` by another threshold")
        }
        var tally = Ballots(on: proposal.id, proposal.kind, of: committee)
        var ballots: [Ballot] = []
        for (index, element) in records.enumerated() {
            do {
                let ballot = try Ballot.verify(UnverifiedRecord(element, limit: Ballot.maximumBytes), in: committee)
                guard !excluded.contains(ballot.voter) else {
                    throw GovernanceError(.notAMember, "`\(ballot.voter)` contradicted itself and is excluded")
                }
                if let last = ballots.last, !last.voter.bytes.lexicographicallyPrecedes(ballot.voter.bytes) {
                    throw GovernanceError(.certificateMalformed, "ballots stand in ascending order of voters, each voter once")
                }
                _ = try tally.add(ballot)
                ballots.append(ballot)
            } catch {
                throw GovernanceError(.certificateBallot, "\(error)", index: index)
            }
        }
        self.ballots = ballots
        weights = tally.weights
        guard tally.outcome(isOver: false) == .passed else {
            throw GovernanceError(.notPassed, "approvals of \(weights.approve) of \(committee.totalWeight) do not pass it")
        }
    }

    public var json: JSONValue {
        get throws {
            [
                "ballots": .array(try ballots.map { try JSONParser.parse($0.record.bytes) }),
                "proposal": try JSONParser.parse(proposal.record.bytes), "roster": .string(Hex.encode(committee.rosterHash)),
                "threshold": committee.thresholds[proposal.kind].json, "type": .string(Self.type),
            ]
        }
    }
}

extension GovernanceError.Reason {
    /// A ballot in a certificate that does not belong into it; the index names the ballot.
    public static let certificateBallot = Self(rawValue: "governance.certificate_ballot")
    /// The document is no certificate of this committee.
    public static let certificateMalformed = Self(rawValue: "governance.certificate_malformed")
    /// The ballots do not reach the threshold.
    public static let notPassed = Self(rawValue: "governance.not_passed")
}
