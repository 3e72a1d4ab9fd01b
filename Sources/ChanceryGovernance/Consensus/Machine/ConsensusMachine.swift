public import ChanceryLedger
public import ChancerySuite

/// One slot of the decision log, as one member sees it: Tendermint (arXiv 1807.04938, algorithm 1) over opaque blocks.
///
/// A value without clock, disk or network. Each step returns what to do next, to be done in that order: an entry must be
/// durable before what follows it is sent. Statements come in verified; the machine signs its own and keeps their bytes,
/// so that it signs at most one per (round, phase) and sends the same bytes again.
public struct ConsensusMachine: Sendable {
    /// What the machine asks to be woken for.
    public enum Timeout: String, Sendable, Hashable {
        case propose, prevote, precommit
    }

    public enum Effect: Sendable {
        /// Make this durable before going on; it replaces the entry before.
        case persist(JournalEntry)
        case sendVote(Attested<ConsensusVote>)
        /// Send the proposal, its block and the prevotes of its valid round.
        case sendProposal(Attested<ConsensusProposal>, proof: [Attested<ConsensusVote>])
        case schedule(Timeout, round: Int64)
        /// This member proposes: answer with ``ConsensusMachine/propose(_:round:)`` if there is anything to decide.
        case needBlock(round: Int64)
        case decided(CommitCertificate)
        case equivocation(ConsensusEquivocation)
        /// A statement could not be signed; the machine goes on without it.
        case cannotSign(GovernanceError)
    }

    /// What the host found out about a proposed block.
    public struct Verdict: Sendable {
        /// A pure function of the state before and the block's bytes (rule G2).
        public let isValid: Bool
        /// Whether its time agrees with the local clock. Looked at for fresh blocks only (rule G10).
        public let isTimely: Bool

        public init(isValid: Bool, isTimely: Bool) {
            self.isValid = isValid
            self.isTimely = isTimely
        }
    }

    /// How many rounds back votes are kept, and in how many rounds ahead those of one member are.
    static let pastRounds: Int64 = 4
    static let futureRounds = 4

    public let members: ConsensusMembers
    public let slot: Int64
    /// Who signs here; nil for an observer.
    public let me: DID?
    public internal(set) var round: Int64 = 0
    public internal(set) var step = ConsensusStep.propose
    public internal(set) var locked: JournalEntry.Mark?
    public internal(set) var valid: JournalEntry.Mark?
    public internal(set) var isDecided = false
    public internal(set) var isStarted = false

    let authority: any ConsensusAuthority
    let rules: ConsensusRules
    /// Earlier epochs, whose votes count where the epoch rule is taken away.
    let earlier: [ConsensusMembers]
    var validProof: [Attested<ConsensusVote>] = []
    var tallies: [Int64: RoundTally] = [:]
    /// The highest round that each member was seen in.
    var reached: [DID: Int64] = [:]
    var furthest: Int64 = 0
    /// Members that voted twice in this slot.
    var accused: Set<DID> = []
    /// Blocks that are valid.
    var blocks: Set<Digest256> = []
    // Invariant: at most one for each (round, phase), of rounds `round - 1` and `round`.
    var ownVotes: [Attested<ConsensusVote>] = []
    var ownProposal: Attested<ConsensusProposal>?

    /// - Throws: `governance.journal_invalid` when `journal` is not of this member in this slot and epoch.
    public init(
        members: ConsensusMembers, slot: Int64, me: DID?, authority: any ConsensusAuthority, journal: JournalEntry? = nil
    ) throws(GovernanceError) {
        try self.init(members: members, slot: slot, me: me, authority: authority, journal: journal, rules: .all)
    }

    package init(
        members: ConsensusMembers, slot: Int64, me: DID?, authority: any ConsensusAuthority, journal: JournalEntry?,
        rules: ConsensusRules, earlier: [ConsensusMembers] = []
    ) throws(GovernanceError) {
        self.members = members
        self.slot = slot
        self.me = me.flatMap { members[$0] == nil ? nil : $0 }
        self.authority = authority
        self.rules = rules
        self.earlier = earlier
        if let journal, rules.contains(.persistence) { try restore(journal) }
    }

    /// A machine that signs nothing.
    public init(observing members: ConsensusMembers, slot: Int64, authority: any ConsensusAuthority) {
        self.members = members
        self.slot = slot
        self.me = nil
        self.authority = authority
        rules = .all
        earlier = []
    }

    // MARK: inputs

    /// Enters the first round, or the round of the journal: sends what was signed in it again.
    public mutating func start() -> [Effect] {
        guard !isStarted else { return [] }
        isStarted = true
        var effects = resend()
        open(&effects)
        advance(&effects)
        return effects
    }

