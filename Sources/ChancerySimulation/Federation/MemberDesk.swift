internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What one node knows of proposals, ballots and contradictions, and what its people did. Papers, proofs and freezes are
/// durable when they are taken, as the shipped node writes them.
struct MemberDesk: Sendable {
    let number: Int
    let person: World.Person
    let misbehaviour: Misbehaviour?
    let rules: GovernanceRules
    private(set) var pool: ProposalPool
    private(set) var papers: [Paper] = []
    private var known: Set<[UInt8]> = []
    private var proofs: [ConsensusEquivocation] = []
    private(set) var evidence: [DID: BlockItem] = [:]
    /// Freezes known by their certificates alone (rule G5).
    private(set) var freezes: [[UInt8]: Freeze] = [:]
    /// Every freeze that this node ever saw: it may have told somebody.
    private(set) var seen: [[UInt8]: Freeze] = [:]
    /// Proposals that the people of this node have not voted on yet, as they came.
    var unvoted: [Proposal] = []
    private var voted: Set<[UInt8]> = []
    /// Certificates that this node once proposed to order.
    var certificates: [JSONValue] = []
    /// Whether there is something to decide; nil when that must be found out again.
    var hasItems: Bool?

    init(_ number: Int, _ misbehaviour: Misbehaviour?, _ state: SimulatedFederation) {
        self.number = number
        person = World.shared.people[number]
        self.misbehaviour = misbehaviour
        rules = state.rules
        pool = ProposalPool(of: state.governance.committee)
    }

    /// Takes a paper and says whether it was new and true.
    mutating func take(_ paper: Paper, _ state: GovernanceState) -> Bool {
        guard paper.roster == pool.committee.rosterHash, known.insert(paper.name).inserted else { return false }
        papers.append(paper)
        return add(paper, state)
    }

    mutating func take(_ proof: ConsensusEquivocation, _ members: ConsensusMembers) {
        guard !proofs.contains(where: { $0.member == proof.member && $0.first.statement.place == proof.first.statement.place })
        else { return }
        proofs.append(proof)
        note(proof, members)
    }

    /// Whether it may still pass and did not.
    func isOpen(_ proposal: [UInt8]) -> Bool { pool.ballots(on: proposal)?.outcome(isOver: false) == .open }

    mutating func vote(on proposal: Proposal) {
        voted.insert(proposal.id)
        unvoted.removeAll { $0.id == proposal.id }
    }

    /// Goes on after a decision.
    mutating func resume(_ head: Head<SimulatedFederation>) {
        hasItems = nil
        let state = head.state.governance
        guard pool.committee.rosterHash == state.committee.rosterHash else { return rebuild(head) }
        if rules.contains(.exclusion) { try? pool.exclude(state.excluded) }
        pool.forget { state.isTerminal($0.id) }
        unvoted.removeAll { state.isTerminal($0.id) }
        evidence = evidence.filter { !state.isExcluded($0.key) }
        restrict(to: head.members)
    }

    /// Starts again from what is on the disk.
    mutating func restart(_ head: Head<SimulatedFederation>) {
        if !rules.contains(.seenFreezes) { freezes = [:] }
        rebuild(head)
        if !rules.contains(.seenFreezes) { freezes = [:] }
    }

    private mutating func rebuild(_ head: Head<SimulatedFederation>) {
        hasItems = nil
        let state = head.state.governance
        // Ballots bind the roster: what was open is superseded (rule G8).
        pool = ProposalPool(of: state.committee, excluding: rules.contains(.exclusion) ? state.excluded : [])
        unvoted = []
        evidence = [:]
        for paper in papers where paper.roster == pool.committee.rosterHash { _ = add(paper, state) }
        for proof in proofs { note(proof, head.members) }
        evidence = evidence.filter { !state.isExcluded($0.key) }
    }

    private mutating func add(_ paper: Paper, _ state: GovernanceState) -> Bool {
        hasItems = nil
        let effect: ProposalPool.Effect?
        switch paper.content {
        case .proposal(let proposal):
            guard !state.isTerminal(proposal.id) else { return false }
            effect = try? pool.add(proposal)
            if !voted.contains(proposal.id) { unvoted.append(proposal) }
        case .ballot(let ballot):
            guard !state.isTerminal(ballot.proposal) else { return false }
            effect = try? pool.add(ballot, at: state.time)
        case .forgery(let record):
            guard let ballot = try? Ballot.verify(record, in: pool.committee) else { return false }
            effect = try? pool.add(ballot, at: state.time)
        }
        if case .equivocation(let proof)? = effect {
            for proof in pool.ballots(on: proof.proposal)?.equivocations.values.map({ $0 }) ?? []
            where evidence[proof.voter] == nil && !state.isExcluded(proof.voter) {
                evidence[proof.voter] = .ballotEquivocation(proof)
            }
        }
        if let proposal = paper.proposal { notice(proposal) }
        return true
    }

    /// A freeze acts as soon as its ballots pass it.
    private mutating func notice(_ proposal: [UInt8]) {
        guard freezes[proposal] == nil, let known = pool.proposals[proposal], let freeze = Freeze(known),
            let ballots = pool.ballots(on: proposal), (try? BallotCertificate(known, ballots)) != nil
        else { return }
        freezes[proposal] = freeze
        seen[proposal] = freeze
    }

    private mutating func note(_ proof: ConsensusEquivocation, _ members: ConsensusMembers) {
        guard proof.first.statement.place.committee == members.committee, evidence[proof.member] == nil else { return }
        evidence[proof.member] = .consensusEquivocation(proof)
        hasItems = nil
    }

    /// The committee in office cannot verify what was proven in another one.
    private mutating func restrict(to members: ConsensusMembers) {
        evidence = evidence.filter {
            guard case .consensusEquivocation(let proof) = $0.value else { return true }
            return proof.first.statement.place.committee == members.committee
        }
    }

    // MARK: blocks

    /// What a block could order now: each item applies after those before it.
    func items(_ head: Head<SimulatedFederation>, at time: UTCTime) -> [BlockItem] {
        let blockTime = max(time, UTCTime(milliseconds: head.time.milliseconds + 1))
        var state = head.state.governance
        guard (try? state.begin(slot: head.slot + 1, at: blockTime, after: head.id.bytes)) != nil else { return [] }
        var items: [BlockItem] = []
        for (culprit, item) in evidence.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) })
        where (try? state.exclude(culprit, evidence: [UInt8](repeating: 0, count: 32))) != nil {
            items.append(item)
        }
        for certificate in pool.certificates(at: blockTime) {
            let holdsExcluded = certificate.ballots.contains { state.isExcluded($0.voter) }
            guard !holdsExcluded || !rules.contains(.exclusion), (try? state.apply(certificate.proposal)) != nil else {
                continue
            }
            items.append(.certificate(certificate))
        }
        return items
    }
}
