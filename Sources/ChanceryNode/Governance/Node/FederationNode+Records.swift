public import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Proposals and ballots: taken, kept, passed on.
extension FederationNode {
    /// Whether a record from a peer could change anything. What is known costs no signature check.
    func isNews(_ record: UnverifiedRecord) throws -> Bool {
        guard !pools.contains(where: { $0.knows(record) }) else { return false }
        // A proposal that is kept and not open is over, or will be found in the store; its ballots would wait for ever.
        switch record.type {
        case Proposal.type: return try store.record(record.bodyHash) == nil
        case Ballot.type:
            let proposal = try Hex.decode(record.body["proposal"]?.string ?? "", count: 32)
            return try pools.contains { $0.proposals[proposal] != nil } || store.record(proposal) == nil
        default: return true
        }
    }

    /// Takes a proposal or ballot. Who is no member costs no signature check.
    ///
    /// - Parameter isOwn: whether it came in at this home, which tells everybody; others learn from inventories what they
    ///   still lack, so that a record is not said by each to each.
    func take(_ record: UnverifiedRecord, isOwn: Bool) throws {
        let place = place(of: record)
        switch record.type {
        case Proposal.type:
            let proposal = try Proposal.verify(record, in: pools[place].committee)
            guard now() < proposal.terms.expires, !replica.head.state.isTerminal(proposal.id) else { return }
            try take(proposal, place, isOwn: isOwn)
        case Ballot.type:
            let ballot = try Ballot.verify(record, in: pools[place].committee)
            // On a proposal that is over: it would wait for ever.
            guard try pools[place].proposals[ballot.proposal] != nil || store.record(ballot.proposal) == nil else { return }
            try take(ballot, place, isOwn: isOwn)
        default: throw GovernanceError(.foreignRecord, "a node takes proposals and ballots, not a `\(record.type)`")
        }
    }

    /// Takes a proposal that is true and open.
    func take(_ proposal: Proposal, _ place: Int, isOwn: Bool) throws {
        guard place == 0 || proposal.kind.outlivesRoster else {
            throw GovernanceError(.proposalSuperseded, "the members changed since the proposal was made")
        }
        try requireRoom(for: proposal.record, of: proposal.terms.proposer)
        try finish(pools[place].add(proposal), proposal.record, of: proposal.terms.proposer, isOwn)
        // Its ballots may have come before it.
        try notice(proposal.id, place)
    }

    /// Takes a ballot that is true.
    func take(_ ballot: Ballot, _ place: Int, isOwn: Bool) throws {
        try requireRoom(for: ballot.record, of: ballot.voter)
        try finish(pools[place].add(ballot, at: now()), ballot.record, of: ballot.voter, isOwn)
        try notice(ballot.proposal, place)
    }

    /// Which of the pools takes a record, by the roster that it names; the first one refuses what is of neither.
    func place(of record: UnverifiedRecord) -> Int {
        let roster = record.body["roster"]?.string
        return pools.firstIndex { Hex.encode($0.committee.rosterHash) == roster } ?? 0
    }

    private func requireRoom(for record: VerifiedRecord, of member: DID) throws {
        guard try store.record(record.id) != nil || intake.spend(record.bytes.count, for: member, at: now()) else {
            throw GovernanceError(.poolFull, "`\(member)` signs more than a node takes in an hour")
        }
    }

    private func finish(
        _ effect: ProposalPool.Effect, _ record: VerifiedRecord, of member: DID, _ isOwn: Bool
    ) throws {
        switch effect {
        case .new:
            guard isOwn else {
                // Its own node keeps it; here one flush of the disk serves all that come at once.
                unwritten.append(record)
                return
            }
            try durably { try store.keep(record) }
            try broadcast(.record(UnverifiedRecord(decoding: record.bytes)))
        case .known:
            // A peer may have told it just now, so that it is not written yet.
            if isOwn { try durably { try store.keep(record) } }
        case .full:
            // Whoever repeats what a member has too much of must not use up what it may leave here.
            intake.giveBack(record.bytes.count, to: member)
            throw GovernanceError(.poolFull, "a member has too many open proposals or ballots")
        case .equivocation(let proof):
            try durably { try store.keep(record) }
            // A proposal that came after its ballots may prove several members wrong at once.
            let proofs = pools.compactMap { $0.ballots(on: proof.proposal)?.equivocations.values }.joined()
            for proof in proofs { try take(proof) }
        }
    }

