internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Prepares the next events of one chain: a value that the store then accepts whole or refuses.
struct ChainWriter {
    /// What goes to the store.
    struct Work {
        let records: [NewRecord]
        let move: ChainMove

        func receipts(from first: UInt64) -> [StampReceipt] {
            records.enumerated().compactMap { offset, record in
                record.sequence.map {
                    StampReceipt(
                        position: first + UInt64(offset), sequence: $0, hash: Hex.encode(record.id), agentID: record.agent)
                }
            }
        }
    }

    let identity: OpenIdentity
    let profile: StampProfile
    let agentID: String
    let state: ChainState?
    /// The hash of the rotation event before this chain; nil for a first chain.
    let anchor: String?

    init(
        _ identity: OpenIdentity, profile: StampProfile, store: any RecordStore & RecordIndex, registry: IdentityRegistry
    ) throws {
        self.identity = identity
        self.profile = profile
        agentID = Self.agentID(of: identity, profile)
        state = try store.chain(agentID)
        if let state {
            guard state.profile == Self.version(of: profile) else {
                throw NodeError(
                    .profileFixed, "the chain of `\(identity.name)` is `\(state.profile)`; a chain keeps its first profile")
            }
            guard !state.hasEnded else {
                throw NodeError(.retired, "the chain of `\(identity.name)` ended with a key rotation")
            }
        }
        // The seals of a batch chain all name its genesis; for the other profiles only the first event needs it.
        anchor =
            state == nil || profile == .batch
            ? try ChainAnchor.head(
                before: agentID, profile: Self.version(of: profile), of: identity.document,
                in: registry.history(of: identity.document.did), state: { try store.chain($0) }) : nil
    }

    static func agentID(of identity: OpenIdentity, _ profile: StampProfile) -> String {
        (profile == .aiss1 ? identity.document.classicalAgentID : identity.document.agentID).text
    }

    static func version(of profile: StampProfile) -> String {
        switch profile {
        case .aiss1: EventProfile.aiss1.rawValue
        case .aiss21: EventProfile.aiss21.rawValue
        case .batch: BatchEvent.version
        }
    }

    func write(_ payloads: [JSONObject], at time: UTCTime) throws -> Work {
        // Clocks of several processes differ; a chain's time never goes back.
        let seconds = max(time.seconds, state?.timestamp ?? 0)
        return profile == .batch ? try batch(payloads, seconds, time) : try events(payloads, seconds)
    }

    private func events(_ payloads: [JSONObject], _ seconds: Int64) throws -> Work {
        let version: EventProfile = profile == .aiss1 ? .aiss1 : .aiss21
        let document = identity.document
        let stamper = try EventStamper(
            identity.keys.aiss, agentID: profile == .aiss1 ? document.classicalAgentID : document.agentID)
        let view = profile == .aiss1 ? try document.classicalIdentity() : try document.aissIdentity()
        let position = state.map {
            ChainPosition(
                count: $0.count, head: $0.head, timestamp: $0.timestamp, profile: version, hasEnded: $0.hasEnded)
        }
        var cursor = ChainCursor(view, start: anchor.map { .rotation(hash: $0) } ?? .genesis, resumingAt: position)
        let genesis = anchor ?? stamper.genesisHash(version)
        let first = cursor.count
        let stamped = try stamper.stamp(
            payloads, profile: version, timestamp: seconds, nonces: EventNonce.make(payloads.count),
            previousHash: cursor.head ?? genesis)
        for event in stamped { try cursor.append(event) }
        let records = try Parallel.map(
            stamped,
            throwing: { (index, event) in
                try NewRecord(event.event, bytes: event.bytes, sequence: first + index)
            })
        guard let end = cursor.position else { throw NodeError(.rejected, "nothing was stamped") }
        let new = ChainState(
            count: end.count, head: end.head, timestamp: end.timestamp, profile: version.rawValue, hasEnded: end.hasEnded)
        return Work(records: records, move: ChainMove(agent: agentID, from: state, to: new))
    }

    private func batch(_ payloads: [JSONObject], _ seconds: Int64, _ time: UTCTime) throws -> Work {
        let document = identity.document
        let genesis = anchor ?? EventProfile.aiss21.genesisHash(of: document.agentID, classicalKey: [])
        var current = state
        var nonces = EventNonce.make(payloads.count)[...]
        var records: [NewRecord] = []
        records.reserveCapacity(payloads.count + payloads.count / BatchSeal.maximumCount + 1)
        var rest = payloads[...]
        while !rest.isEmpty {
            var batch = Batch(
                agentID: document.agentID, firstSequence: current?.count ?? 0, head: current?.head ?? genesis)
            let part = Array(rest.prefix(BatchSeal.maximumCount))
            try batch.add(part, timestamp: seconds, nonces: Array(nonces.prefix(part.count)))
            let ended = part.last?["event_type"]?.string == RotationEvent.eventType
            rest = rest.dropFirst(part.count)
            nonces = nonces.dropFirst(part.count)
            let seal = try BatchSeal.sign(
                BatchSeal.Claims(
                    did: document.did, agentID: document.agentID, identity: identity.documentHash,
                    genesis: genesis, batch: current?.seals ?? 0,
                    previousSeal: try current.flatMap { $0.lastSeal.isEmpty ? nil : try Hex.decode($0.lastSeal) },
                    firstSequence: batch.firstSequence, count: batch.count, previousHead: batch.previousHead,
                    head: batch.head, root: batch.root, time: UTCTime(seconds: max(seconds, time.seconds))),
                by: identity.keys.record, salt: SystemRandom.bytes(16))
            records += try Parallel.map(
                batch.events,
                throwing: { [first = batch.firstSequence] (index, event) in
                    try NewRecord(event, sequence: first + index)
                })
            records.append(try NewRecord(seal.record))
            current = ChainState(
                count: batch.firstSequence + batch.count, head: batch.head, timestamp: seconds, profile: BatchEvent.version,
                hasEnded: ended, seals: seal.claims.batch + 1, lastSeal: Hex.encode(seal.id))
        }
        guard let new = current else { throw NodeError(.rejected, "nothing was stamped") }
        return Work(records: records, move: ChainMove(agent: agentID, from: state, to: new))
    }
}
