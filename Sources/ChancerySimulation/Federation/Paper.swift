internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What people sign, on its way from node to node.
struct Paper: Sendable {
    enum Content: Sendable {
        case proposal(Proposal)
        case ballot(Ballot)
        /// Somebody's word for another's: signed, but not with the key of its voter.
        case forgery(UnverifiedRecord)
    }

    let name: [UInt8]
    /// The roster that it was made for.
    let roster: [UInt8]
    let content: Content

    init(_ proposal: Proposal) {
        name = proposal.id
        roster = proposal.terms.roster
        content = .proposal(proposal)
    }

    init(_ ballot: Ballot, roster: [UInt8]) {
        name = ballot.record.id
        self.roster = roster
        content = .ballot(ballot)
    }

    init(forgery: UnverifiedRecord, roster: [UInt8]) {
        name = Digest.sha256(forgery.bytes)
        self.roster = roster
        content = .forgery(forgery)
    }

    /// What it is about.
    var proposal: [UInt8]? {
        switch content {
        case .proposal(let proposal): proposal.id
        case .ballot(let ballot): ballot.proposal
        case .forgery: nil
        }
    }
}
