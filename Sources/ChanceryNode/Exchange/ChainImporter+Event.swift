internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

extension ChainImporter {
    /// Takes one event that an agent signed elsewhere: the next of its AISS chain here, or one that is there already.
    ///
    /// Looking for a nonce that was used before reads the whole chain.
    ///
    /// - Parameter agentIDs: whose event it must be.
    /// - Throws: `ledger.foreign_agent` for an event of somebody else, `ledger.fork_detected` when the chain went on
    ///   otherwise, `node.profile_fixed`, `ledger.key_superseded`, `node.rejected` for an event of the future, and whatever is
    ///   wrong with the event.
    public func run(event bytes: [UInt8], of agentIDs: Set<String>) throws -> Outcome {
        let event = try Event(decoding: bytes)
        let agentID = event.agentID.text
        guard agentIDs.contains(where: { $0.utf8.elementsEqual(agentID.utf8) }) else {
            throw LedgerError(.foreignAgent, "the event is of agent `\(agentID)`")
        }
        return try StoreConflict.retrying {
            guard let state = try store.chain(agentID) else {
                return try run(Array("[".utf8) + bytes + Array("]".utf8), pinned: PinnedKeys())
            }
            var outcome = Outcome()
            outcome.agentID = agentID
            if try store.record(id: Hex.decode(event.hash))?.agent == agentID {
                outcome.known = 1
                return outcome
            }
            let next = try next(event, after: state)
            _ = try store.append([next.record], moving: [ChainMove(agent: agentID, from: state, to: next.state)])
            outcome.events = 1
            return outcome
        }
    }

    private func next(_ event: Event, after state: ChainState) throws -> (record: NewRecord, state: ChainState) {
        let agentID = event.agentID.text
        guard let profile = EventProfile(rawValue: state.profile) else {
            throw NodeError(.profileFixed, "the chain of `\(agentID)` is `\(state.profile)` in the store")
        }
        var keys = PinnedKeys()
        try keys.add(registry)
        if let document = keys.document(for: agentID), let later = keys.successor(of: document) {
            throw LedgerError(.keySuperseded, "document \(later.number) replaced the keys of this chain")
        }
        let identity = try keys.aissIdentity(agentID)
        try refuseFork(event, identity, state)
        try requirePast(event.timestamp)
        var cursor = ChainCursor(
            identity,
            resumingAt: ChainPosition(
                count: state.count, head: state.head, timestamp: state.timestamp, profile: profile, hasEnded: state.hasEnded))
        let used = try nonces(of: agentID)
        try cursor.append(event) { used.contains($0) }
        let record = try NewRecord(event, bytes: event.encoded(), sequence: state.count)
        return (
            record,
            ChainState(
                count: state.count + 1, head: event.hash, timestamp: max(event.timestamp, state.timestamp),
                profile: event.profile.rawValue, hasEnded: RotationEvent.isRotation(event))
        )
    }

    /// Keeps the proof that the agent's own key continued an event twice.
    private func refuseFork(_ event: Event, _ identity: AgentIdentity, _ state: ChainState) throws {
        guard let previous = event.previousHash, !previous.utf8.elementsEqual(state.head.utf8),
            let id = try? Hex.decode(previous), let before = try store.record(id: id), before.agent == event.agentID.text,
            let sequence = before.sequence
        else { return }
        try identity.keys.verify(event)
        let record = try NewRecord(event, bytes: event.encoded(), sequence: sequence + 1)
        // The refusal itself matters more than that it could be proven.
        try? keepEvidence(of: .init(records: [record], state: state), agentID: event.agentID.text, isBatch: false)
        throw LedgerError(.forkDetected, "the store holds another event after `\(previous.prefix(16))…`")
    }

    private func nonces(of agentID: String) throws -> Set<String> {
        var nonces: Set<String> = []
        var query = RecordQuery(agent: agentID, limit: 1000)
        while true {
            let page = try store.records(query)
            for record in page where EventProfile(rawValue: record.kind) != nil {
                nonces.insert(try Event(decoding: record.bytes).nonce)
            }
            guard page.count == query.limit else { return nonces }
            query.after = page.last?.position
        }
    }
}
