internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Takes identities and chains from elsewhere into the store. Everything is verified first, with keys that were
/// accepted before or that the caller pinned; what fails leaves nothing behind.
public struct ChainImporter: Sendable {
    /// What an import did.
    public struct Outcome: Sendable {
        public var identities = 0
        public var events = 0
        /// Events that were there already.
        public var known = 0
        public var agentID: String?
    }

    /// Seconds by which clocks may differ.
    private static let skew: Int64 = 300

    let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    let now: @Sendable () -> UTCTime

    public init(
        store: any RecordStore & RecordIndex, registry: IdentityRegistry, now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.now = now
    }

    /// Imports what `bytes` hold: an identity document or history, a signed export, an audit export, or a chain.
    ///
    /// `pinned` is registered too. A crash midway leaves a valid beginning of the chain, which another run completes.
    ///
    /// - Throws: `node.unknown_agent` when nobody vouches for the keys of a chain, `ledger.key_superseded` for a chain
    ///   that its agent's rotation does not end, `ledger.fork_detected` or `ledger.seal_forked` when the store holds
    ///   another history, and whatever is wrong with the content.
    public func run(
        _ bytes: [UInt8], pinned: PinnedKeys, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Outcome {
        let value = try JSONParser.parse(bytes, limits: .document)
        var outcome = Outcome()
        guard Self.holdsChain(value) else {
            var documents = pinned
            try documents.add(bytes)
            outcome.identities = try register(documents)
            return outcome
        }
        var keys = pinned
        try keys.add(registry)
        let chain = try chain(value, keys)
        outcome.agentID = chain.agentID.text
        try requireCurrent(chain, keys)
        try requirePast(chain.state?.timestamp ?? 0)
        // Forks are found before anything is written.
        _ = try missing(chain)
        outcome.identities = try register(pinned)
        try append(chain, &outcome, progress)
        return outcome
    }

    /// An agent sets its own times: one that lies ahead would age what came before.
    ///
    /// - Throws: `node.rejected`.
    func requirePast(_ timestamp: Int64) throws {
        guard timestamp <= now().advanced(bySeconds: Self.skew).seconds else {
            throw NodeError(.rejected, "the chain has events of the future; nothing was imported")
        }
    }

    private static func holdsChain(_ value: JSONValue) -> Bool {
        value["content"] != nil || value["spec"] != nil || value.array.map { $0.first?["body"] == nil } == true
    }

    private func register(_ keys: PinnedKeys) throws -> Int {
        var count = 0
        for history in keys.histories { count += try registry.register(history) }
        for agent in keys.agents where try registry.register(agent) { count += 1 }
        return count
    }

    // MARK: reading

    private func chain(_ value: JSONValue, _ keys: PinnedKeys) throws -> ImportedChain {
        if value["content"] != nil {
            let export = try ChainExport(value)
            guard let hash = export.claimedIdentity, let signer = keys.document(hash: hash) else {
                throw NodeError(
                    .unknownAgent, "the identity document that signed the export is not registered; import it first")
            }
            return try ImportedChain(export, by: signer)
        }
        guard let events = value["spec"] == nil ? value.array : value["events"]?.array, let first = events.first else {
            throw WireError(.invalidValue, "there are no events to import")
        }
        guard let agent = first["agent_id"]?.string else {
            throw WireError(.missingMember, "the first element is no event: it names no `agent_id`")
        }
        let identity = try keys.aissIdentity(agent)
        let profile = events.last?["version"]?.string ?? ""
        let start = try start(of: identity.agentID, profile: profile, keys)
        if value["spec"] != nil {
            let findings = AuditExport.verify(value, start: start).findings
            if let finding = findings.first { throw finding }
        }
        return try ImportedChain(events, of: identity, start: start)
    }

    /// A chain after a rotation starts at the head that its predecessor ended with in this store.
    private func start(of agentID: AgentID, profile: String, _ keys: PinnedKeys) throws -> ChainStart {
        guard let document = keys.document(for: agentID.text) else { return .genesis }
        let head = try ChainAnchor.head(
            before: agentID.text, profile: profile, of: document, in: keys.history(of: document.did),
            state: { try store.chain($0) })
        return head.map { .rotation(hash: $0) } ?? .genesis
    }

    /// Checks that the chain starts where this store's history of the agent says, and that keys which were replaced
    /// end it: nothing that they signed later is taken (rule K3).
    private func requireCurrent(_ chain: ImportedChain, _ keys: PinnedKeys) throws {
        guard let state = chain.state else { throw WireError(.invalidValue, "there are no events to import") }
        guard try start(of: chain.agentID, profile: state.profile, keys) == chain.start else {
            throw LedgerError(
                .rotationMissing, "the chain continues one that is not in the store; import the export of that one first")
        }
        if let document = keys.document(for: chain.agentID.text), let next = keys.successor(of: document), !state.hasEnded {
            throw LedgerError(
                .keySuperseded,
                "document \(next.number) replaced the keys of this chain, which does not end with their rotation")
        }
    }

    // MARK: writing

    /// What the store lacks of `chain`, step by step.
    ///
    /// - Throws: `ledger.fork_detected`, `ledger.seal_forked` or `node.profile_fixed` when it holds something else.
    private func missing(_ chain: ImportedChain) throws -> (steps: [ImportedChain.Step], state: ChainState?) {
        guard let state = try store.chain(chain.agentID.text) else { return (chain.steps, nil) }
        let isBatch = state.profile == BatchEvent.version
        var missing: [ImportedChain.Step] = []
        for var step in chain.steps {
            guard isBatch == (step.state.profile == BatchEvent.version) else {
                throw NodeError(.profileFixed, "the chain of `\(chain.agentID)` is `\(state.profile)` in the store")
            }
            if step.first < state.count {
                let end = min(step.state.count, state.count)
                guard try holds(step, upTo: end) else {
                    // The refusal itself matters more than that it could be proven.
                    try? keepEvidence(of: step, agentID: chain.agentID.text, isBatch: isBatch)
                    throw LedgerError(
                        isBatch ? .sealForked : .forkDetected,
                        "the store holds another history of `\(chain.agentID)` before event \(end)")
                }
                step.records.removeAll { ($0.sequence ?? .max) < state.count }
                if step.state.count <= state.count { continue }
            }
            missing.append(step)
        }
        return (missing, state)
    }

    /// Whether the store's history and the step are the same up to event `end`: hashes and seals bind all before them.
    private func holds(_ step: ImportedChain.Step, upTo end: Int) throws -> Bool {
        guard let last = step.records.first(where: { $0.sequence == end - 1 }),
            try store.record(id: last.id)?.sequence == end - 1
        else { return false }
        guard let seal = step.records.last, seal.sequence == nil else { return true }
        return try step.state.count == end && store.record(id: seal.id) != nil
    }

    private func append(
        _ chain: ImportedChain, _ outcome: inout Outcome, _ progress: (UInt64, UInt64) -> Void
    ) throws {
        try StoreConflict.retrying {
            let missing = try missing(chain)
            var state = missing.state
            for step in missing.steps {
                _ = try store.append(
                    step.records, moving: [ChainMove(agent: chain.agentID.text, from: state, to: step.state)])
                state = step.state
                outcome.events += step.events
                progress(UInt64(step.state.count), UInt64(chain.count))
            }
        }
        outcome.known = chain.count - outcome.events
        try StoreConflict.retrying {
            let seen = try RegistryState(store)
            var records = chain.records
            if let agent = chain.agent, try isNews(agent) { records.append(agent.record) }
            let unknown = try records.filter { try store.record(id: $0.id) == nil }.map { try NewRecord($0) }
            if !unknown.isEmpty { _ = try store.append(unknown, moving: seen.adding(unknown)) }
        }
    }

    /// Whether `agent` says something later than what is known: an old export must not undo a retirement.
    private func isNews(_ agent: AgentRecord) throws -> Bool {
        guard let document = try registry.history(of: agent.did).last else { return false }
        guard let known = try registry.agent(of: document) else { return true }
        return agent.time > known.time
    }
}
