public import ChanceryGovernance
internal import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// Where the people of a member propose, look and vote. What they sign goes into the home's store; its node finds it there
/// and tells the others.
public struct FederationDesk: Sendable {
    public let keeper: FederationKeeper
    let store: FederationStore
    private let now: @Sendable () -> UTCTime

    public init(
        keeper: FederationKeeper, store: any RecordStore & RecordIndex, now: @escaping @Sendable () -> UTCTime
    ) {
        self.keeper = keeper
        self.store = FederationStore(store)
        self.now = now
    }

    /// What this home knows: everything in it was verified again, from genesis on.
    public struct View: Sendable {
        public let genesis: Genesis
        public let head: Head<GovernanceState>
        public let decisions: [Decision]
        /// The ballots on proposals of the current roster, by proposal.
        public let ballots: [[UInt8]: Ballots]
        /// Freezes that passed and are not ordered yet.
        public let seenFreezes: [Freeze]
        /// Every proposal of the store, decided ones too, in log order.
        public let proposals: [Proposal]
        public var state: GovernanceState { head.state }
    }

    /// - Throws: `node.not_found` in a home without a federation, and what is wrong with stored decisions.
    public func view() throws -> View {
        let genesis = try keeper.genesis()
        var head = try Head(genesis)
        var committees = [genesis.committee]
        var decisions: [Decision] = []
        try store.records(Decision.type) { record in
            let decision = try Decision(decoding: record.bytes)
            head = try head.following(decision)
            decisions.append(decision)
            if committees.last != head.state.committee { committees.append(head.state.committee) }
        }
        let committee = head.state.committee
        var ballots: [[UInt8]: Ballots] = [:]
        var proposals: [Proposal] = []
        try store.records(Proposal.type) { record in
            let unverified = try UnverifiedRecord(decoding: record.bytes)
            let proposal = committees.reversed().lazy.compactMap { try? Proposal.verify(unverified, in: $0) }.first
            guard let proposal else { return }
            proposals.append(proposal)
            if proposal.terms.roster == committee.rosterHash {
                ballots[proposal.id] = Ballots(on: proposal.id, proposal.kind, of: committee, excluding: head.state.excluded)
            }
        }
        try store.records(Ballot.type) { record in
            guard let ballot = try? Ballot.verify(UnverifiedRecord(decoding: record.bytes), in: committee) else { return }
            _ = try ballots[ballot.proposal]?.add(ballot)
        }
        let passed = proposals.filter { ballots[$0.id]?.outcome(isOver: false) == .passed }
        let freezes = Set(try passed.compactMap { Freeze($0) } + store.freezes(in: committees))
        return View(
            genesis: genesis, head: head, decisions: decisions, ballots: ballots,
            seenFreezes: freezes.filter { !head.state.isLifted($0.proposal) }
                .sorted { $0.proposal.lexicographicallyPrecedes($1.proposal) },
            proposals: proposals)
    }

    /// Signs a proposal of this home's member, made for what the federation is now.
    ///
    /// - Parameter lifetime: in seconds.
    public func propose(
        _ parameters: ProposalParameters, title: String, description: String = "", notBefore: UTCTime? = nil, lifetime: Int64,
        key: SigningKey<Purpose.Ballot>
    ) throws -> Proposal {
        let view = try view()
        let time = now()
        let proposal = try Proposal.make(
            ProposalTerms(
                parameters, basis: view.state.basis(for: parameters), in: view.state.committee, title: title,
                description: description, proposer: me(), created: time, notBefore: notBefore,
                expires: time.advanced(bySeconds: lifetime), salt: SystemRandom.bytes(16)),
            in: view.state.committee, key: key)
        try store.keep(proposal.record)
        return proposal
    }

    /// Signs a ballot of this home's member.
    ///
    /// - Throws: `governance.proposal_expired`, `governance.proposal_terminal`, `governance.proposal_superseded`, and
    ///   `node.rejected` when this member voted otherwise before: a second choice would cost it its weight.
    public func vote(_ choice: Choice, on proposal: Proposal, key: SigningKey<Purpose.Ballot>) throws -> Ballot {
        // Two people at once must not say two things.
        try keeper.exclusively { try cast(choice, on: proposal, key: key) }
    }

    private func cast(_ choice: Choice, on proposal: Proposal, key: SigningKey<Purpose.Ballot>) throws -> Ballot {
        let view = try view()
        let own = try me()
        guard proposal.terms.roster == view.state.committee.rosterHash else {
            throw GovernanceError(.proposalSuperseded, "the members changed since the proposal was made")
        }
        guard !view.state.isTerminal(proposal.id) else {
            throw GovernanceError(.proposalTerminal, "the proposal was decided before")
        }
        guard now() < proposal.terms.expires else {
            throw GovernanceError(.proposalExpired, "the proposal expired at \(proposal.terms.expires.text)")
        }
        if let before = view.ballots[proposal.id]?.all.first(where: { $0.voter == own }), before.choice != choice {
            throw NodeError(
                .rejected, "this member voted `\(before.choice.rawValue)` before; another choice would cost it its weight")
        }
        let ballot = try Ballot.cast(choice, on: proposal.id, as: own, in: view.state.committee, key: key)
        try store.keep(ballot.record)
        return ballot
    }

    private func me() throws -> DID {
        guard let did = try keeper.enrolment()?.did else {
            throw NodeError(.keyMissing, "this home has no member keys; `governance enrol` makes them")
        }
        return did
    }
}

extension FederationDesk.View {
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
        if let decided = decisions.first(where: { $0.orders(proposal.id) }) { return .decided(slot: decided.slot) }
        guard proposal.terms.roster == state.committee.rosterHash else { return .superseded }
        return .voting(ballots[proposal.id]?.outcome(isOver: proposal.terms.expires <= time) ?? .open)
    }

    /// How far a proposal has come.
    public enum Standing: Sendable, Equatable {
        case voting(Outcome)
        /// The members changed before it passed.
        case superseded
        case decided(slot: Int64)

        public var text: String {
            switch self {
            case .voting(let outcome): outcome.rawValue
            case .superseded: "superseded"
            case .decided(let slot): "decided in slot \(slot)"
            }
        }
    }
}

extension Decision {
    /// Whether this decision orders the proposal with this id.
    public func orders(_ proposal: [UInt8]) -> Bool { certifiedProposals.contains { $0.id == proposal } }

    /// The terms of the proposals that it orders, in their order.
    public var certifiedProposals: [ProposalTerms] {
        block.items.compactMap { item in
            item["proposal"]?["body"]?.object.flatMap { try? ProposalTerms($0) }
        }
    }
}
