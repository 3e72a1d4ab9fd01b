internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Verifies the governance records of a store while they pass by in log order: the decisions from genesis on, and every
/// proposal, ballot and proof in the committee that it was made for.
struct GovernanceAudit {
    static let kinds = GovernanceDocument.kinds.union([Proposal.type, Ballot.type])

    private var genesis: Genesis?
    private var head: Head<GovernanceState>?
    /// Every committee so far.
    private var committees: [Committee] = []

    /// What the row of the federation's head must say.
    private(set) var states: [String: ChainState] = [:]

    /// - Throws: what is wrong with `record`, which is of one of ``kinds``.
    mutating func check(_ record: StoredRecord) throws {
        if record.kind == Genesis.type {
            guard genesis == nil else { throw GovernanceError(.genesisInvalid, "a home belongs to one federation") }
            let genesis = try Genesis(decoding: record.bytes)
            self.genesis = genesis
            head = try Head(genesis)
            committees = [genesis.committee]
            return
        }
        guard let head else { throw GovernanceError(.foreignRecord, "the record comes before the genesis of its federation") }
        switch record.kind {
        case Decision.type:
            let decision = try Decision(decoding: record.bytes)
            let next = try head.following(decision)
            self.head = next
            if next.state.committee != committees.last { committees.append(next.state.committee) }
            states[FederationStore.headRow] = FederationStore.state(after: decision)
        case Proposal.type: try inSomeCommittee { _ = try Proposal.verify(UnverifiedRecord(decoding: record.bytes), in: $0) }
        case Ballot.type: try inSomeCommittee { _ = try Ballot.verify(UnverifiedRecord(decoding: record.bytes), in: $0) }
        case BallotCertificate.type:
            let value = try JSONParser.parse(record.bytes)
            try inSomeCommittee { _ = try BallotCertificate(verifying: value, in: $0) }
        case BallotEquivocation.type:
            let value = try JSONParser.parse(record.bytes)
            try inSomeCommittee { _ = try BallotEquivocation(verifying: value, in: $0) }
        default:
            let proof = try ConsensusEquivocation(decoding: record.bytes)
            try inSomeCommittee { try proof.verify(against: ConsensusMembers($0)) }
        }
    }

    /// The latest committee first: most records are of it.
    private func inSomeCommittee(_ verify: (Committee) throws -> Void) throws {
        var failure: (any Error)?
        for committee in committees.reversed() {
            do { return try verify(committee) } catch { failure = failure ?? error }
        }
        if let failure { throw failure }
    }
}
