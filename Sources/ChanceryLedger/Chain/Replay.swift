/// A nonce that its agent had used before.
public struct Replay: Sendable, Equatable {
    public let nonce: String
    /// The place of the later use in the list.
    public let index: Int

    /// Every use of a nonce after its first by the same agent, in order; never forgotten, however far apart in time.
    /// Linear in the events.
    public static func find(in events: [Event]) -> [Replay] {
        find(among: events.map { ($0.agentID.text, $0.nonce) })
    }

    /// The replays among uses; nil is an event without a nonce.
    static func find(among uses: [(agent: String, nonce: String)?]) -> [Replay] {
        struct Use: Hashable {
            let agent: [UInt8]
            let nonce: [UInt8]
        }
        var seen: Set<Use> = []
        seen.reserveCapacity(uses.count)
        var replays: [Replay] = []
        for (index, use) in uses.enumerated() {
            guard let use else { continue }
            if !seen.insert(Use(agent: Array(use.agent.utf8), nonce: Array(use.nonce.utf8))).inserted {
                replays.append(Replay(nonce: use.nonce, index: index))
            }
        }
        return replays
    }
}
