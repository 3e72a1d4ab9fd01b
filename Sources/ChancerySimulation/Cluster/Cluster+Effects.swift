internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What replicas ask for, and the network.
extension Cluster {
    mutating func perform(_ effects: [ReplicaEffect], at node: Int) {
        let life = nodes[node].life
        for effect in effects {
            // A crash may come between any two effects.
            if nodes[node].isCorrect, !isCalm, scenario.crashes > 0, random.below(600) == 0 { crash(node) }
            guard nodes[node].life == life, referee.violation == nil else { return }
            perform(effect, at: node)
        }
    }

    private mutating func perform(_ effect: ReplicaEffect, at node: Int) {
        switch effect {
        case .keep(let block): nodes[node].disk.keep(block)
        case .persist(let entry): nodes[node].disk.persist(entry)
        case .broadcast(let message):
            if nodes[node].isCorrect {
                if case .vote(let vote) = message, options.rules == .all { referee.see(vote.statement, by: node) }
                for other in nodes.indices where other != node { send(message, from: node, to: other) }
            } else {
                twist(message, from: node)
            }
        case .send(let message, let to):
            if let other = scenario.places[to] { send(message, from: node, to: other) }
        case .answer(let slot, let to):
            guard slot <= Int64(nodes[node].disk.decisions.count), let other = scenario.places[to] else { return }
            send(.decision(nodes[node].disk.decisions[Int(slot) - 1].decision), from: node, to: other)
        case .schedule(let timer, let delay):
            queue.add(.timer(timer, node: node, life: nodes[node].life), at: now + max(1, delay * nodes[node].pace / 100))
        case .needItems(let slot, let round): propose(slot, round, at: node)
        case .commit(let decision): commit(decision, at: node)
        case .equivocation(let proof):
            referee.equivocations += 1
            if let head = nodes[node].replica?.head { scenario.work.take(proof, &nodes[node].desk, head) }
            if let member = scenario.places[proof.member], nodes[member].isCorrect, options.rules == .all {
                referee.accuse(.framed, "n\(member) is correct and said to have voted twice")
            }
        case .refused(let error): note("n\(node) refuses \(error.code): \(error.detail.prefix(60))")
        }
    }

    private mutating func propose(_ slot: Int64, _ round: Int64, at node: Int) {
        let time = clock(node)
        guard let head = nodes[node].replica?.head, head.slot + 1 == slot else { return }
        let items = scenario.work.items(&nodes[node].desk, head, at: time, &random)
        // A node that has nothing to decide lets its turn pass; with something later it is reminded.
        guard !items.isEmpty else { return }
        let effects = nodes[node].replica?.propose(items, slot: slot, round: round, at: time) ?? []
        note("n\(node) proposes at \(slot)/\(round)")
        perform(effects, at: node)
    }

    private mutating func commit(_ decision: Decision, at node: Int) {
        // The head after this very decision; the replica may be further already.
        let before = nodes[node].disk.decisions.last?.head ?? scenario.head
        guard let head = try? before.following(decision.block) else {
            return referee.accuse(.stateRoot, "n\(node) decided a block that does not follow at \(decision.slot)")
        }
        note(
            "n\(node) decides \(decision.slot) in round \(decision.certificate.place.round): \(trace.name(of: decision.id))"
        )
        nodes[node].disk.append(decision, head)
        if nodes[node].isCorrect, scenario.isHunting, !isCalm, referee.isFirst(decision.slot) {
            cutOff(node)
        }
        if nodes[node].isCorrect { referee.judge(decision, head, by: node, nodes[node].authority) }
        if nodes[node].replica?.head.slot == head.slot { scenario.work.resume(&nodes[node].desk, head, afterCrash: false) }
        if head.slot < options.slots { queue.add(.wake(node), at: now + random.within(1...20)) }
    }

    // MARK: network

    /// Nothing reaches or leaves a node for a while.
    private mutating func cutOff(_ node: Int) {
        sides = sides.indices.map { $0 == node ? 1 : 0 }
        note("n\(node) is cut off")
        queue.add(.heal, at: now + random.within(200...2000))
    }

