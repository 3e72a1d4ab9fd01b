/// What the reference's chain functions say about a list of events. They live with the ledger, so the caller asks them.
public struct ReferenceChainFacts: Sendable, Equatable {
    /// Whether its check of links accepts the list.
    public let isLinked: Bool
    /// How many forks it finds.
    public let forks: Int
    /// How many replayed nonces it finds.
    public let replays: Int

    public init(isLinked: Bool, forks: Int, replays: Int) {
        self.isLinked = isLinked
        self.forks = max(0, forks)
        self.replays = max(0, replays)
    }

    /// 0.4 · min(1, forks/3) + 0.4 · min(1, replays/2). Broken links and times are lost in the reference.
    public var score: Double {
        PythonRounding.fourDecimals(
            min(1, 0.4 * min(1, Double(forks) / 3) + 0.4 * min(1, Double(replays) / 2)))
    }

    /// One word for each fork and replay.
    public var anomalies: [String] {
        Array(repeating: "fork", count: forks) + Array(repeating: "replay", count: replays)
    }
}
