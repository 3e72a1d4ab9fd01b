public import ChanceryGovernance
internal import ChancerySuite
internal import ChanceryWire

extension FederationNode {
    /// Takes a proposal or ballot that a client brought, and orders what it completes at once.
    ///
    /// A ballot that contradicts an earlier one is kept and told to everybody, as the proof that it is.
    ///
    /// - Returns: the record's id. It is durable then.
    /// - Throws: what is wrong with the record; `node.not_found` for a ballot on no known proposal,
    ///   `governance.proposal_terminal`, `governance.proposal_expired`, `governance.basis_stale`, `governance.pool_full`,
    ///   `governance.contradiction`.
    public func submit(_ bytes: [UInt8]) throws -> [UInt8] {
        try requireWorking()
        do {
            let record = try UnverifiedRecord(decoding: bytes)
            let place = place(of: record)
            switch record.type {
            case Proposal.type:
                let proposal = try Proposal.verify(record, in: pools[place].committee)
                try requireOpen(proposal)
                try requireBasis(proposal)
                try take(proposal, place, isOwn: true)
            case Ballot.type:
                let ballot = try Ballot.verify(record, in: pools[place].committee)
                try requireOpen(ballot: ballot, place)
                try take(ballot, place, isOwn: true)
                try requireConsistent(ballot, place)
            default: try take(record, isOwn: true)
            }
            try order()
            return record.bodyHash
        } catch {
            refuse(error, from: "a client")
            throw error
        }
    }

    private func requireOpen(_ proposal: Proposal) throws {
        guard !replica.head.state.isTerminal(proposal.id) else {
            throw GovernanceError(.proposalTerminal, "the proposal was decided before")
        }
        guard now() < proposal.terms.expires else {
            throw GovernanceError(.proposalExpired, "the proposal expired at \(proposal.terms.expires.text)")
        }
    }

    /// A basis that is stale now stays so: generations only grow, and the hashes that come after name what was before.
    private func requireBasis(_ proposal: Proposal) throws {
        guard proposal.terms.basis == replica.head.state.basis(for: proposal.parameters) else {
            throw GovernanceError(.basisStale, "the proposal was made for another state of what it changes")
        }
    }

    private func requireOpen(ballot: Ballot, _ place: Int) throws {
        // The proposal may wait in the store: this node has just started, or another process of this home kept it.
        if pools[place].proposals[ballot.proposal] == nil { try scan() }
        guard let proposal = pools[place].proposals[ballot.proposal] else {
            throw try store.record(ballot.proposal) == nil
                ? NodeError(.notFound, "this node knows no proposal `\(Hex.encode(ballot.proposal))`")
                : GovernanceError(.proposalTerminal, "the voting on this proposal is over")
        }
        try requireOpen(proposal)
    }

    private func requireConsistent(_ ballot: Ballot, _ place: Int) throws {
        guard pools[place].ballots(on: ballot.proposal)?.equivocations[ballot.voter] == nil else {
            throw GovernanceError(.contradiction, "`\(ballot.voter)` voted otherwise before; both ballots are on record")
        }
    }

    /// Opens the next slot at once when there is something to decide.
    func order() throws {
        let time = now()
        if !items(at: time).isEmpty { try carryOut(replica.wake(at: time)) }
    }
}

extension GovernanceError.Reason {
    /// The voter made another choice before: its weight is lost.
    public static let contradiction = Self(rawValue: "governance.contradiction")
}
