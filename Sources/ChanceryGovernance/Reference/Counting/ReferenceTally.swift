public import ChanceryLedger
public import ChanceryWire

/// What became of a vote that was handed to a tally.
public enum ReferenceCast: Sendable, Equatable {
    /// Why a vote does not count; the texts are the package's, and one more.
    public enum Fault: String, Sendable, CaseIterable {
        case proposalHash = "proposal hash mismatch"
        case proposalID = "proposal id mismatch"
        case signature = "invalid signature"
        case stranger = "non-member voter"
        case foreignKey = "public key does not match voter_did"
    }

    case counted
    /// The same member said the same before.
    case repeated
    case invalid(Fault)
    /// The same member said something else before.
    case conflicting
    case expired
    case closed

    /// The package's word for it: an outcome, or the error that it raises.
    public var text: String {
        switch self {
        case .counted: "counted"
        case .repeated: "duplicate ignored"
        case .invalid(let fault): "invalid: \(fault.rawValue)"
        case .conflicting: "raises ByzantineDetectedError"
        case .expired: "raises ProposalExpiredError"
        case .closed: "refused: the round is closed"
        }
    }
}

/// What became of the wish to finish a round.
public enum ReferenceFinish: Sendable, Equatable {
    public enum Refusal: String, Sendable, CaseIterable {
        case stranger = "the coordinator is no member"
        case closed = "the round is closed"
        case expired = "the proposal has expired"
    }

    case decided(ReferenceDecision)
    case refused(Refusal)
}

/// Replays a round of the package: a sequence of votes, changes of members and attempts to finish.
public struct ReferenceTally: Sendable {
    /// By whose rules.
    public enum Rules: Sendable {
        /// The package's, holes included: the key in the vote is believed, members and weights are read when they are
        /// needed, the text of the proposal may change, a round may be finished late, often and by anybody.
        case package
        /// What the same round comes to when each hole is closed: keys are pinned, proposal, members and weights are
        /// those of the first vote, a member who says two things loses its weight and both votes are kept, and a member
        /// finishes once and in time.
        case sound(ReferenceKeyring)
    }

    /// Two votes by which a member contradicts itself, both signed with its pinned key.
    public struct Contradiction: Sendable {
        public let first: ReferenceVote
        public let second: ReferenceVote
    }

    public let quorum: ReferenceQuorum
    /// The counted votes, as they came.
    public private(set) var counted: [ReferenceVote] = []
    public private(set) var weights = ReferenceWeights()
    /// Under sound rules, one entry per member that contradicted itself.
    public private(set) var contradictions: [Contradiction] = []
    private let rules: Rules
    private var proposal: ReferenceProposal
    private var members: [DID: Int64]
    /// Under sound rules, the members as they were when the round began.
    private var roster: [DID: Int64]?
    private var firstVotes: [DID: ReferenceVote] = [:]
    private var isClosed = false

    /// The proposal's own signature is for the caller to check: the package does not.
    public init(_ proposal: ReferenceProposal, members: [DID: Int64], quorum: ReferenceQuorum, rules: Rules) {
        self.proposal = proposal
        self.members = members
        self.quorum = quorum
        self.rules = rules
    }

    /// Adds a member or changes its weight. Under sound rules this touches no round that has begun.
    public mutating func register(_ member: DID, weight: Int64) { members[member] = weight }

    /// Removes a member and says whether there was one: the package raises `UnknownNodeError` otherwise.
    public mutating func remove(_ member: DID) -> Bool { members.removeValue(forKey: member) != nil }

    /// Puts another text in the place of the proposal. Under sound rules the round stays with the first.
    public mutating func edit(_ proposal: ReferenceProposal) {
        if case .package = rules { self.proposal = proposal }
    }

    /// Counts a vote, or says why not.
    ///
    /// - Throws: `wire.number_out_of_range` when the weights leave 63 bits.
    public mutating func cast(_ vote: ReferenceVote, at now: UTCTime) throws(WireError) -> ReferenceCast {
        if isClosed { return .closed }
        if proposal.expires.isPast(at: now) { return .expired }
        if let fault = fault(of: vote) { return .invalid(fault) }
        let weight = currentMembers()[vote.voter] ?? 0
        if let first = firstVotes[vote.voter] {
            guard first.choice != vote.choice else { return .repeated }
            try exclude(first, against: vote)
            return .conflicting
        }
        firstVotes[vote.voter] = vote
        try weights.add(weight, for: vote.choice)
        counted.append(vote)
        return .counted
    }

    /// Decides by the weights so far.
    ///
    /// - Throws: `wire.number_out_of_range` when the weights leave 63 bits.
    public mutating func finish(by coordinator: DID, at now: UTCTime) throws(WireError) -> ReferenceFinish {
        if case .sound = rules {
            guard !isClosed else { return .refused(.closed) }
            guard currentMembers()[coordinator] != nil else { return .refused(.stranger) }
            guard !proposal.expires.isPast(at: now) else { return .refused(.expired) }
            isClosed = true
        }
        return .decided(try quorum.decide(weights, total: ReferenceWeights.sum(currentMembers().values)))
    }

    /// The members whose weights count now.
    private mutating func currentMembers() -> [DID: Int64] {
        guard case .sound = rules else { return members }
        if roster == nil { roster = members }
        return roster ?? members
    }

    private mutating func fault(of vote: ReferenceVote) -> ReferenceCast.Fault? {
        guard vote.proposalHash == proposal.hash else { return .proposalHash }
        guard vote.proposalID.utf8.elementsEqual(proposal.id.utf8) else { return .proposalID }
        let isMember = currentMembers()[vote.voter] != nil
        switch rules {
        case .package:
            guard ReferencePackage.verifies(vote.record, as: .vote) else { return .signature }
            return isMember ? nil : .stranger
        case .sound(let keyring):
            guard isMember else { return .stranger }
            switch vote.verdict(keyring).refusal {
            case nil: return nil
            case .foreignKey, .unknownSigner: return .foreignKey
            default: return .signature
            }
        }
    }

    /// Takes the weight of a member away that said two things; the package leaves it where it was.
    private mutating func exclude(_ first: ReferenceVote, against second: ReferenceVote) throws(WireError) {
        guard case .sound = rules, let index = counted.firstIndex(where: { $0.voter == first.voter }) else { return }
        counted.remove(at: index)
        contradictions.append(Contradiction(first: first, second: second))
        var remaining = ReferenceWeights()
        for vote in counted { try remaining.add(currentMembers()[vote.voter] ?? 0, for: vote.choice) }
        weights = remaining
    }
}
