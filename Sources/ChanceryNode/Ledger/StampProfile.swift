/// How events are signed. A chain keeps the profile of its first event.
public enum StampProfile: String, Sendable, CaseIterable {
    /// Ed25519 and ML-DSA-65 on every event: the default.
    case aiss21 = "aiss-2.1"
    /// One hybrid signature over a Merkle root of many events.
    case batch
    /// Ed25519 alone. Not post-quantum; only when it is named.
    case aiss1 = "aiss-1"

    /// Whether a quantum computer is known to break the signatures.
    public var isClassical: Bool { self == .aiss1 }
}

/// What an acknowledged event got.
public struct StampReceipt: Sendable, Equatable {
    /// The leaf index in the log.
    public let position: UInt64
    /// The place in the agent's chain.
    public let sequence: Int
    /// The event's hash in hex.
    public let hash: String
    public let agentID: String
}
