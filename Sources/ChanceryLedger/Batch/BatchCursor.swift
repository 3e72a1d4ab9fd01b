internal import ChanceryWire

/// Verifies a batch chain seal after seal: the one set of rules behind ingest, export verification and audit.
///
/// The rules (L3): every seal names the identity and the genesis of the chain and follows the seal before it; the
/// events are exactly those under the seal; time never decreases, across seals too; no nonce twice; a key rotation
/// carries its four signatures and ends the chain.
public struct BatchCursor: Sendable {
    public let identity: IdentityDocument
    /// What the first event names as its predecessor.
    public let genesis: String
    /// The latest seal; nil before the first.
    public private(set) var seal: BatchSeal?
    /// Events so far.
    public private(set) var count = 0
    /// The hash of the last event, or the genesis.
    public private(set) var head: String
    /// The time of the last event, Unix seconds.
    public private(set) var timestamp: Int64 = 0
    /// Whether the last event was a key rotation.
    public private(set) var hasEnded = false
    private var nonces: Set<String> = []

    /// A cursor before the first seal of a chain that begins at its genesis or at a rotation.
    public init(_ identity: IdentityDocument, start: ChainStart = .genesis) {
        self.identity = identity
        genesis =
            switch start {
            case .genesis: EventProfile.aiss21.genesisHash(of: identity.agentID, classicalKey: [])
            case .rotation(let hash), .excerpt(let hash): hash
            }
        head = genesis
    }

    /// Verifies the next seal with its events and moves past both; the cursor does not move when it throws.
    ///
    /// - Parameter seal: verified against ``identity``.
    /// - Throws: the first rule that is broken, with the 0-based index of the event in the chain where one is at fault.
    public mutating func append(_ next: BatchSeal, _ events: [BatchEvent]) throws(LedgerError) {
        guard next.claims.genesis.utf8.elementsEqual(genesis.utf8) else {
            throw LedgerError(.genesisMismatch, "the seals name another start of the chain")
        }
        try next.requireFollows(seal)
        try next.verify(events)
        try check(events)
        for event in events { nonces.insert(event.nonce) }
        if let last = events.last {
            count += events.count
            head = last.hash
            timestamp = last.timestamp
            hasEnded = last.isRotation
        }
        seal = next
    }

    /// The rules between the events, beyond their links.
    private func check(_ events: [BatchEvent]) throws(LedgerError) {
        var (time, hasEnded) = (timestamp, hasEnded)
        var used: Set<String> = []
        for (offset, event) in events.enumerated() {
            let index = count + offset
            guard !hasEnded else { throw LedgerError(.chainEnded, "the chain ended with a key rotation", index: index) }
            guard event.timestamp >= time else {
                throw LedgerError(.timeDecreases, "time \(event.timestamp) lies before \(time)", index: index)
            }
            guard !nonces.contains(event.nonce), used.insert(event.nonce).inserted else {
                throw LedgerError(.nonceReplayed, "nonce `\(event.nonce)` was used before", index: index)
            }
            if event.isRotation {
                _ = try HybridRotation(verifying: event.payload["attestation"] ?? .null, of: identity.aissIdentity())
                hasEnded = true
            }
            time = event.timestamp
        }
    }
}

extension BatchEvent {
    /// Whether the event ends its chain.
    public var isRotation: Bool { eventType?.utf8.elementsEqual(RotationEvent.eventType.utf8) ?? false }
}
