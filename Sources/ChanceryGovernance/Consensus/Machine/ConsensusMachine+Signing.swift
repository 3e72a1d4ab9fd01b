internal import ChanceryLedger
internal import ChancerySuite

/// What the machine signs and remembers.
extension ConsensusMachine {
    /// Signs those of `votes` for whose round and phase nothing was signed yet, and counts them.
    mutating func cast(_ votes: [(round: Int64, phase: ConsensusPhase, value: Digest256?)], _ effects: inout [Effect]) {
        guard let me else { return }
        var fresh: [Attested<ConsensusVote>] = []
        for (round, phase, value) in votes {
            guard !ownVotes.contains(where: { $0.statement.place.round == round && $0.statement.phase == phase }) else {
                continue
            }
            do throws(GovernanceError) {
                fresh.append(
                    try authority.sign(
                        ConsensusVote(place: members.place(slot: slot, round: round), phase: phase, value: value, voter: me)))
            } catch {
                effects.append(.cannotSign(error))
            }
        }
        guard !fresh.isEmpty else { return }
        ownVotes += fresh
        if rules.contains(.persistence) { effects.append(.persist(journal)) }
        for vote in fresh {
            effects.append(.sendVote(vote))
            tallies[vote.statement.place.round, default: RoundTally()][vote.statement.phase]
                .count(vote, weight: members.weight(of: me))
        }
    }

    /// Signs a proposal of the current round, once.
    mutating func propose(_ value: Digest256, validRound: Int64?, _ effects: inout [Effect]) {
        let place = members.place(slot: slot, round: round)
        guard let me, members.proposer(slot: slot, round: round) == me, ownProposal?.statement.place.round != round else {
            return
        }
        do throws(GovernanceError) {
            let statement = ConsensusProposal(place: place, validRound: validRound, value: value, proposer: me)
            let proposal = try authority.sign(statement)
            ownProposal = proposal
            if rules.contains(.persistence) { effects.append(.persist(journal)) }
            let proof = proof(of: statement)
            effects.append(.sendProposal(proposal, proof: proof))
            tallies[round, default: RoundTally()].proposed = .init(proposal: proposal, proof: proof, isTimely: true)
        } catch {
            effects.append(.cannotSign(error))
        }
    }

    /// The prevotes that an own proposal needs beside it.
    func proof(of proposal: ConsensusProposal) -> [Attested<ConsensusVote>] {
        guard let valid, proposal.validRound == valid.round, proposal.value == valid.value else { return [] }
        return validProof
    }

    /// Whether this member precommitted anything in this slot, as far back as it matters: a lock outlives its votes.
    var hasPrecommitted: Bool { locked != nil || ownVotes.contains { $0.statement.phase == .precommit } }

    /// What must not be forgotten.
    var journal: JournalEntry {
        JournalEntry(
            federation: members.federation, epoch: members.epoch, slot: slot, round: round, step: step, locked: locked,
            valid: valid, proof: validProof.map(\.bytes), proposal: ownProposal?.bytes, votes: ownVotes.map(\.bytes))
    }

    /// Goes on where `entry` left off.
    mutating func restore(_ entry: JournalEntry) throws(GovernanceError) {
        guard let me, entry.federation == members.federation, entry.epoch == members.epoch, entry.slot == slot else {
            throw GovernanceError(.journalInvalid, "the journal belongs to slot \(entry.slot) of epoch \(entry.epoch)")
        }
        round = entry.round
        step = entry.step
        locked = entry.locked
        valid = entry.valid
        do throws(GovernanceError) {
            for bytes in entry.proof {
                validProof.append(try authority.verify(authority.decode(bytes, as: ConsensusVote.self), in: members))
            }
            for bytes in entry.votes { ownVotes.append(try own(bytes, me)) }
            if let bytes = entry.proposal { ownProposal = try own(bytes, me) }
        } catch {
            throw GovernanceError(.journalInvalid, "\(error)")
        }
        guard valid.map({ isQuorum(validProof, for: $0.value, in: $0.round) }) ?? validProof.isEmpty else {
            throw GovernanceError(.journalInvalid, "the valid block of the journal is not proven")
        }
        for vote in ownVotes {
            tallies[vote.statement.place.round, default: RoundTally()][vote.statement.phase]
                .count(vote, weight: members.weight(of: me))
        }
        if let ownProposal, ownProposal.statement.place.round == round {
            tallies[round, default: RoundTally()].proposed = .init(
                proposal: ownProposal, proof: proof(of: ownProposal.statement), isTimely: true)
        }
    }

    private func own<Statement: ConsensusStatement>(_ bytes: [UInt8], _ me: DID) throws(GovernanceError) -> Attested<Statement>
    {
        let statement = try authority.verify(authority.decode(bytes, as: Statement.self), in: members)
        let place = statement.statement.place
        guard statement.statement.signer == me, place == members.place(slot: slot, round: place.round), place.round <= round
        else {
            throw GovernanceError(.journalInvalid, "the journal holds what this member did not sign in this slot")
        }
        return statement
    }

    // MARK: bookkeeping

    mutating func note(_ member: DID, in round: Int64) {
        reached[member] = max(reached[member] ?? 0, round)
        furthest = max(furthest, round)
    }

    /// Old rounds are forgotten, and of one member only so many rounds ahead are kept.
    func hasRoom(for member: DID, in round: Int64) -> Bool {
        guard round >= self.round - Self.pastRounds else { return false }
        guard round > self.round else { return true }
        let ahead = tallies.keys.filter { $0 > self.round && $0 != round && holds(member, in: $0) }.count
        return ahead < Self.futureRounds
    }

    private func holds(_ member: DID, in round: Int64) -> Bool {
        guard let tally = tallies[round] else { return false }
        return tally[.prevote].votes[member] != nil || tally[.precommit].votes[member] != nil
            || tally.proposed?.proposal.statement.proposer == member
    }

    func weight(of vote: ConsensusVote) -> Int64 {
        guard !rules.contains(.epochs), let epoch = earlier.first(where: { $0.epoch == vote.place.epoch }) else {
            return members.weight(of: vote.voter)
        }
        return epoch.weight(of: vote.voter)
    }
}
