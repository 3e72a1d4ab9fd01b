internal import ChancerySuite
internal import ChanceryWire

/// An event that passed every rule of its chain, signatures included.
public struct VerifiedEvent: Sendable {
    public let event: Event
    /// The 0-based place in its chain, or in the excerpt.
    public let index: Int

    init(_ event: Event, index: Int) {
        self.event = event
        self.index = index
    }
}

/// A chain whose every event was verified. It says nothing about events after its head: only a checkpoint can.
public struct VerifiedChain: Sendable {
    public let identity: AgentIdentity
    /// What the first event was held against; only ``ChainStart/excerpt(after:)`` is incomplete.
    public let start: ChainStart
    public let events: [VerifiedEvent]
    /// Nil for an empty chain.
    public let position: ChainPosition?

    public var count: Int { events.count }
    /// The hash of the last event.
    public var head: String? { position?.head }
    /// Whether nothing is missing before the first event.
    public var startsAtGenesis: Bool { if case .excerpt = start { false } else { true } }
    /// The key rotation that ended the chain, if one did.
    public var rotation: RotationEvent? {
        events.last.flatMap { RotationEvent.isRotation($0.event) ? try? RotationEvent($0.event, of: identity) : nil }
    }
    /// The reference's `chain_integrity_hash`: SHA-256 over the hexadecimal event hashes one after the other.
    public var chainHash: String { ChainHash.of(events.lazy.map(\.event.hash)) }

    init(_ identity: AgentIdentity, _ start: ChainStart, _ events: [VerifiedEvent], _ position: ChainPosition?) {
        self.identity = identity
        self.start = start
        self.events = events
        self.position = position
    }
}

/// What strict verification answers. A refusal is a result, not an error.
public enum ChainVerdict: Sendable {
    case valid(VerifiedChain)
    /// Every finding in the order of the events, at most ``ChainVerifier/maximumFindings``.
    case invalid([LedgerError])

    public var chain: VerifiedChain? { if case .valid(let chain) = self { chain } else { nil } }
    public var findings: [LedgerError] { if case .invalid(let findings) = self { findings } else { [] } }

    /// The chain, or the first finding as an error.
    public func get() throws(LedgerError) -> VerifiedChain {
        switch self {
        case .valid(let chain): return chain
        case .invalid(let findings): throw findings.first ?? LedgerError(.eventMalformed, "the chain was refused")
        }
    }
}

/// The hash over a chain that audit exports carry (reference 2.11).
public enum ChainHash {
    public static func of(_ hashes: some Sequence<String>) -> String {
        var hasher = SHA256Hasher()
        for hash in hashes { hasher.update(Array(hash.utf8)) }
        return Hex.encode(hasher.digest())
    }
}
