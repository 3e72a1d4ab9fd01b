public import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The ballots on one proposal as they come in, in any order and any number of times.
///
/// A member who contradicts itself loses its weight here at once, and both ballots stay as the proof; the threshold is
/// still that of the whole committee (rule G3).
public struct Ballots: Sendable {
    /// Weights by choice; those of excluded members are not among them.
    public struct Weights: Sendable, Hashable {
        public var approve: Int64
        public var reject: Int64
        public var abstain: Int64
        public var cast: Int64 { approve + reject + abstain }

        public init(approve: Int64 = 0, reject: Int64 = 0, abstain: Int64 = 0) {
            self.approve = approve
            self.reject = reject
            self.abstain = abstain
        }

        mutating func add(_ weight: Int64, for choice: Choice) {
            switch choice {
            case .approve: approve += weight
            case .reject: reject += weight
            case .abstain: abstain += weight
            }
        }
    }

    /// What a ballot did.
    public enum Effect: Sendable {
        case counted
        /// The member said the same before; the first ballot stays.
        case known
        /// The member said something else before.
        case equivocation(BallotEquivocation)
        /// The member is excluded; the ballot counts for nothing.
        case excluded
    }

    public let committee: Committee
    public let proposal: [UInt8]
    public let kind: ProposalKind
    private var counted: [DID: Ballot] = [:]
    public private(set) var equivocations: [DID: BallotEquivocation] = [:]
    /// Members whose evidence was ordered before.
    private let excluded: Set<DID>

    /// `excluded` are the members that an ordered proof excludes from every ballot.
    public init(on proposal: [UInt8], _ kind: ProposalKind, of committee: Committee, excluding excluded: Set<DID> = []) {
        self.committee = committee
        self.proposal = proposal
        self.kind = kind
        self.excluded = excluded
    }

    /// Takes a ballot that was verified in ``committee``.
    ///
    /// - Throws: `governance.foreign_record` for a ballot on another proposal.
    public mutating func add(_ ballot: Ballot) throws(GovernanceError) -> Effect {
        guard ballot.proposal == proposal else {
            throw GovernanceError(.foreignRecord, "the ballot is on the proposal `\(Hex.encode(ballot.proposal))`")
        }
        guard !excluded.contains(ballot.voter), equivocations[ballot.voter] == nil else { return .excluded }
        guard let earlier = counted[ballot.voter] else {
            counted[ballot.voter] = ballot
            return .counted
        }
        guard earlier.choice != ballot.choice else { return .known }
        let proof = try BallotEquivocation(earlier, ballot)
        counted[ballot.voter] = nil
        equivocations[ballot.voter] = proof
        return .equivocation(proof)
    }

    /// Whether the ballot with this id would change nothing.
    func knows(_ id: [UInt8], of voter: DID) -> Bool {
        counted[voter]?.record.id == id || equivocations[voter] != nil || excluded.contains(voter)
    }

    /// Those that count, ascending by voter.
    public var all: [Ballot] { counted.values.sorted { $0.voter.bytes.lexicographicallyPrecedes($1.voter.bytes) } }

    public var weights: Weights {
        var weights = Weights()
        for ballot in counted.values { weights.add(committee[ballot.voter]?.weight ?? 0, for: ballot.choice) }
        return weights
    }

    /// The weight of members that contradicted themselves or were excluded before.
    public var excludedWeight: Int64 {
        committee.members.filter { excluded.contains($0.did) || equivocations[$0.did] != nil }.reduce(0) { $0 + $1.weight }
    }

    /// Where the voting stands; `isOver` once the proposal expired.
    public func outcome(isOver: Bool) -> Outcome {
        let (weights, total) = (weights, committee.totalWeight)
        if committee.thresholds.isMet(kind, by: weights, of: total) { return .passed }
        var best = weights
        best.approve += total - weights.cast - excludedWeight
        guard committee.thresholds.isMet(kind, by: best, of: total) else { return .rejected }
        guard isOver else { return .open }
        let threshold = committee.thresholds[kind]
        return (threshold.participation ?? threshold.approval).isMet(by: weights.cast, of: total) ? .expired : .noQuorum
    }
}
