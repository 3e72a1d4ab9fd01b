internal import ChanceryLedger
internal import ChancerySuite

/// The rules of the algorithm, by the lines of its publication.
extension ConsensusMachine {
    /// Applies rules until none applies.
    mutating func advance(_ effects: inout [Effect]) {
        guard isStarted else { return }
        while !isDecided, decide(&effects) || skip(&effects) || prevote(&effects) || lock(&effects) || precommitNil(&effects) {}
        if !isDecided { requestTimeouts(&effects) }
    }

    /// Line 11. Votes that are missing in the round before are cast for nil: members that are still there can then
    /// leave it although this one will never vote in it again.
    mutating func enter(_ next: Int64, _ effects: inout [Effect]) {
        round = next
        step = .propose
        tallies = tallies.filter { $0.key >= next - Self.pastRounds }
        ownVotes.removeAll { $0.statement.place.round < next - 1 }
        cast([(next - 1, .prevote, nil), (next - 1, .precommit, nil)], &effects)
        open(&effects)
    }

    /// Lines 14 to 21: proposes, or waits for the proposal.
    mutating func open(_ effects: inout [Effect]) {
        guard step == .propose else { return }
        effects.append(.schedule(.propose, round: round))
        guard let me, members.proposer(slot: slot, round: round) == me, ownProposal?.statement.place.round != round else {
            return
        }
        guard let valid else { return effects.append(.needBlock(round: round)) }
        if blocks.contains(valid.value) { propose(valid.value, validRound: valid.round, &effects) }
    }

    /// Lines 22 to 33.
    private mutating func prevote(_ effects: inout [Effect]) -> Bool {
        guard step == .propose, let proposed = tallies[round]?.proposed else { return false }
        let proposal = proposed.proposal.statement
        if let validRound = proposal.validRound {
            guard !rules.contains(.lockProof) || isProven(proposed, validRound) else { return false }
        }
        let isAcceptable = blocks.contains(proposal.value) && (proposal.validRound != nil || proposed.isTimely)
        let isGranted = isAcceptable && isUnlocked(for: proposal.value, since: proposal.validRound)
        step = .prevote
        cast([(round, .prevote, isGranted ? proposal.value : nil)], &effects)
        return true
    }

    private func isUnlocked(for value: Digest256, since validRound: Int64?) -> Bool {
        guard rules.contains(.prevoteLock), let locked else { return true }
        return locked.value == value || validRound.map { $0 >= locked.round } ?? false
    }

    private func isProven(_ proposed: RoundTally.Proposed, _ validRound: Int64) -> Bool {
        let value = proposed.proposal.statement.value
        if let tally = tallies[validRound], members.isQuorum(tally[.prevote].weight(for: value)) { return true }
        return isQuorum(proposed.proof, for: value, in: validRound)
    }

    func isQuorum(_ votes: [Attested<ConsensusVote>], for value: Digest256, in round: Int64) -> Bool {
        var voters: Set<DID> = []
        var weight: Int64 = 0
        for vote in votes.map(\.statement)
        where vote.phase == .prevote && vote.value == value && vote.place == members.place(slot: slot, round: round) {
            if voters.insert(vote.voter).inserted { weight += members.weight(of: vote.voter) }
        }
        return members.isQuorum(weight)
    }

    /// Lines 36 to 43: a prevote quorum for the proposal locks on it.
    private mutating func lock(_ effects: inout [Effect]) -> Bool {
        guard step != .propose, let tally = tallies[round], !tally.isLocked,
            let value = tally.proposed?.proposal.statement.value,
            blocks.contains(value), members.isQuorum(tally[.prevote].weight(for: value))
        else { return false }
        tallies[round]?.isLocked = true
        let mark = JournalEntry.Mark(value: value, round: round)
        valid = mark
        validProof = tally[.prevote].votes(for: value)
        guard step == .prevote else {
            if rules.contains(.persistence), me != nil { effects.append(.persist(journal)) }
            return true
        }
        if rules.contains(.precommitLock) { locked = mark }
        step = .precommit
        cast([(round, .precommit, value)], &effects)
        return true
    }

    /// Line 44.
    private mutating func precommitNil(_ effects: inout [Effect]) -> Bool {
        guard step == .prevote, let tally = tallies[round], members.isQuorum(tally[.prevote].weight(for: nil)) else {
            return false
        }
        step = .precommit
        cast([(round, .precommit, nil)], &effects)
        return true
    }

    /// Lines 34 and 47: a quorum of any votes starts the clock of the phase.
    private mutating func requestTimeouts(_ effects: inout [Effect]) {
        guard let tally = tallies[round] else { return }
        if step == .prevote, !tally[.prevote].isTimed, members.isQuorum(tally[.prevote].total) {
            tallies[round]?[.prevote].isTimed = true
            effects.append(.schedule(.prevote, round: round))
        }
        if !tally[.precommit].isTimed, members.isQuorum(tally[.precommit].total) {
            tallies[round]?[.precommit].isTimed = true
            effects.append(.schedule(.precommit, round: round))
        }
    }

    /// Line 49: a precommit quorum of any round decides a block that is here and valid.
    private mutating func decide(_ effects: inout [Effect]) -> Bool {
        for round in tallies.keys.sorted() {
            for sum in tallies[round]?[.precommit].sums ?? [] {
                guard let value = sum.value, members.isQuorum(sum.weight), blocks.contains(value) else { continue }
                let votes = tallies[round]?[.precommit].votes(for: value) ?? []
                isDecided = true
                effects.append(
                    .decided(
                        CommitCertificate(
                            place: members.place(slot: slot, round: round), block: value, votes: votes.map(\.claimed))))
                return true
            }
        }
        return false
    }

    /// Line 55: members with more than a third of the weight are in that round or later.
    private mutating func skip(_ effects: inout [Effect]) -> Bool {
        guard furthest > round else { return false }
        var weight: Int64 = 0
        let ahead = members.members.compactMap { member in reached[member.did].map { (round: $0, weight: member.weight) } }
            .filter { $0.round > round }.sorted { $0.round > $1.round }
        for member in ahead {
            weight += member.weight
            if members.holdsCorrectMember(weight) {
                enter(member.round, &effects)
                return true
            }
        }
        return false
    }
}
