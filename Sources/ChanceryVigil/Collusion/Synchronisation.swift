/// How far the events of two agents coincide.
package struct Synchronisation: Sendable, Equatable {
    /// Share of the smaller side's events that have a partner, at most one.
    package let correlation: Millionths
    /// Whether every event looked at had a timestamp.
    let isAnchored: Bool
    /// The log indexes of the agent's own matched events, ascending.
    package let matched: [UInt64]

    static let window: Int64 = 48 * 3600
    static let tolerance: Int64 = 5
    static let fewest = 3

    /// Compares the events of the 48 hours that end with `now`, but no further back than both sides remember all.
    /// Each event has at most one partner within 5 seconds. Nil with fewer than three events on a side.
    package init?(_ own: EventTimes, _ peer: EventTimes, at now: Int64) {
        let start = max(now - Self.window, own.completeSince, peer.completeSince)
        let mine = own.entries.filter { $0.time >= start && $0.time <= now }
        let theirs = peer.entries.filter { $0.time >= start && $0.time <= now }
        guard mine.count >= Self.fewest, theirs.count >= Self.fewest else { return nil }
        var matched: [UInt64] = []
        var place = 0
        for entry in mine {
            while place < theirs.count, theirs[place].time < entry.time - Self.tolerance { place += 1 }
            guard place < theirs.count else { break }
            if theirs[place].time <= entry.time + Self.tolerance {
                matched.append(entry.index)
                place += 1
            }
        }
        correlation = .ratio(UInt64(matched.count), of: UInt64(min(mine.count, theirs.count)))
        isAnchored = (mine + theirs).allSatisfy(\.isTimestamped)
        self.matched = matched
    }
}