    /// Counts a vote of this slot.
    public mutating func receive(_ vote: Attested<ConsensusVote>) -> [Effect] {
        var effects: [Effect] = []
        let statement = vote.statement
        guard !isDecided, statement.place.slot == slot else { return [] }
        note(statement.voter, in: statement.place.round)
        if let known = tallies[statement.place.round]?[statement.phase].votes[statement.voter] {
            if !accused.contains(statement.voter), let proof = try? ConsensusEquivocation(known.claimed, vote.claimed) {
                accused.insert(statement.voter)
                effects.append(.equivocation(proof))
            }
        } else if hasRoom(for: statement.voter, in: statement.place.round) {
            tallies[statement.place.round, default: RoundTally()][statement.phase].count(vote, weight: weight(of: statement))
        }
        advance(&effects)
        return effects
    }

    /// Whether the vote says nothing new, so that it need not be verified: it was counted already, or it is one more of a
    /// member that is proven to vote twice.
    public func knows(_ vote: ConsensusVote) -> Bool {
        guard !isDecided else { return true }
        guard let known = tallies[vote.place.round]?[vote.phase].votes[vote.voter] else { return false }
        return known.statement == vote || accused.contains(vote.voter)
    }

    /// Whether a proposal would be looked at; what is not need not be verified.
    public func wants(_ proposal: ConsensusProposal) -> Bool {
        let round = proposal.place.round
        return !isDecided && proposal.place.slot == slot && proposal.proposer == members.proposer(slot: slot, round: round)
            && tallies[round]?.proposed == nil && hasRoom(for: proposal.proposer, in: round)
    }

    /// Takes the proposal of a round. `proof` are prevotes of its valid round, verified each.
    public mutating func receive(
        _ proposal: Attested<ConsensusProposal>, proof: [Attested<ConsensusVote>], verdict: Verdict
    ) -> [Effect] {
        guard wants(proposal.statement) else { return [] }
        note(proposal.statement.proposer, in: proposal.statement.place.round)
        tallies[proposal.statement.place.round, default: RoundTally()].proposed = .init(
            proposal: proposal, proof: proof, isTimely: verdict.isTimely)
        if verdict.isValid { blocks.insert(proposal.statement.value) }
        var effects: [Effect] = []
        advance(&effects)
        return effects
    }

    /// Says that a block is valid: one that was kept on disk.
    public mutating func admit(block: Digest256) { blocks.insert(block) }

    /// Forgets blocks that can no longer matter and gives those that can.
    mutating func forgetBlocks() -> Set<Digest256> {
        var needed = Set([locked, valid].compactMap { $0?.value })
        for tally in tallies.values {
            if let proposed = tally.proposed { needed.insert(proposed.proposal.statement.value) }
        }
        blocks.formIntersection(needed)
        return blocks
    }

    /// Asks again for the block that this member may still propose in this round: there is something to decide now.
    public func remind() -> [Effect] {
        guard isStarted, !isDecided, step == .propose, valid == nil, let me,
            members.proposer(slot: slot, round: round) == me, ownProposal?.statement.place.round != round
        else { return [] }
        return [.needBlock(round: round)]
    }

    /// Proposes a fresh block that is valid, in answer to ``Effect/needBlock(round:)``.
    public mutating func propose(_ block: Digest256, round: Int64) -> [Effect] {
        guard isStarted, !isDecided, round == self.round, step == .propose, valid == nil else { return [] }
        blocks.insert(block)
        var effects: [Effect] = []
        propose(block, validRound: nil, &effects)
        advance(&effects)
        return effects
    }

    /// A timeout that was asked for has come.
    public mutating func timeout(_ timeout: Timeout, round: Int64) -> [Effect] {
        guard isStarted, !isDecided, round == self.round else { return [] }
        var effects: [Effect] = []
        switch (timeout, step) {
        case (.propose, .propose):
            step = .prevote
            cast([(round, .prevote, nil)], &effects)
        case (.prevote, .prevote):
            step = .precommit
            cast([(round, .precommit, nil)], &effects)
        case (.precommit, _):
            enter(round + 1, &effects)
        default: return []
        }
        advance(&effects)
        return effects
    }

    /// What this member signed in this round and the one before, byte for byte: sent again until the slot is decided.
    public func resend() -> [Effect] {
        guard !isDecided else { return [] }
        var effects: [Effect] = []
        if let ownProposal, ownProposal.statement.place.round == round {
            effects.append(.sendProposal(ownProposal, proof: proof(of: ownProposal.statement)))
        }
        return effects + ownVotes.map { .sendVote($0) }
    }
}