    mutating func send(_ message: ConsensusMessage, from sender: Int, to receiver: Int) {
        messages += 1
        if isCalm {
            return queue.add(.deliver(message, from: sender, to: receiver), at: now + random.within(2...30))
        }
        guard sides[sender] == sides[receiver], !random.chance(scenario.drops) else { return }
        for _ in 0...(random.chance(scenario.doubles) ? 1 : 0) {
            let delay = random.chance(scenario.stalls) ? random.within(100...1500) : random.within(2...60)
            queue.add(.deliver(message, from: sender, to: receiver), at: now + delay)
        }
    }

    mutating func deliver(_ message: ConsensusMessage, from sender: Int, to receiver: Int) {
        guard nodes[receiver].replica != nil, sides[sender] == sides[receiver] else { return }
        if !nodes[receiver].isCorrect { hear(message, at: receiver) }
        let time = clock(receiver)
        let did = scenario.dids[sender]
        let effects = nodes[receiver].replica?.receive(message, from: did, at: time) ?? []
        note("n\(sender)→n\(receiver) \(text(of: message))")
        perform(effects, at: receiver)
    }

    private func text(of message: ConsensusMessage) -> String {
        func value(_ value: Digest256?) -> String { value.map { trace.name(of: $0) } ?? "nil" }
        switch message {
        case .vote(let claimed):
            let vote = claimed.statement
            return "\(vote.phase.rawValue) \(vote.place.slot)/\(vote.place.round) \(value(vote.value))"
        case .proposal(let claimed, _, let proof):
            let proposal = claimed.statement
            let earlier = proposal.validRound.map { " valid in \($0) by \(proof.count) votes" } ?? ""
            return "proposal \(proposal.place.slot)/\(proposal.place.round) \(value(proposal.value))\(earlier)"
        case .decision(let decision): return "decision \(decision.slot) \(value(decision.id))"
        case .request(let slot): return "request \(slot)"
        }
    }
}

/// People, and what they sign.
extension Cluster {
    /// The people of a node act, and the node opens a slot when there is something to decide.
    mutating func act(_ node: Int) {
        guard !isDone else { return }
        queue.add(.people(node), at: now + random.within(50...130))
        guard let head = nodes[node].replica?.head else { return }
        for posting in scenario.work.act(&nodes[node].desk, head, isCalm: isCalm, &random) {
            for other in nodes.indices where other != node && (posting.to ?? other) == other {
                send(posting.papers, from: node, to: other)
            }
        }
        // As the inventory of a shipped node: whoever is further answers with the decision.
        let peer = random.below(nodes.count)
        if peer != node, random.chance(25) { send(.request(slot: head.slot + 1), from: node, to: peer) }
        check(node, head)
        wake(node)
    }

    mutating func deliver(_ papers: [Work.Paper], from sender: Int, to receiver: Int) {
        guard let head = nodes[receiver].replica?.head, sides[sender] == sides[receiver] else { return }
        let new = scenario.work.take(papers, &nodes[receiver].desk, head)
        if !new.isEmpty { note("n\(sender)→n\(receiver) \(new.count) new papers") }
        check(receiver, head)
        guard !new.isEmpty, nodes[receiver].isCorrect else { return }
        for other in nodes.indices where other != receiver && other != sender { send(new, from: receiver, to: other) }
    }

    private mutating func send(_ papers: [Work.Paper], from sender: Int, to receiver: Int) {
        messages += 1
        guard isCalm || (sides[sender] == sides[receiver] && !random.chance(scenario.drops)) else { return }
        let isLate = !isCalm && random.chance(scenario.stalls)
        queue.add(
            .papers(papers, from: sender, to: receiver), at: now + (isLate ? random.within(100...1500) : random.within(2...40)))
    }

    private mutating func check(_ node: Int, _ head: Head<Work.State>) {
        guard nodes[node].isCorrect else { return }
        referee.accuse(scenario.work.violation(nodes[node].desk, head))
    }
}
