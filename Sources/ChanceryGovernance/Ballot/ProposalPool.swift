public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// The open proposals of one roster and the ballots on them, as one node knows them.
///
/// Nothing in it is agreed upon: nodes see proposals and ballots in different orders. Bounded for each member, so that none
/// fills the memory of the others.
public struct ProposalPool: Sendable {
    /// Open proposals of one member.
    public static let proposalsPerMember = 64
    /// Ballots of one member on proposals that are not known yet.
    public static let earlyBallotsPerMember = 256
    /// How long they wait, in milliseconds.
    public static let earlyBallotLife: Int64 = 600_000

    /// What taking a record did.
    public enum Effect: Sendable {
        case new
        case known
        /// There is no room for more of this member.
        case full
        /// The voter contradicted itself: keep the proof, and order it.
        case equivocation(BallotEquivocation)
    }

    public let committee: Committee
    /// Members whose contradiction was ordered.
    public private(set) var excluded: Set<DID>
    public private(set) var proposals: [[UInt8]: Proposal] = [:]
    private var ballots: [[UInt8]: Ballots] = [:]
    // With the time at which each came: it says none itself.
    private var early: [DID: [(ballot: Ballot, since: UTCTime)]] = [:]

    public init(of committee: Committee, excluding excluded: Set<DID> = []) {
        self.committee = committee
        self.excluded = excluded
    }

    /// Whether taking this record again would change nothing, whoever signed it: asked before its signature is checked.
    public func knows(_ record: UnverifiedRecord) -> Bool {
        let id = record.bodyHash
        guard record.type.utf8.elementsEqual(Ballot.type.utf8) else { return proposals[id] != nil }
        guard let voter = try? DID(record.body["voter"]?.string ?? ""),
            let proposal = try? Hex.decode(record.body["proposal"]?.string ?? "", count: 32)
        else { return false }
        return ballots[proposal]?.knows(id, of: voter) ?? early[voter]?.contains { $0.ballot.record.id == id } ?? false
    }

    /// Takes a proposal that was verified in ``committee``.
    public mutating func add(_ proposal: Proposal) throws(GovernanceError) -> Effect {
        guard proposals[proposal.id] == nil else { return .known }
        let proposer = proposal.terms.proposer
        guard proposals.values.count(where: { $0.terms.proposer == proposer }) < Self.proposalsPerMember else { return .full }
        proposals[proposal.id] = proposal
        ballots[proposal.id] = Ballots(on: proposal.id, proposal.kind, of: committee, excluding: excluded)
        var effect = Effect.new
        for (voter, waiting) in early {
            for (ballot, since) in waiting where ballot.proposal == proposal.id {
                if case .equivocation(let proof) = try add(ballot, at: since) { effect = .equivocation(proof) }
            }
            keep(waiting.filter { $0.ballot.proposal != proposal.id }, of: voter)
        }
        return effect
    }

    private mutating func keep(_ waiting: [(ballot: Ballot, since: UTCTime)], of voter: DID) {
        early[voter] = waiting.isEmpty ? nil : waiting
    }

    /// Takes a ballot that was verified in ``committee`` and came at `time`. One on an unknown proposal waits for it.
    public mutating func add(_ ballot: Ballot, at time: UTCTime) throws(GovernanceError) -> Effect {
        guard ballots[ballot.proposal] != nil else {
            let waiting = early[ballot.voter] ?? []
            if waiting.contains(where: { $0.ballot.record.id == ballot.record.id }) { return .known }
            guard waiting.count < Self.earlyBallotsPerMember else { return .full }
            early[ballot.voter] = waiting + [(ballot, time)]
            return .new
        }
        // In place: a copy of the tally for every ballot would make many ballots slow.
        switch try ballots[ballot.proposal]?.add(ballot) {
        case .counted?: return .new
        case .equivocation(let proof)?: return .equivocation(proof)
        case .known?, .excluded?, nil: return .known
        }
    }

    /// Every proposal, every ballot that counts and every one that waits: what other nodes may lack.
    public var records: [VerifiedRecord] {
        proposals.values.map(\.record)
            + ballots.values.flatMap { tally in
                tally.all.map(\.record) + tally.equivocations.values.flatMap { $0.ballots.map(\.record) }
            } + early.values.joined().map(\.ballot.record)
    }

    /// The ids of ``records``.
    public var recordIDs: [[UInt8]] { records.map(\.id) }

    /// The ballots on a proposal; nil when the proposal is not known.
    public func ballots(on proposal: [UInt8]) -> Ballots? { ballots[proposal] }

    /// The certificates of what passed, restrictive ones first, then by the time of the proposal.
    public func certificates(at time: UTCTime) -> [BallotCertificate] {
        proposals.values
            .filter { $0.terms.notBefore <= time && time < $0.terms.expires }
            .compactMap { proposal in
                ballots[proposal.id].flatMap { try? BallotCertificate(proposal, $0) }
            }
            .sorted(by: BallotCertificate.precedes)
    }

    /// The member's contradiction was ordered: its ballots count no more.
    public mutating func exclude(_ members: Set<DID>) throws(GovernanceError) {
        guard !members.isSubset(of: excluded) else { return }
        excluded.formUnion(members)
        for (id, known) in ballots {
            var tally = Ballots(on: id, known.kind, of: committee, excluding: excluded)
            for ballot in known.all + known.equivocations.values.flatMap(\.ballots) { _ = try tally.add(ballot) }
            ballots[id] = tally
        }
    }

    /// Forgets ballots that waited for their proposal for too long.
    public mutating func forgetEarly(at time: UTCTime) {
        for (voter, waiting) in early {
            // A clock that was set back frees them as well.
            let young = waiting.filter { (0..<Self.earlyBallotLife).contains(time.milliseconds - $0.since.milliseconds) }
            if young.count < waiting.count { keep(young, of: voter) }
        }
    }

    /// Forgets proposals that were decided or expired, and their ballots.
    public mutating func forget(_ isOver: (Proposal) -> Bool) {
        for (id, proposal) in proposals where isOver(proposal) {
            proposals[id] = nil
            ballots[id] = nil
        }
    }
}
