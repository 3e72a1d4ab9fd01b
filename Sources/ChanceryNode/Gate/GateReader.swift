public import ChanceryGate
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What the gate knows from its own chain, and how far that was read.
struct GateReader {
    private(set) var state = GateState()
    /// The time of the latest event.
    private(set) var time = UTCTime(milliseconds: 0)
    private let identities: [IdentityDocument]
    /// The chain of the newest keys; nil before it was first read.
    private var follower: ChainFollower?

    /// Where the chain stood when it was read last.
    var chain: ChainState? { follower?.chain }

    /// - Parameter identities: the documents of the gate, first document first.
    init(store: any RecordStore & RecordIndex, identities: [IdentityDocument]) throws {
        self.identities = identities
        // The policy may have been activated long ago.
        for document in identities.reversed() {
            let query = RecordQuery(
                agent: document.agentID.text, eventType: PolicyActivation.eventType, kind: BatchEvent.version, limit: 1,
                newestFirst: true)
            guard let record = try store.records(query).first else { continue }
            let event = try BatchEvent(decoding: record.bytes)
            let activation = try Self.gateEvent(event)
            try Self.requireSealed(event, at: record.position, by: document, in: store)
            state.apply(activation, id: try DecisionID(event.hash), at: UTCTime(milliseconds: record.time))
            break
        }
    }

    /// Reads what came since.
    ///
    /// - Throws: `gate.journal_broken`.
    mutating func advance(_ store: any RecordStore & RecordIndex, at now: UTCTime) throws {
        guard let document = identities.last else { return }
        // Whole seconds, as the chain counts them.
        let first = UTCTime(seconds: now.advanced(bySeconds: -AgentHistory.span).seconds)
        do {
            if follower == nil {
                // A chain of keys that were rotated ends; its last questions and alerts still count.
                for old in identities.dropLast() {
                    var ended = ChainFollower(old)
                    try ended.advance(store, since: first) { try take($0) }
                }
            }
            var current = follower ?? ChainFollower(document)
            try current.advance(store, since: current.chain == nil ? first : nil) { try take($0) }
            follower = current
        } catch let error as ChainFollower.Break {
            throw GateError(.journalBroken, "the gate's chain: \(error.detail)")
        }
    }

    private mutating func take(_ link: ChainFollower.Link) throws {
        // The end of a chain whose keys were rotated says nothing about decisions, nor does what else was stamped.
        guard RoomEvent.gate.isOne(link.event.payload) else { return }
        apply(try Self.gateEvent(link.event), try DecisionID(link.event.hash), at: link.stored)
    }

    private static func gateEvent(_ event: BatchEvent) throws -> GateEvent {
        do {
            return try GateEvent(event.payload)
        } catch let error as GateError where error.reason == .policyAltered {
            throw error
        } catch let error as any CodedError {
            throw GateError(.journalBroken, "an event of the gate's chain cannot be read: \(error.code): \(error.detail)")
        }
    }

    /// Checks that an event that is read alone is one of those under the seal after it.
    private static func requireSealed(
        _ event: BatchEvent, at position: UInt64, by document: IdentityDocument, in store: any RecordStore & RecordIndex
    ) throws {
        let next = RecordQuery(agent: document.agentID.text, kind: BatchSeal.type, after: position, limit: 1)
        guard let found = try store.records(next).first else {
            throw GateError(.journalBroken, "nobody signed the event at \(position)")
        }
        let seal = try BatchSeal.verify(UnverifiedRecord(decoding: found.bytes), by: document)
        // The events of a batch stand right before their seal.
        let count = UInt64(clamping: seal.claims.count)
        let query = RecordQuery(
            agent: document.agentID.text, kind: BatchEvent.version,
            after: found.position > count ? found.position - count - 1 : nil, limit: seal.claims.count)
        do {
            let events = try store.records(query).map { try BatchEvent(decoding: $0.bytes) }
            try seal.verify(events)
            guard events.contains(event) else { throw LedgerError(.sealMismatch, "the seal does not cover it") }
        } catch let error as LedgerError {
            throw GateError(.journalBroken, "the event at \(position) is not the one that was signed: \(error.detail)")
        }
    }

    mutating func apply(_ event: GateEvent, _ id: DecisionID, at time: UTCTime) {
        state.apply(event, id: id, at: time)
        self.time = max(self.time, time)
    }

    /// Notes that this process wrote up to `position`.
    mutating func advance(to chain: ChainState, position: UInt64) { follower?.advance(to: chain, position: position) }
}

extension GateError.Reason {
    /// The stored chain of the gate is not what the gate signed.
    public static let journalBroken = Self(rawValue: "gate.journal_broken")
}
