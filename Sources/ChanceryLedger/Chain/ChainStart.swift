/// Where the first event of a list must continue from.
public enum ChainStart: Sendable, Equatable {
    /// A complete chain: the first event carries the genesis hash of its identity.
    case genesis
    /// A complete chain of rotated keys: the first event continues the rotation event with this hash.
    case rotation(hash: String)
    /// Part of a chain: the events follow the event with this hash. Proves nothing about what came before.
    case excerpt(after: String)
}

/// Where a chain stands: all that a store keeps of it in order to continue.
public struct ChainPosition: Sendable, Equatable {
    /// Events so far.
    public let count: Int
    /// The hash of the last event.
    public let head: String
    /// The time of the last event, Unix seconds.
    public let timestamp: Int64
    /// The version of the last event.
    public let profile: EventProfile
    /// Whether the last event was a key rotation, after which nothing follows.
    public let hasEnded: Bool

    public init(count: Int, head: String, timestamp: Int64, profile: EventProfile, hasEnded: Bool) {
        self.count = count
        self.head = head
        self.timestamp = timestamp
        self.profile = profile
        self.hasEnded = hasEnded
    }
}
