/// The times of an agent's last 64 events, for comparison with those of others.
package struct EventTimes: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        private let packed: UInt64
        package let index: UInt64

        package init(time: Int64, isTimestamped: Bool, index: UInt64) {
            packed = UInt64(time) << 1 | (isTimestamped ? 1 : 0)
            self.index = index
        }

        var time: Int64 { Int64(packed >> 1) }
        package var isTimestamped: Bool { packed & 1 == 1 }
    }

    static let limit = 64

    // Invariant: a ring once it is full; `next` is then the oldest.
    private var ring: [Entry] = []
    private var next = 0

    package mutating func add(_ entry: Entry) {
        if ring.count < Self.limit {
            ring.append(entry)
        } else {
            ring[next] = entry
            next = (next + 1) % Self.limit
        }
    }

    /// Oldest first; times never fall.
    package var entries: [Entry] { Array(ring[next...] + ring[..<next]) }

    /// From when on no event is missing.
    package var completeSince: Int64 { ring.count < Self.limit ? 0 : ring[next].time }

    package init() {}

    /// Nil where a watch cannot have written the entries.
    init?(_ entries: [Entry]) {
        guard entries.count <= Self.limit, entries.allSatisfy({ $0.time <= ObservedEvent.latestTime }),
            zip(entries, entries.dropFirst()).allSatisfy({ $0.time <= $1.time })
        else { return nil }
        ring = entries
    }

    /// Equal when the entries are, wherever the ring begins.
    package static func == (left: EventTimes, right: EventTimes) -> Bool { left.entries == right.entries }
}
