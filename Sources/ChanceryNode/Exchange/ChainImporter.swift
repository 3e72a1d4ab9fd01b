internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Takes identities and chains from elsewhere into the store. Everything is verified first, with keys that were
/// accepted before or that the caller pinned.
public struct ChainImporter: Sendable {
    /// What an import did.
    public struct Outcome: Sendable {
        public var identities = 0
        public var events = 0
        /// Events that were there already.
        public var known = 0
        public var agentID: String?
    }

    private static let chunk = 2000

    private let store: any RecordStore & RecordIndex
    private let registry: IdentityRegistry

    public init(store: any RecordStore & RecordIndex, registry: IdentityRegistry) {
        self.store = store
        self.registry = registry
    }

    /// Imports what `bytes` hold: an identity document or history, a signed export, an audit export, or a chain.
    ///
    /// - Throws: `node.unknown_agent` when nobody vouches for the keys of a chain, and whatever is wrong with it.
    public func run(
        _ bytes: [UInt8], pinned: PinnedKeys, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Outcome {
        var outcome = Outcome()
        for history in pinned.histories { outcome.identities += try registry.register(history) }
        for agent in pinned.agents { try registry.register(agent) }
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 1 << 30, depth: 80))
        if value["content"] != nil {
            try export(ChainExport(value), &outcome, progress)
        } else if let events = value["spec"] == nil ? value.array : value["events"]?.array, events.first?["body"] == nil {
            let parsed = try events.map { try Event($0) }
            guard let first = parsed.first else { throw WireError(.invalidValue, "there are no events to import") }
            let identity = try registry.aissIdentity(first.agentID.text)
            try chain(parsed, identity, &outcome, progress)
        } else {
            var documents = PinnedKeys()
            try documents.add(bytes)
            for history in documents.histories { outcome.identities += try registry.register(history) }
            for agent in documents.agents {
                try registry.register(agent)
                outcome.identities += 1
            }
        }
        return outcome
    }

    private func export(_ export: ChainExport, _ outcome: inout Outcome, _ progress: (UInt64, UInt64) -> Void) throws {
        guard let agentID = export.claimedAgentID, case .identity(let document)? = try registry.entry(for: agentID),
            let signer = try registry.history(of: document.did).first(where: { $0.hash == export.claimedIdentity })
        else {
            throw NodeError(
                .unknownAgent, "the export's agent or signer is not registered; import its identity document first")
        }
        let verified = try export.verify(by: signer)
        outcome.agentID = agentID
        guard try start(of: agentID, profile: verified.state.profile) == verified.start else {
            throw LedgerError(
                .rotationMissing, "the chain continues one that is not in the store; import the export of that one first")
        }
        if verified.state.profile == BatchEvent.version {
            try batches(verified, &outcome, progress)
        } else {
            let isClassical = agentID == verified.document.classicalAgentID.text
            try chain(
                verified.chain.events.map { try Event(decoding: $0) },
                isClassical ? verified.document.classicalIdentity() : verified.document.aissIdentity(), &outcome, progress)
        }
        let signature = try export.signature.verify(type: ChainExport.signatureType, by: signer.recordKey)
        if try store.record(id: signature.id) == nil { _ = try store.append([NewRecord(signature)], moving: []) }
    }

    /// A chain after a rotation starts at the head that its predecessor ended with in this store.
    private func start(of agentID: String, profile: String) throws -> ChainStart {
        guard case .identity(let document)? = try registry.entry(for: agentID) else { return .genesis }
        let head = try ChainAnchor.head(
            before: agentID, profile: profile, of: document, in: registry, state: { try store.chain($0) })
        return head.map { .rotation(hash: $0) } ?? .genesis
    }

    private func chain(
        _ events: [Event], _ identity: AgentIdentity, _ outcome: inout Outcome, _ progress: (UInt64, UInt64) -> Void
    ) throws {
        let agentID = identity.agentID.text
        outcome.agentID = agentID
        var state = try store.chain(agentID)
        let known = state?.count ?? 0
        guard events.count >= known, known == 0 || events[known - 1].hash == state?.head else {
            throw LedgerError(
                .forkDetected, "the store's chain of `\(agentID)` has \(known) events and is not the beginning of this one")
        }
        outcome.known = known
        let first = try start(of: agentID, profile: events.last?.profile.rawValue ?? "")
        let position = try state.map { state in
            guard let profile = EventProfile(rawValue: state.profile) else {
                throw NodeError(.profileFixed, "the chain of `\(agentID)` is `\(state.profile)`")
            }
            return ChainPosition(
                count: state.count, head: state.head, timestamp: state.timestamp, profile: profile, hasEnded: state.hasEnded)
        }
        var cursor = ChainCursor(identity, start: first, resumingAt: position)
        var done = known
        while done < events.count {
            let part = Array(events[done..<min(done + Self.chunk, events.count)])
            // A store that cannot answer refuses the part; its own error then comes first.
            var storeError: (any Error)?
            let verified = try Result {
                try cursor.append(contentsOf: part) { nonce in
                    do {
                        return try store.hasNonce(nonce, of: agentID)
                    } catch {
                        storeError = error
                        return true
                    }
                }
            }.mapError { storeError ?? $0 }.get()
            guard let end = cursor.position else { break }
            let next = ChainState(
                count: end.count, head: end.head, timestamp: end.timestamp, profile: end.profile.rawValue,
                hasEnded: end.hasEnded)
            let records = try verified.map { try NewRecord($0.event, bytes: $0.event.encoded(), sequence: $0.index) }
            _ = try store.append(records, moving: [ChainMove(agent: agentID, from: state, to: next)])
            state = next
            done += part.count
            outcome.events += part.count
            progress(UInt64(done), UInt64(events.count))
        }
    }

    private func batches(
        _ export: VerifiedExport, _ outcome: inout Outcome, _ progress: (UInt64, UInt64) -> Void
    ) throws {
        let (chain, end, agentID) = (export.chain, export.state, export.agentID.text)
        var state = try store.chain(agentID)
        var sequence = 0
        for record in chain.seals {
            let seal = try BatchSeal.verify(record, by: export.document)
            let events = try chain.events[sequence..<sequence + seal.claims.count].map { try BatchEvent(decoding: $0) }
            sequence += events.count
            if let state, seal.claims.batch < state.seals {
                guard seal.claims.batch != state.seals - 1 || Hex.encode(seal.id) == state.lastSeal else {
                    throw LedgerError(.sealForked, "the store holds another seal \(seal.claims.batch) of `\(agentID)`")
                }
                outcome.known += events.count
                continue
            }
            let next = ChainState(
                count: sequence, head: seal.claims.head, timestamp: events.last?.timestamp ?? 0, profile: end.profile,
                hasEnded: events.last?.eventType == RotationEvent.eventType, seals: seal.claims.batch + 1,
                lastSeal: Hex.encode(seal.id))
            let first = seal.claims.firstSequence
            let records = try events.enumerated().map { try NewRecord($1, sequence: first + $0) } + [NewRecord(seal.record)]
            _ = try store.append(records, moving: [ChainMove(agent: agentID, from: state, to: next)])
            state = next
            outcome.events += events.count
            progress(UInt64(sequence), UInt64(end.count))
        }
    }
}
