public import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// What a home knows of its federation: everything in it was verified again, from genesis on.
public struct FederationView: Sendable {
    public let genesis: Genesis
    public private(set) var head: Head<GovernanceState>
    public private(set) var decisions: [Decision] = []
    /// The ballots on proposals that may still be decided, by proposal.
    public private(set) var ballots: [[UInt8]: Ballots] = [:]
    /// Every proposal of the store, decided ones too, in log order.
    public private(set) var proposals: [Proposal] = []
    public var state: GovernanceState { head.state }

    private var committees: [Committee]
    /// Ballots that stand in the store before their proposals, which came later.
    private var early: [[UInt8]: [Ballot]] = [:]
    private var certified: [BallotCertificate] = []
    /// The slot that orders each decided proposal.
    private var slots: [[UInt8]: Int64] = [:]
    /// The last record of each kind that was looked at.
    private var positions: [String: UInt64] = [:]

    /// The view at genesis.
    init(_ genesis: Genesis) throws {
        self.genesis = genesis
        head = try Head(genesis)
        committees = [genesis.committee]
    }

    /// Takes what came into `store` since. Costs what is new, and all ballots again when the voters changed.
    ///
    /// - Throws: what is wrong with a stored decision; the view must not be used then.
    mutating func advance(_ store: FederationStore) throws {
        let before = head.state
        try read(Decision.type, store) { view, record in
            let decision = try Decision(decoding: record.bytes)
            view.head = try view.head.following(decision)
            view.decisions.append(decision)
            for terms in decision.certifiedProposals { view.slots[terms.id] = decision.slot }
            if view.committees.last != view.state.committee { view.committees.append(view.state.committee) }
        }
        if before.committee != state.committee || before.excluded != state.excluded {
            (ballots, proposals, early) = ([:], [], [:])
            for kind in [Proposal.type, Ballot.type] { positions[kind] = nil }
        }
        try read(Proposal.type, store) { try $0.take(proposal: $1) }
        try read(Ballot.type, store) { view, record in
            let unverified = try UnverifiedRecord(decoding: record.bytes)
            let committees = [view.state.committee, view.state.previousCommittee].compactMap { $0 }
            guard let ballot = committees.lazy.compactMap({ try? Ballot.verify(unverified, in: $0) }).first else { return }
            guard let tally = view.ballots[ballot.proposal] else {
                view.early[ballot.proposal, default: []].append(ballot)
                return
            }
            // A ballot counts among those of its own roster.
            guard tally.committee.rosterHash == ballot.roster else { return }
            // In place: a copy of the tally for every ballot would make many ballots slow.
            _ = try view.ballots[ballot.proposal]?.add(ballot)
        }
        try read(BallotCertificate.type, store) { view, record in
            let value = try JSONParser.parse(record.bytes)
            let certificate = view.firstCommittee { try BallotCertificate(verifying: value, in: $0) }
            if let certificate, Freeze(certificate.proposal) != nil { view.certified.append(certificate) }
        }
    }

    private mutating func take(proposal record: StoredRecord) throws {
        let unverified = try UnverifiedRecord(decoding: record.bytes)
        guard let proposal = firstCommittee({ try Proposal.verify(unverified, in: $0) }) else { return }
        proposals.append(proposal)
        if let committee = deciders(of: proposal) {
            var tally = Ballots(on: proposal.id, proposal.kind, of: committee, excluding: state.excluded(in: committee))
            for ballot in early.removeValue(forKey: proposal.id) ?? [] where ballot.roster == committee.rosterHash {
                _ = try tally.add(ballot)
            }
            ballots[proposal.id] = tally
        }
    }

    /// Whose ballots may still pass a proposal: the committee in office, or for REVOKE and FREEZE the one before (rule G8);
    /// nil when the members changed since it was made.
    private func deciders(of proposal: Proposal) -> Committee? {
        if proposal.terms.roster == state.committee.rosterHash { return state.committee }
        guard proposal.kind.outlivesRoster, proposal.terms.roster == state.previousRoster else { return nil }
        return state.previousCommittee
    }

    /// What the latest committee verifies, or else the one before it, and so on.
    private func firstCommittee<Value>(_ verify: (Committee) throws -> Value) -> Value? {
        for committee in committees.reversed() {
            if let found = try? verify(committee) { return found }
        }
        return nil
    }

    private mutating func read(
        _ kind: String, _ store: FederationStore, _ take: (inout FederationView, StoredRecord) throws -> Void
    ) throws {
        var last = positions[kind]
        try store.records(kind, after: last) { record in
            try take(&self, record)
            last = record.position
        }
        positions[kind] = last
    }

    /// Freezes that passed and are not lifted, ordered or not (rule G5).
    public var seenFreezes: [Freeze] {
        let passed = proposals.filter { ballots[$0.id]?.outcome(isOver: false) == .passed }
        return Set(passed.compactMap { Freeze($0) } + certified.compactMap { Freeze($0.proposal) }).filter {
            !state.isLifted($0.proposal)
        }
        .sorted { $0.proposal.lexicographicallyPrecedes($1.proposal) }
    }

    /// The certificates of freezes that no block holds and nobody lifted, as far as a block could still hold them.
    func freezeCertificates() throws -> [BallotCertificate] {
        let ordered = Set(state.freezes.map(\.proposal))
        var found: [[UInt8]: BallotCertificate] = [:]
        for certificate in certified { found[certificate.proposal.id] = certificate }
        for proposal in proposals where proposal.kind == .emergencyFreeze && found[proposal.id] == nil {
            guard let ballots = ballots[proposal.id], ballots.outcome(isOver: false) == .passed else { continue }
            found[proposal.id] = try BallotCertificate(proposal, ballots)
        }
        return found.values.filter {
            !ordered.contains($0.proposal.id) && !state.isLifted($0.proposal.id) && state.admits($0)
        }.sorted { $0.proposal.id.lexicographicallyPrecedes($1.proposal.id) }
    }

    /// The slot whose decision orders the proposal; nil while none does.
    public func slot(of proposal: [UInt8]) -> Int64? { slots[proposal] }
}

extension FederationView {
    /// The proposal whose id begins with `prefix`.
    ///
    /// - Throws: `node.not_found` for none or more than one.
    public func proposal(_ prefix: String) throws -> Proposal {
        let found = proposals.filter { Hex.encode($0.id).utf8.starts(with: prefix.utf8) }
        guard let first = found.first, found.allSatisfy({ $0.id == first.id }), prefix.utf8.count >= 4 else {
            throw NodeError(.notFound, "no proposal, or more than one, has an id that begins with `\(prefix.prefix(64))`")
        }
        return first
    }

    /// Where the voting on a proposal stands, seen from here.
    public func standing(of proposal: Proposal, at time: UTCTime) -> Standing {
        if let slot = slots[proposal.id] { return .decided(slot: slot) }
        guard deciders(of: proposal) != nil else { return .superseded }
        return .voting(ballots[proposal.id]?.outcome(isOver: proposal.terms.expires <= time) ?? .open)
    }

    /// How far a proposal has come.
    public enum Standing: Sendable, Equatable {
        case voting(Outcome)
        /// The members changed before it passed.
        case superseded
        case decided(slot: Int64)

        /// Whether nothing can change it any more.
        public var isFinal: Bool {
            switch self {
            case .decided, .superseded, .voting(.rejected), .voting(.expired), .voting(.noQuorum): true
            case .voting: false
            }
        }

        public var text: String {
            switch self {
            case .voting(let outcome): outcome.rawValue
            case .superseded: "superseded"
            case .decided(let slot): "decided in slot \(slot)"
            }
        }
    }
}
