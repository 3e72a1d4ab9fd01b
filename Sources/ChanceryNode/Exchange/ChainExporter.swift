internal import ChanceryLedger
internal import ChancerySuite
public import ChanceryWire

/// Takes chains out of the store.
public struct ChainExporter: Sendable {
    private let store: any RecordStore & RecordIndex & SigningFence
    private let registry: IdentityRegistry
    private let now: @Sendable () -> UTCTime

    public init(
        store: any RecordStore & RecordIndex & SigningFence, registry: IdentityRegistry,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.store = store
        self.registry = registry
        self.now = now
    }

    /// The signed export of one chain. Its signature becomes a record, so a later checkpoint covers it.
    public func signedExport(
        of identity: OpenIdentity, agentID: String, progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> [UInt8] {
        try registry.requireCurrent(identity)
        let state = try state(agentID)
        let (events, seals) = try records(agentID, upTo: state, progress)
        let export = try ChainExport.make(
            identity: identity, history: registry.history(of: identity.document.did),
            agent: registry.agent(of: identity.document), agentID: agentID, state: state,
            anchor: anchor(of: agentID, state).map { try $0.proof() }, events: events, seals: seals, time: now())
        try requireReadable(export.bytes.count)
        _ = try store.append([NewRecord(export.signature)], moving: [])
        return export.bytes
    }

    /// The export that AISS-1 readers take (AISS-1.0-AUDIT); neither signature nor identity are covered by it.
    public func auditExport(agentID: String) throws -> [UInt8] {
        let identity = try registry.aissIdentity(agentID)
        let state = try state(agentID)
        let events = try records(agentID, upTo: state).events.map { try Event(decoding: $0) }
        let start = try anchor(of: agentID, state).map { ChainStart.rotation(hash: $0.head) } ?? .genesis
        let chain = try ChainVerifier.verify(events, of: identity, start: start).get()
        let export = try AuditExport.encode(AuditExport.make(chain, exportedAt: now().seconds, exporter: "chancery"))
        try requireReadable(export.count)
        return export
    }

    /// One event of a batch chain with its seal and path.
    public func sealedEvent(agentID: String, sequence: Int) throws -> [UInt8] {
        guard case .identity(let identity)? = try registry.entry(for: agentID) else {
            throw NodeError(.unknownAgent, "agent `\(agentID)` is not registered")
        }
        let (events, seals) = try records(agentID, upTo: state(agentID))
        for bytes in seals {
            let seal = try BatchSeal.verify(UnverifiedRecord(decoding: bytes), by: identity)
            let range = seal.claims.firstSequence..<seal.claims.firstSequence + seal.claims.count
            guard range.contains(sequence), range.upperBound <= events.count else { continue }
            let batch = try events[range].map { try BatchEvent(decoding: $0) }
            return try SealedEvent(sequence - range.lowerBound, of: batch, under: seal).encoded()
        }
        throw NodeError(.notFound, "the chain of `\(agentID)` has no sealed event \(sequence)")
    }

    /// States the head of a chain, publishes a checkpoint over it and proves it: the tail is proven from then on.
    public func chainCheckpoint(
        of identity: OpenIdentity, agentID: String, log: TransparencyLog, protection: KeyProtection
    ) throws -> ChainCheckpoint {
        try registry.requireCurrent(identity)
        let state = try state(agentID)
        guard !state.hasEnded else {
            throw NodeError(
                .rejected, "the chain ended with a rotation of the keys, which its export shows; nothing can follow")
        }
        try log.requireSigner(protection)
        let head = try ChainHead.sign(state, agentID: agentID, identity: identity, time: now())
        let position = try store.append([NewRecord(head.record)], moving: [])
        _ = try log.publish(protection: protection)
        return ChainCheckpoint(head: head, proof: try log.prove(position))
    }

    /// The chain before a rotation, if `agentID`'s continues one.
    private func anchor(of agentID: String, _ state: ChainState) throws -> Anchor? {
        guard case .identity(let document)? = try registry.entry(for: agentID), document.number > 0,
            let head = try ChainAnchor.head(
                before: agentID, profile: state.profile, of: document, in: registry.history(of: document.did),
                state: { try store.chain($0) }),
            let previous = ChainAnchor.predecessor(of: agentID, document, in: try registry.history(of: document.did))
        else { return nil }
        return Anchor(exporter: self, agentID: previous.agentID, head: head, profile: state.profile)
    }

    private struct Anchor {
        let exporter: ChainExporter
        let agentID: String
        let head: String
        let profile: String

        /// The rotation event, with its seal if it is a batch event.
        func proof() throws -> RotationProof {
            let state = try exporter.state(agentID)
            if profile == BatchEvent.version {
                return try RotationProof(sealed: exporter.sealedEvent(agentID: agentID, sequence: state.count - 1))
            }
            guard let last = try exporter.records(agentID, upTo: state).events.last else {
                throw NodeError(.storeCorrupt, "the chain of `\(agentID)` has no events")
            }
            return RotationProof(aiss: last)
        }
    }

    /// Refuses to write what no reader would take.
    private func requireReadable(_ bytes: Int) throws {
        guard bytes <= JSONParser.Limits.document.bytes else {
            throw NodeError(.rejected, "an export holds at most 1 GiB, and this chain is larger; nothing was written")
        }
    }

    private func state(_ agentID: String) throws -> ChainState {
        guard let state = try store.chain(agentID) else { throw NodeError(.notFound, "agent `\(agentID)` has no events yet") }
        return state
    }

    /// The events and seals of a chain as they stood at `state`; other processes may have appended since.
    private func records(
        _ agentID: String, upTo state: ChainState, _ progress: (Int, Int) -> Void = { _, _ in }
    ) throws -> (events: [[UInt8]], seals: [[UInt8]]) {
        var events: [[UInt8]] = []
        var seals: [[UInt8]] = []
        var query = RecordQuery(agent: agentID, limit: 10_000)
        var size = 0
        while true {
            let page = try store.records(query)
            size += page.reduce(0) { $0 + $1.bytes.count }
            try requireReadable(size)
            for record in page {
                if record.sequence != nil {
                    events.append(record.bytes)
                } else if record.kind == BatchSeal.type {
                    seals.append(record.bytes)
                }
            }
            progress(min(events.count, state.count), state.count)
            guard page.count == query.limit, events.count < state.count || seals.count < state.seals else {
                return (Array(events.prefix(state.count)), Array(seals.prefix(state.seals)))
            }
            query.after = page.last?.position
        }
    }
}
