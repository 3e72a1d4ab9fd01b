internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Byzantine members: they follow the protocol far enough to be believed and break it where it hurts.
extension Cluster {
    /// Sends something like `message`, to each peer something else.
    mutating func twist(_ message: ConsensusMessage, from node: Int) {
        guard let ways = nodes[node].misbehaviour else { return }
        var second: ConsensusMessage?
        if case .proposal(let proposal, _, _) = message { second = twin(of: proposal.statement, at: node, ways) }
        let isForAll = random.chance(50)
        for other in nodes.indices where other != node {
            if ways.contains(.withholds), random.chance(30) { continue }
            var sent = message
            switch message {
            case .vote(let vote) where ways.contains(.equivocates) && random.chance(50):
                let known = values(at: node, slot: vote.statement.place.slot)
                sent = ballot(vote.statement.place, vote.statement.phase, pick(known), node) ?? message
            case .proposal: if let second, isForAll || random.chance(50) { sent = second }
            default: break
            }
            send(sent, from: node, to: other)
        }
        if let second { hear(second, at: node) }
    }

    /// Another proposal for the same round: a second block, a broken one, or one with a made-up valid round.
    private mutating func twin(of proposal: ConsensusProposal, at node: Int, _ ways: Misbehaviour) -> ConsensusMessage? {
        guard ways.contains(.equivocates) || ways.contains(.lies), let head = nodes[node].replica?.head,
            let member = head.members[nodes[node].did], proposal.place.slot == head.slot + 1,
            var block = otherBlock(after: head, by: member, at: node)
        else { return nil }
        var validRound: Int64?
        if ways.contains(.lies) {
            switch random.below(5) {
            case 0:
                block = (try? Block(block.context, stateRoot: head.root, items: block.items)) ?? block
            case 1:
                let items = scenario.work.falseItems(nodes[node].desk, head, &random)
                block = (try? Block(block.context, stateRoot: block.stateRoot, items: items)) ?? block
            default: if proposal.place.round > 0 { validRound = proposal.place.round - 1 }
            }
        }
        let statement = ConsensusProposal(
            place: proposal.place, validRound: validRound, value: block.id, proposer: nodes[node].did)
        return (try? nodes[node].authority.sign(statement)).map { .proposal($0.claimed, block: block.bytes, proof: []) }
    }

    /// A block of its own, a moment later than the one that it proposes to others.
    private mutating func otherBlock(after head: Head<Work.State>, by member: ConsensusMembers.Member, at node: Int) -> Block? {
        let time = UTCTime(milliseconds: clock(node).milliseconds + 1)
        let items = scenario.work.items(&nodes[node].desk, head, at: time, &random)
        return items.isEmpty ? nil : try? head.block(of: items, by: member, at: time)
    }

    /// Remembers what it hears, and votes for every block that it hears of.
    mutating func hear(_ message: ConsensusMessage, at node: Int) {
        guard let ways = nodes[node].misbehaviour else { return }
        if nodes[node].heard.count < 200 {
            nodes[node].heard.append(message)
        } else {
            nodes[node].heard[random.below(200)] = message
        }
        guard case .proposal(let proposal, _, _) = message, ways.contains(.agrees), let head = nodes[node].replica?.head,
            proposal.statement.place.slot == head.slot + 1
        else { return }
        for other in nodes.indices where other != node && random.chance(50) {
            for phase in ConsensusPhase.allCases {
                if let vote = ballot(proposal.statement.place, phase, proposal.statement.value, node) {
                    send(vote, from: node, to: other)
                }
            }
        }
    }

    /// Every now and then it does something out of turn.
    mutating func misbehave(_ node: Int) {
        guard let ways = nodes[node].misbehaviour, let head = nodes[node].replica?.head else { return }
        let other = random.below(nodes.count)
        if ways.contains(.replays), !nodes[node].heard.isEmpty {
            for _ in 0..<4 {
                send(nodes[node].heard[random.below(nodes[node].heard.count)], from: node, to: random.below(nodes.count))
            }
        }
        let known = values(at: node, slot: head.slot + 1)
        if ways.contains(.lingers), head.members.epoch > 0, scenario.genesis[nodes[node].did] != nil, !known.isEmpty {
            let place = scenario.genesis.place(slot: head.slot + 1, round: Int64(random.below(2)))
            let value = pick(known)
            for phase in ConsensusPhase.allCases {
                if let vote = ballot(place, phase, value, node) {
                    for peer in nodes.indices where peer != node { send(vote, from: node, to: peer) }
                }
            }
        }
        if ways.contains(.forges), other != node {
            let victim = scenario.dids[random.below(nodes.count)]
            let place = head.members.place(slot: head.slot + 1, round: Int64(random.below(3)))
            let phase: ConsensusPhase = random.chance(50) ? .prevote : .precommit
            let vote = ConsensusVote(place: place, phase: phase, value: pick(known), voter: victim)
            send(.vote(SymbolicAuthority.forged(vote)), from: node, to: other)
            forgeDecision(head, at: node, to: other)
        }
        queue.add(.misbehave(node), at: now + random.within(100...600))
    }

    /// A decision with its own vote alone, or with votes of others that it made up.
    private mutating func forgeDecision(_ head: Head<Work.State>, at node: Int, to other: Int) {
        guard let member = head.members[nodes[node].did],
            let block = otherBlock(after: head, by: member, at: node)
        else { return }
        let place = head.members.place(slot: head.slot + 1, round: 0)
        let isAlone = random.chance(50)
        let votes = head.members.members.filter { $0.did == member.did || !isAlone }.compactMap {
            voter -> Claimed<ConsensusVote>? in
            let vote = ConsensusVote(place: place, phase: .precommit, value: block.id, voter: voter.did)
            return voter.did == member.did ? (try? nodes[node].authority.sign(vote))?.claimed : SymbolicAuthority.forged(vote)
        }
        let certificate = CommitCertificate(claiming: block.id, at: place, votes: votes)
        send(.decision(Decision(block: block, certificate: certificate)), from: node, to: other)
    }

    private mutating func ballot(
        _ place: ConsensusPlace, _ phase: ConsensusPhase, _ value: Digest256?, _ node: Int
    ) -> ConsensusMessage? {
        let vote = ConsensusVote(place: place, phase: phase, value: value, voter: nodes[node].did)
        return (try? nodes[node].authority.sign(vote)).map { .vote($0.claimed) }
    }

    /// The blocks that it heard of in a slot.
    private func values(at node: Int, slot: Int64) -> [Digest256] {
        var values: [Digest256] = []
        for case .proposal(let proposal, _, _) in nodes[node].heard
        where proposal.statement.place.slot == slot && !values.contains(proposal.statement.value) {
            values.append(proposal.statement.value)
        }
        return values
    }

    private mutating func pick(_ values: [Digest256]) -> Digest256? {
        let index = random.below(values.count + 1)
        return index < values.count ? values[index] : nil
    }
}
