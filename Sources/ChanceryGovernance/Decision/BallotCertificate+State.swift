internal import ChancerySuite
public import ChanceryWire

extension BallotCertificate {
    /// Recomputes a certificate that a block after `state` may hold: one of the committee in office, or for one epoch a
    /// REVOKE or FREEZE of the committee before it (rule G8).
    ///
    /// - Throws: what ``init(verifying:in:excluding:)`` throws; of the committee before also
    ///   `governance.proposal_superseded` for other kinds, and `governance.not_passed` when those who are left do not pass it.
    public init(verifying value: JSONValue, after state: GovernanceState) throws {
        let former = state.previousCommittee
        if let former, value["roster"]?.string == Hex.encode(former.rosterHash) {
            try self.init(verifying: value, in: former, excluding: state.excluded(in: former))
            try state.requireAdmissible(self)
        } else {
            try self.init(verifying: value, in: state.committee, excluding: state.excluded)
        }
    }

    /// The order in which a proposer takes them: restrictive ones first, a change of members last, then by time.
    public static func precedes(_ left: BallotCertificate, _ right: BallotCertificate) -> Bool {
        let (first, second) = (BlockItem.certificate(left).rank, BlockItem.certificate(right).rank)
        if first != second { return first < second }
        let (one, other) = (left.proposal.terms, right.proposal.terms)
        return one.created == other.created ? one.id.lexicographicallyPrecedes(other.id) : one.created < other.created
    }
}

extension GovernanceState {
    /// Whether the next block may still hold a certificate that was verified in an earlier state.
    public func admits(_ certificate: BallotCertificate) -> Bool { (try? requireAdmissible(certificate)) != nil }

    func requireAdmissible(_ certificate: BallotCertificate) throws(GovernanceError) {
        let roster = certificate.committee.rosterHash
        guard roster != committee.rosterHash else { return }
        let kind = certificate.proposal.kind
        guard kind.outlivesRoster, roster == previousRoster else {
            throw GovernanceError(.proposalSuperseded, "the members changed since the proposal was made")
        }
        var weights = Ballots.Weights()
        for ballot in certificate.ballots {
            // Who left, has another key or is excluded speaks for nobody any more.
            guard let member = committee[ballot.voter], !isExcluded(ballot.voter),
                member.keys.ballot == certificate.committee[ballot.voter]?.keys.ballot
            else { continue }
            weights.add(member.weight, for: ballot.choice)
        }
        guard committee.thresholds.isMet(kind, by: weights, of: committee.totalWeight) else {
            throw GovernanceError(
                .notPassed, "approvals of \(weights.approve) of \(committee.totalWeight) are left after the change of members")
        }
    }
}
