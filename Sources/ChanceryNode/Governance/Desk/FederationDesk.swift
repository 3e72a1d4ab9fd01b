public import ChanceryGovernance
public import ChanceryLedger
public import ChancerySuite
public import ChanceryWire

/// Where the people of a member propose, look and vote. What they sign goes into the home's store; its node finds it there
/// and tells the others.
public struct FederationDesk: Sendable {
    public let keeper: FederationKeeper
    let store: FederationStore
    private let archive: FederationArchive
    private let now: @Sendable () -> UTCTime

    public init(
        keeper: FederationKeeper, store: any RecordStore & RecordIndex, now: @escaping @Sendable () -> UTCTime
    ) {
        self.keeper = keeper
        self.store = FederationStore(store)
        archive = FederationArchive(keeper: keeper, store: store)
        self.now = now
    }

    /// What this home knows now.
    ///
    /// - Throws: `node.not_found` in a home without a federation, and what is wrong with stored decisions.
    public func view() throws -> FederationView { try archive.view() }

    /// Signs a proposal of this home's member, made for what the federation is now.
    ///
    /// - Parameter lifetime: in seconds.
    public func propose(
        _ parameters: ProposalParameters, title: String, description: String = "", notBefore: UTCTime? = nil, lifetime: Int64,
        key: SigningKey<Purpose.Ballot>
    ) throws -> Proposal {
        let terms = try draft(
            parameters, title: title, description: description, notBefore: notBefore, lifetime: lifetime, proposer: me())
        let proposal = try Proposal.make(terms, in: view().state.committee, key: key)
        try store.keep(proposal.record)
        return proposal
    }

    /// What `proposer` would sign to propose this now. Nothing is stored.
    ///
    /// - Parameter lifetime: in seconds.
    public func draft(
        _ parameters: ProposalParameters, title: String, description: String = "", notBefore: UTCTime? = nil, lifetime: Int64,
        proposer: DID
    ) throws -> ProposalTerms {
        let view = try view()
        let time = now()
        return try ProposalTerms(
            parameters, basis: view.state.basis(for: parameters), in: view.state.committee, title: title,
            description: description, proposer: proposer, created: time, notBefore: notBefore,
            expires: time.advanced(bySeconds: lifetime), salt: SystemRandom.bytes(16))
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

    /// The whole history with what members' nodes said lately, and the freezes that no block holds: for whoever opens something
    /// on the federation's word (rule G1). This home's node wrote the beats within the last seconds, while it runs.
    public func inForceFile() throws -> JSONValue {
        let view = try view()
        let head = view.head
        let beats = try keeper.beats().filter { (try? Beat.verify($0, of: head)) != nil }
        return try InForceFile.json(view.genesis, view.decisions, beats: beats, freezes: view.freezeCertificates())
    }

    private func me() throws -> DID {
        guard let did = try keeper.enrolment()?.did else {
            throw NodeError(.keyMissing, "this home has no member keys; `governance enrol` makes them")
        }
        return did
    }
}
