internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What the replica asks for, in its order: nothing leaves before what it rests on is durable.
extension FederationNode {
    func carryOut(_ effects: [ReplicaEffect]) throws {
        var rest = effects[...]
        while !rest.isEmpty {
            // Up to a decision each entry of the journal holds what those before it hold, so that the last one is written
            // for all, before anything leaves.
            let end = rest.firstIndex { if case .commit = $0 { true } else { false } } ?? rest.endIndex
            try remember(rest[..<end])
            for effect in rest[..<end] { try carryOut(effect) }
            rest = rest[end...]
            if let decided = rest.popFirst() { try carryOut(decided) }
        }
    }

    /// Writes what `effects` say must survive.
    private func remember(_ effects: ArraySlice<ReplicaEffect>) throws {
        var entry: JournalEntry?
        for effect in effects {
            switch effect {
            case .keep(let block): if !keptBlocks.contains(block) { keptBlocks.append(block) }
            case .persist(let latest): entry = latest
            default: break
            }
        }
        guard let entry else { return }
        // Of fresh blocks of its own a node proposes only the latest again.
        keptBlocks = keptBlocks.filter { [block = keptBlocks.last] in $0 == block || entry.blocks.contains($0.id) }
        try durably {
            // The mark last: left alone by a crash, it would silence the node for ever.
            try SignerJournal(entry: entry, blocks: keptBlocks.map(\.bytes)).write(files, journalName)
            try SignerJournal.mark(files)
        }
    }

    private func carryOut(_ effect: ReplicaEffect) throws {
        switch effect {
        case .keep, .persist: break
        case .broadcast(let message): try broadcast(.consensus(message))
        case .send(let message, let peer): network.send(try PeerMessage.consensus(message).encoded(), to: peer)
        case .answer(let slot, let peer): try sendDecision(slot, to: peer)
        case .schedule(let timer, let delay): timers.append((now().milliseconds + delay, timer))
        case .needItems(let slot, let round):
            let items = items(at: now())
            guard !items.isEmpty else { return }
            try carryOut(replica.propose(items, slot: slot, round: round, at: now()))
        case .commit(let decision): try commit(decision)
        case .equivocation(let proof): try take(proof)
        case .refused(let error): refuse(error, from: "a member")
        }
    }

    func broadcast(_ message: PeerMessage) throws {
        let bytes = try message.encoded()
        for member in replica.head.members.members where member.did != me { network.send(bytes, to: member.did) }
    }

    private func commit(_ decision: Decision) throws {
        try durably { try store.keep(decision) }
        decisions.append(decision.id)
        keptBlocks = []
        timers.removeAll { $0.timer.slot <= decision.slot }
        let state = replica.head.state
        evidence = evidence.filter { !state.isExcluded($0.key) && isOrderable($0.value) }
        seenFreezes = seenFreezes.filter { !state.isLifted($0.key) }
        // Ballots bind the roster: what was open is superseded, but for REVOKE and FREEZE (rule G8).
        pools = try Self.pools(of: state).map { fresh in
            guard var pool = pools.first(where: { $0.committee.rosterHash == fresh.committee.rosterHash }) else { return fresh }
            if pool.committee.rosterHash != state.committee.rosterHash { pool.forget { !$0.kind.outlivesRoster } }
            try pool.exclude(fresh.excluded)
            return pool
        }
    }

    /// Empty pools for the proposals that a block after `state` may still hold.
    static func pools(of state: GovernanceState) -> [ProposalPool] {
        [state.committee, state.previousCommittee].compactMap { $0 }
            .map { ProposalPool(of: $0, excluding: state.excluded(in: $0)) }
    }

    /// Whether the committee in office could verify a proof. One of an earlier committee would make every block invalid.
    func isOrderable(_ item: BlockItem) -> Bool {
        switch item {
        case .ballotEquivocation(let proof): proof.roster == replica.head.state.committee.rosterHash
        case .consensusEquivocation(let proof): proof.first.statement.place.committee == replica.head.members.committee
        case .certificate: false
        }
    }

    /// What a block could hold now: each item applies after those before it.
    func items(at time: UTCTime) -> [JSONValue] {
        let head = replica.head
        let blockTime = max(time, UTCTime(milliseconds: head.time.milliseconds + 1))
        var state = head.state
        guard (try? state.begin(slot: head.slot + 1, at: blockTime, after: head.id.bytes)) != nil else { return [] }
        var items: [JSONValue] = []
        var size = 0
        func fits(_ item: BlockItem) -> Bool {
            guard let value = try? item.json,
                let bytes = try? CanonicalForm.jcs.encode(value).count, size + bytes < Block.maximumBytes - 4096
            else { return false }
            items.append(value)
            size += bytes
            return true
        }
        for (culprit, item) in evidence.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
            var next = state
            guard (try? next.exclude(culprit, evidence: [UInt8](repeating: 0, count: 32))) != nil, fits(item) else { continue }
            state = next
        }
        // A freeze of which only the certificate came too; what stands there twice applies once.
        let certificates = pools.flatMap { $0.certificates(at: blockTime) } + seenFreezes.values.map(\.certificate)
        for certificate in certificates.sorted(by: BallotCertificate.precedes) {
            // What the evidence above excludes may not stand in a certificate of this block.
            guard !certificate.ballots.contains(where: { state.isExcluded($0.voter) }), state.admits(certificate),
                (try? state.check(certificate.proposal)) != nil, fits(.certificate(certificate))
            else { continue }
            try? state.apply(certificate.proposal)
        }
        return items
    }
}
