public import ChanceryGate
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Reads the gate's chain from a store, and checks that it is what the gate signed: every event is linked to the one before,
/// and a signed seal stands at the end.
struct GateReader {
    private(set) var state = GateState()
    /// The time of the latest event.
    private(set) var time = UTCTime(milliseconds: 0)
    /// Where the chain stood when it was read last.
    private(set) var chain: ChainState?
    private let identities: [IdentityDocument]
    /// The hash of the last event that was read: that of ``chain``, or of one that another process wrote meanwhile.
    private var head: String?
    private var position: UInt64?
    private var hasReadOld = false

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
        if !hasReadOld {
            // A chain of keys that were rotated ends; its last questions and alerts still count.
            for old in identities.dropLast() {
                guard let ended = try store.chain(old.agentID.text) else { continue }
                try read(old, store, since: first, upTo: ended)
                (head, position) = (nil, nil)
            }
            hasReadOld = true
        }
        guard let current = try store.chain(document.agentID.text) else {
            guard chain == nil else { throw GateError(.journalBroken, "the gate's chain is gone") }
            return
        }
        guard current != chain else { return }
        let since = chain == nil ? first : nil
        try read(document, store, since: since, upTo: current)
        chain = current
    }

    /// - Parameter state: where the chain stood before; what is read reaches at least so far.
    private mutating func read(
        _ document: IdentityDocument, _ store: any RecordStore & RecordIndex, since: UTCTime?, upTo state: ChainState
    ) throws {
        var isReached = head.map { $0.utf8.elementsEqual(state.head.utf8) } ?? false
        var isMoved = false
        var seal: StoredRecord?
        var query = RecordQuery(
            agent: document.agentID.text, from: since?.milliseconds, after: position, limit: 1000)
        while true {
            let page = try store.records(query)
            for record in page {
                if record.kind == BatchSeal.type { seal = record }
                guard record.kind == BatchEvent.version else { continue }
                let event = try BatchEvent(decoding: record.bytes)
                guard head.map({ $0.utf8.elementsEqual(event.previousHash.utf8) }) ?? true else {
                    throw GateError(
                        .journalBroken, "event \(record.sequence ?? 0) of the gate's chain does not follow the one before")
                }
                head = event.hash
                isMoved = true
                isReached = isReached || event.hash.utf8.elementsEqual(state.head.utf8)
                // The end of a chain whose keys were rotated says nothing about decisions, nor does what else was stamped.
                guard RoomEvent.gate.isOne(event.payload) else { continue }
                try apply(Self.gateEvent(event), DecisionID(event.hash), at: UTCTime(milliseconds: record.time))
            }
            position = page.last?.position ?? position
            guard page.count == query.limit else { break }
            query.after = position
        }
        guard isReached || since.map({ state.timestamp < $0.seconds }) ?? false else {
            throw GateError(.journalBroken, "the latest events of the gate's chain are not in the store")
        }
        guard isMoved, let head else { return }
        guard let seal,
            try BatchSeal.verify(UnverifiedRecord(decoding: seal.bytes), by: document).claims.head.utf8.elementsEqual(head.utf8)
        else { throw GateError(.journalBroken, "the gate's chain ends with events that nobody signed") }
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
    mutating func advance(to chain: ChainState, position: UInt64) {
        self.chain = chain
        head = chain.head
        self.position = position
    }
}

extension GateError.Reason {
    /// The stored chain of the gate is not what the gate signed.
    public static let journalBroken = Self(rawValue: "gate.journal_broken")
}