    /// Keeps what came from others since the last time.
    func writeRecords() throws {
        guard !unwritten.isEmpty else { return }
        try durably { try store.keep(unwritten) }
        unwritten = []
    }

    /// Whether ballots pass a freeze now.
    private func notice(_ proposal: [UInt8], _ place: Int) throws {
        guard seenFreezes[proposal] == nil, let known = pools[place].proposals[proposal], known.kind == .emergencyFreeze,
            !replica.head.state.isLifted(proposal), let ballots = pools[place].ballots(on: proposal),
            let certificate = try? BallotCertificate(known, ballots), replica.head.state.admits(certificate)
        else { return }
        try see(certificate)
    }

    /// Finds proposals, ballots and proofs that were kept before this node started, or by other processes of this home.
    func scan() throws {
        for kind in [Proposal.type, Ballot.type] {
            try store.records(kind, after: scanned[kind]) { stored in
                scanned[kind] = stored.position
                do {
                    let record = try UnverifiedRecord(decoding: stored.bytes)
                    // What came from others was verified then.
                    guard !pools.contains(where: { $0.knows(record) }) else { return }
                    try take(record, isOwn: true)
                } catch {
                    refuse(error, from: "this home")
                }
            }
        }
        try scanDocuments()
    }
}

/// Telling others what this node has, and giving them what they lack.
extension FederationNode {
    func tellInventory(_ time: UTCTime) throws {
        guard time.milliseconds >= nextInventory else { return }
        let peers = replica.head.members.members.map(\.did).filter { $0 != me }
        guard !peers.isEmpty else { return }
        nextInventory = time.milliseconds + Self.inventoryInterval / Int64(peers.count)
        nextPeer = (nextPeer + 1) % peers.count
        let state = replica.head.state
        let inventory = PeerInventory(
            slot: replica.slot, records: Set(pools.flatMap(\.recordIDs)),
            freezes: Set(seenFreezes.keys).union(state.freezes.map(\.proposal)),
            accused: Set(evidence.keys).union(state.excluded))
        network.send(try PeerMessage.inventory(inventory).encoded(), to: peers[nextPeer])
    }

    /// Sends what the peer lacks: freezes wherever it stands, then decisions, or proofs and records of open proposals.
    func answer(_ inventory: PeerInventory, to peer: DID) throws {
        guard answers.spend(Self.answerCost, for: peer, at: now()) else { return }
        let state = replica.head.state
        for (id, seen) in seenFreezes where !inventory.freezes.contains(id) && state.admits(seen.certificate) {
            guard try send(CanonicalForm.jcs.encode(seen.certificate.json), to: peer) else { return }
        }
        if inventory.slot < replica.slot {
            for missing in inventory.slot..<min(replica.slot, inventory.slot + Self.decisionsPerAnswer) {
                try sendDecision(missing, to: peer)
            }
        } else if inventory.slot == replica.slot {
            for (culprit, proof) in evidence where !inventory.accused.contains(culprit) {
                guard try send(CanonicalForm.jcs.encode(proof.json), to: peer) else { return }
            }
            for record in pools.flatMap(\.records) where !inventory.records.contains(record.id) {
                guard send(record.bytes, to: peer) else { return }
            }
        }
    }

    /// Sends as long as the peer has something left of what it gets in a second.
    private func send(_ bytes: [UInt8], to peer: DID) -> Bool {
        guard answers.spend(bytes.count, for: peer, at: now()) else { return false }
        network.send(bytes, to: peer)
        return true
    }

    func sendDecision(_ slot: Int64, to peer: DID) throws {
        guard slot >= 1, slot <= decisions.count, answers.hasRoom(for: peer, at: now()),
            let stored = try store.record(decisions[Int(slot) - 1].bytes)
        else { return }
        let bytes = try PeerMessage.consensus(.decision(Decision(decoding: stored.bytes))).encoded()
        if answers.spend(max(bytes.count, Self.answerCost), for: peer, at: now()) { network.send(bytes, to: peer) }
    }
}

extension GovernanceError.Reason {
    /// A member has as many open proposals or early ballots as it may have.
    public static let poolFull = Self(rawValue: "governance.pool_full")
}
