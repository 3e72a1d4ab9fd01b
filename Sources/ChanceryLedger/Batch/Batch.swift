public import ChancerySuite
public import ChanceryWire

/// Collects events of one agent until they are sealed.
public struct Batch: Sendable {
    public let agentID: AgentID
    public let firstSequence: Int
    public let previousHead: String
    public private(set) var events: [BatchEvent] = []
    private var tree = MerkleFrontier()

    /// `head` is the hash of the agent's last event, or what its genesis names.
    public init(agentID: AgentID, firstSequence: Int, head: String) {
        self.agentID = agentID
        self.firstSequence = firstSequence
        previousHead = head
    }

    public var count: Int { events.count }
    public var head: String { events.last?.hash ?? previousHead }
    public var isFull: Bool { events.count >= BatchSeal.maximumCount }

    /// Appends the next event.
    public mutating func add(_ payload: JSONObject, timestamp: Int64, nonce: String) throws(LedgerError) {
        try add([payload], timestamp: timestamp, nonces: [nonce])
    }

    /// Appends events in order, all or none.
    ///
    /// Only the links go from event to event; payloads are encoded and leaves hashed on all cores.
    ///
    /// - Parameter nonces: one per payload.
    public mutating func add(_ payloads: [JSONObject], timestamp: Int64, nonces: [String]) throws(LedgerError) {
        guard payloads.count <= BatchSeal.maximumCount - events.count else {
            throw LedgerError(.sealMalformed, "a batch holds at most \(BatchSeal.maximumCount) events")
        }
        guard nonces.count == payloads.count else {
            throw LedgerError(.batchEventMalformed, "\(payloads.count) events need as many nonces, found \(nonces.count)")
        }
        let encoded = try Parallel.map(
            payloads,
            throwing: { (_, payload) throws(LedgerError) in
                try BatchEvent.canonical(payload)
            })
        var added: [BatchEvent] = []
        added.reserveCapacity(payloads.count)
        for (index, payload) in payloads.enumerated() {
            added.append(
                try BatchEvent(
                    agentID: agentID, timestamp: timestamp, nonce: nonces[index], payload: payload,
                    canonicalPayload: encoded[index], previousHash: added.last?.hash ?? head))
        }
        let first = firstSequence + events.count
        for leaf in Parallel.map(added, { (index, event) in event.leaf(at: first + index) }) { tree.append(leaf) }
        events += added
    }

    /// The root over the events so far.
    public var root: Digest256 { tree.root }
}

extension BatchSeal {
    /// Checks that `events` are exactly the batch under this seal, linked and in order.
    ///
    /// - Throws: `ledger.seal_mismatch` or `ledger.link_broken`, with the index of the event inside the batch.
    public func verify(_ events: [BatchEvent]) throws(LedgerError) {
        guard events.count == claims.count else {
            throw LedgerError(.sealMismatch, "the seal covers \(claims.count) events, found \(events.count)")
        }
        var head = claims.previousHead
        var tree = MerkleFrontier()
        var time: Int64 = 0
        for (index, event) in events.enumerated() {
            guard event.agentID == claims.agentID, event.previousHash == head else {
                throw LedgerError(.sealMismatch, "the event is not linked to the one before it", index: index)
            }
            guard event.timestamp >= time else {
                throw LedgerError(.timeDecreases, "the event is older than the one before it", index: index)
            }
            time = event.timestamp
            head = event.hash
            tree.append(event.leaf(at: claims.firstSequence + index))
        }
        guard head == claims.head, tree.root == claims.root else {
            throw LedgerError(.sealMismatch, "the events do not have the seal's root")
        }
    }
}
