internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// People: they propose, vote, and pass on what they have; Byzantine ones do so as it pleases them.
extension FederationAgenda {
    static let created = UTCTime(milliseconds: Company.start - 2000)
    static let expires = UTCTime(milliseconds: Company.start + 3_600_000)

    func act(
        _ desk: inout MemberDesk, _ head: Head<SimulatedFederation>, isCalm: Bool, _ random: inout SimulatedRandom
    ) -> [Posting<Paper>] {
        var postings: [Posting<Paper>] = []
        let state = head.state.governance
        if desk.person.key(in: state.committee) != nil, head.slot < slots {
            if random.chance(isCalm ? 25 : 15), let paper = propose(desk, head, &random), desk.take(paper, state) {
                postings.append(Posting(papers: [paper], to: nil))
            }
            for proposal in desk.unvoted where random.chance(60) && desk.isOpen(proposal.id) {
                postings += vote(on: proposal, &desk, state, isCalm: isCalm, &random)
            }
        } else if desk.misbehaviour?.contains(.lingers) ?? false, random.chance(20) {
            // Its ballots ended with its membership.
            postings += forge(in: desk.person.did, desk, state, &random)
        }
        if desk.misbehaviour?.contains(.forges) ?? false, random.chance(10) {
            let victim = company.dids[random.below(company.dids.count)]
            postings += forge(in: victim, desk, state, &random)
        }
        if random.chance(25) {
            let open = desk.papers.filter { paper in
                paper.proposal.map { desk.pool.proposals[$0] != nil } ?? false && paper.roster == desk.pool.committee.rosterHash
            }
            if !open.isEmpty { postings.append(Posting(papers: open, to: random.below(company.dids.count))) }
        }
        return postings
    }

    private func propose(
        _ desk: MemberDesk, _ head: Head<SimulatedFederation>, _ random: inout SimulatedRandom
    ) -> Paper? {
        let state = head.state.governance
        // Enough to choose from: what nobody gets to vote on only costs.
        let open = desk.pool.proposals.keys.count { desk.isOpen($0) }
        guard desk.hasItems != true, open < 2 || random.chance(10),
            let parameters = Menu.parameters(of: desk.number, state, plan, &random)
        else { return nil }
        var salt = [UInt8](repeating: 0, count: 16)
        // What a proposal of the same words may be told from: the REVOKEs before a REVOKE, else the slot.
        let number = parameters.subject.map { state.entry(of: $0)?.generation ?? 0 } ?? head.slot
        for place in 0..<8 { salt[place] = UInt8(truncatingIfNeeded: number >> (8 * place)) }
        let terms = try? ProposalTerms(
            parameters, basis: state.basis(for: parameters), in: state.committee, title: "simulated",
            proposer: desk.person.did, created: Self.created, expires: Self.expires, salt: salt)
        return terms.flatMap { World.shared.proposal($0, in: state.committee, by: desk.person) }.map { Paper($0) }
    }

    private func vote(
        on proposal: Proposal, _ desk: inout MemberDesk, _ state: GovernanceState, isCalm: Bool,
        _ random: inout SimulatedRandom
    ) -> [Posting<Paper>] {
        func paper(_ choice: Choice) -> Paper? {
            World.shared.ballot(choice, on: proposal.id, in: state.committee, by: desk.person)
                .map { Paper($0, roster: state.committee.rosterHash) }
        }
        let mood = random.below(100)
        let choice: Choice = isCalm || mood < 88 ? .approve : mood < 95 ? .reject : .abstain
        desk.vote(on: proposal)
        guard let ballot = paper(choice) else { return [] }
        _ = desk.take(ballot, state)
        guard let ways = desk.misbehaviour, ways.contains(.equivocates), random.chance(50),
            let other = paper(choice == .reject ? .approve : .reject)
        else { return [Posting(papers: [ballot], to: nil)] }
        return company.dids.indices.map { node in
            Posting(papers: [random.chance(50) ? ballot : other], to: node)
        }
    }

    /// A ballot in the name of `voter`, signed by whoever sits at the desk.
    private func forge(
        in voter: DID, _ desk: MemberDesk, _ state: GovernanceState, _ random: inout SimulatedRandom
    ) -> [Posting<Paper>] {
        let open = desk.papers.compactMap(\.proposal).filter { desk.pool.proposals[$0] != nil }
        guard !open.isEmpty, voter != desk.person.did || state.committee[voter] == nil,
            let record = World.shared.forgedBallot(
                of: voter, on: open[random.below(open.count)], in: state.committee, by: desk.person)
        else { return [] }
        return [Posting(papers: [Paper(forgery: record, roster: state.committee.rosterHash)], to: nil)]
    }
}
