internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Messages of the current slot.
extension Replica {
    mutating func receive(_ claimed: Claimed<ConsensusVote>) throws(GovernanceError) -> [ReplicaEffect] {
        let roster = try roster(of: claimed.statement)
        guard !machine.knows(claimed.statement) else { return [] }
        let vote = try authority.verify(claimed, in: roster)
        let opening = open()
        return opening + carry(out: machine.receive(vote))
    }

    mutating func receive(
        _ claimed: Claimed<ConsensusProposal>, _ bytes: [UInt8], _ proof: [Claimed<ConsensusVote>], at now: UTCTime
    ) throws(GovernanceError) -> [ReplicaEffect] {
        let statement = claimed.statement
        _ = try roster(of: statement)
        guard machine.wants(statement) else { return [] }
        guard bytes.count <= Block.maximumBytes, proof.count <= head.members.members.count else {
            throw GovernanceError(.consensusMalformed, "a proposal carries a block and one prevote of each member at most")
        }
        let proposal = try authority.verify(claimed, in: head.members)
        let block = try Block(decoding: bytes)
        guard block.id == statement.value else {
            throw GovernanceError(.blockInvalid, "the block is not the one that was proposed")
        }
        var votes: [Attested<ConsensusVote>] = []
        if let validRound = statement.validRound {
            for vote in proof where vote.statement.place == head.members.place(slot: slot, round: validRound) {
                votes.append(try authority.verify(vote, in: head.members))
            }
        }
        var effects: [ReplicaEffect] = []
        if blocks[block.id] == nil {
            do throws(GovernanceError) {
                let next = try head.following(block)
                forgetBlocks()
                blocks[block.id] = (block, next)
            } catch {
                effects.append(.refused(error))
            }
        }
        let distance = abs(block.context.time.milliseconds - now.milliseconds)
        let verdict = ConsensusMachine.Verdict(
            isValid: blocks[block.id] != nil,
            isTimely: distance <= timing.tolerance && block.context.proposer == statement.proposer)
        effects += open()
        return effects + carry(out: machine.receive(proposal, proof: votes, verdict: verdict))
    }

    /// Takes a slot that others decided.
    mutating func adopt(_ decision: Decision) throws(GovernanceError) -> [ReplicaEffect] {
        let claimed = earlier.first { $0.epoch == decision.certificate.place.epoch }
        try decision.verify(against: claimed ?? head.members, by: authority)
        let next: Head<State>
        if let known = blocks[decision.id]?.next { next = known } else { next = try head.following(decision.block) }
        return commit(decision, next)
    }

    /// Whose keys the statement must be of.
    private func roster(of statement: some ConsensusStatement) throws(GovernanceError) -> ConsensusMembers {
        let place = statement.place
        var roster = head.members
        if !rules.contains(.epochs), let other = earlier.first(where: { $0.epoch == place.epoch }) { roster = other }
        guard place == roster.place(slot: slot, round: place.round) else {
            throw GovernanceError(.consensusForeign, "the statement belongs to another federation, epoch or committee")
        }
        guard roster[statement.signer] != nil else {
            throw GovernanceError(.consensusForeign, "`\(statement.signer)` is no member of epoch \(roster.epoch)")
        }
        return roster
    }

    private mutating func forgetBlocks() {
        guard blocks.count >= Self.blockLimit else { return }
        let needed = machine.forgetBlocks()
        blocks = blocks.filter { needed.contains($0.key) }
    }
}

/// What the machine asks for.
extension Replica {
    mutating func carry(out effects: [ConsensusMachine.Effect]) -> [ReplicaEffect] {
        var result: [ReplicaEffect] = []
        for effect in effects {
            switch effect {
            case .persist(let entry):
                result += entry.blocks.compactMap { id in blocks[id].map { ReplicaEffect.keep($0.block) } }
                result.append(.persist(entry))
            case .sendVote(let vote): result.append(.broadcast(.vote(vote.claimed)))
            case .sendProposal(let proposal, let proof):
                guard let block = blocks[proposal.statement.value]?.block else { continue }
                result.append(.broadcast(.proposal(proposal.claimed, block: block.bytes, proof: proof.map(\.claimed))))
            case .schedule(let timeout, let round):
                result.append(
                    .schedule(
                        ReplicaTimer(slot: slot, kind: .timeout(timeout, round: round)), after: timing.delay(of: round)))
            case .needBlock(let round): result.append(.needItems(slot: slot, round: round))
            case .decided(let certificate):
                guard let (block, next) = blocks[certificate.block] else { continue }
                result += commit(Decision(block: block, certificate: certificate), next)
            case .equivocation(let proof): result.append(.equivocation(proof))
            case .cannotSign(let error): result.append(.refused(error))
            }
        }
        return result
    }

    mutating func commit(_ decision: Decision, _ next: Head<State>) -> [ReplicaEffect] {
        if !rules.contains(.epochs), next.members != head.members { earlier.append(head.members) }
        head = next
        enter()
        return [.commit(decision)]
    }

    /// Begins the slot after the head, where the journal left off if it was there.
    mutating func enter() {
        blocks = [:]
        isOpen = false
        hasAsked = false
        ahead = nil
        let entry = journal
        if let entry, entry.slot <= slot { journal = nil }
        // A journal of a later slot: decisions were lost after it was written. Nothing is signed before that slot.
        let isSilent = isRecovering || entry.map { $0.slot > slot } ?? false
        do throws(GovernanceError) {
            machine = try ConsensusMachine(
                members: head.members, slot: slot, me: isSilent ? nil : me, authority: authority,
                journal: entry.flatMap { !isSilent && $0.slot == slot ? $0 : nil }, rules: rules, earlier: earlier)
        } catch {
            // The journal is not what this node wrote: as good as lost.
            isRecovering = true
            machine = ConsensusMachine(observing: head.members, slot: slot, authority: authority)
        }
    }
}
