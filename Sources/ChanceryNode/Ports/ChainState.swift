/// Where the chain of one agent stands.
public struct ChainState: Sendable, Equatable {
    /// What the names of session heads start with.
    public static let sessionPrefix = "session:"
    /// The name of the row that counts what the registry holds.
    public static let registryName = "registry:"

    /// Whether a row is an agent's chain: agent ids hold no colon, other rows do.
    public static func isAgent(_ name: String) -> Bool { !name.utf8.contains(0x3a) }

    /// Events in the chain.
    public var count: Int
    /// The hash of its last event.
    public var head: String
    /// The time of its last event in seconds.
    public var timestamp: Int64
    /// The profile fixed at genesis: the `version` of its events.
    public var profile: String
    /// Whether a key rotation ended it.
    public var hasEnded: Bool
    /// Batch seals written.
    public var seals: Int
    /// The id of the last batch seal in hex; empty before the first.
    public var lastSeal: String

    public init(
        count: Int, head: String, timestamp: Int64, profile: String, hasEnded: Bool = false, seals: Int = 0,
        lastSeal: String = ""
    ) {
        self.count = count
        self.head = head
        self.timestamp = timestamp
        self.profile = profile
        self.hasEnded = hasEnded
        self.seals = seals
        self.lastSeal = lastSeal
    }
}

/// A compare-and-swap on one chain.
public struct ChainMove: Sendable, Equatable {
    public let agent: String
    /// What the caller saw; nil when the chain had not begun.
    public let expected: ChainState?
    public let new: ChainState

    public init(agent: String, from expected: ChainState?, to new: ChainState) {
        self.agent = agent
        self.expected = expected
        self.new = new
    }
    /// Refuses what no chain does: changing its profile, or getting shorter.
    ///
    /// - Throws: `node.profile_fixed`, `node.rejected`.
    package func requireGrowth() throws {
        guard let expected else { return }
        guard new.profile.utf8.elementsEqual(expected.profile.utf8) else {
            throw NodeError(
                .profileFixed, "the chain of `\(agent)` is `\(expected.profile)`; it takes no `\(new.profile)` events")
        }
        guard new.count >= expected.count, new.seals >= expected.seals, !expected.hasEnded || new.hasEnded else {
            throw NodeError(.rejected, "the chain of `\(agent)` has \(expected.count) events; it never gets shorter")
        }
    }
}
