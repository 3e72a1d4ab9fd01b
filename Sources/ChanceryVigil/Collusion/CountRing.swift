/// Counts for each of the latest `size` hours or days.
package struct CountRing: Sendable, Equatable {
    /// The newest hour or day with a count.
    private(set) var newest: Int64 = 0
    private var counts: [UInt32]

    package init(size: Int) { counts = Array(repeating: 0, count: size) }

    private var size: Int64 { Int64(counts.count) }

    /// `slot` is not earlier than any before.
    package mutating func add(_ count: UInt32 = 1, at slot: Int64) {
        if slot > newest {
            if slot - newest >= size {
                for index in counts.indices { counts[index] = 0 }
            } else {
                for passed in (newest + 1)...slot { counts[Int(passed % size)] = 0 }
            }
            newest = slot
        }
        let (sum, overflow) = counts[Int(slot % size)].addingReportingOverflow(count)
        counts[Int(slot % size)] = overflow ? .max : sum
    }

    /// Adds everything that another ring of the same size holds.
    mutating func add(_ other: CountRing) {
        guard let last = other.entries.last else { return }
        add(0, at: max(newest, last.slot))
        for (slot, count) in other.entries where slot > newest - size {
            let (sum, overflow) = counts[Int(slot % size)].addingReportingOverflow(count)
            counts[Int(slot % size)] = overflow ? .max : sum
        }
    }

    /// The counts of the `size` slots that end with `slot`, which is not earlier than any added.
    package func total(endingAt slot: Int64) -> UInt64 {
        guard slot - newest < size else { return 0 }
        guard slot > newest else { return counts.reduce(0) { $0 + UInt64($1) } }
        return ((slot - size + 1)...newest).reduce(0) { $0 + ($1 < 0 ? 0 : UInt64(counts[Int($1 % size)])) }
    }

    /// What is not zero, oldest first.
    package var entries: [(slot: Int64, count: UInt32)] {
        (max(0, newest - size + 1)...newest).compactMap {
            let count = counts[Int($0 % size)]
            return count > 0 ? ($0, count) : nil
        }
    }

    /// Nil where `entries` are not ascending, not within `size` or beyond `latest`.
    init?(size: Int, entries: [(slot: Int64, count: UInt32)], latest: Int64) {
        self.init(size: size)
        guard let newest = entries.last?.slot else { return }
        var previous: Int64 = -1
        for (slot, count) in entries {
            guard slot > previous, slot <= latest, slot > newest - Int64(size), count > 0 else { return nil }
            add(count, at: slot)
            previous = slot
        }
    }
}
