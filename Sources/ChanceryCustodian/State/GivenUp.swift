package import ChanceryWire

/// Indices of one block that a custodian gives up: whoever ordered them had more made than there is room for.
package struct GivenUp: Sendable {
    /// What is given up within so many seconds of its making is held against whoever ordered it, unless it was used.
    package static let soonSeconds: Int64 = 60
    /// So long after a block was made here the others tell of it, if they have it.
    package static let toldSeconds: Int64 = 3

    /// Ascending.
    package let indices: [Range<UInt64>]
    private let since: UTCTime

    /// The lowest of a block's free indices, `most` of them at most; nil where none is free.
    ///
    /// - Parameters:
    ///   - free: ascending.
    ///   - since: when the block was made.
    package init?(_ most: Int, of block: Range<UInt64>, free: [Range<UInt64>], madeAt since: UTCTime) {
        var left = most
        var indices: [Range<UInt64>] = []
        for range in free where left > 0 && range.overlaps(block) {
            let held = range.clamped(to: block)
            let part = held.lowerBound..<held.lowerBound + UInt64(min(held.count, left))
            indices.append(part)
            left -= part.count
        }
        guard !indices.isEmpty else { return nil }
        (self.indices, self.since) = (indices, since)
    }

    package var count: Int { indices.reduce(0) { $0 + $1.count } }

    /// Whether they are given up soon although nobody used them, so that whoever ordered them orders for nothing.
    ///
    /// Where more than `corruptions` others told, when they had had time for it, that most of these are not free any more, one of them is
    /// honest and had them used: this custodian is late. What was made a moment ago nobody can have told of.
    ///
    /// - Parameter told: what each of the others told last as free, and when.
    package func isHasty(
        at now: UTCTime, told: [(free: [Range<UInt64>], heard: UTCTime)], corruptions: Int
    ) -> Bool {
        guard now < since.advanced(bySeconds: Self.soonSeconds) else { return false }
        let users = told.count { other in
            other.heard >= since.advanced(bySeconds: Self.toldSeconds) && 2 * held(by: other.free) <= count
        }
        return users <= corruptions
    }

    private func held(by free: [Range<UInt64>]) -> Int {
        indices.reduce(0) { sum, part in
            sum + free.reduce(0) { $0 + ($1.overlaps(part) ? $1.clamped(to: part).count : 0) }
        }
    }
}
