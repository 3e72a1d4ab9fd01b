/// When something was used lately: a sliding window, exact to the millisecond.
///
/// A use at `t` counts at `now` against a limit of `s` seconds while `now - t < 1000 s`. A use that lies in the future, because
/// the clock went back, counts. The newest 65,536 uses of the last day are kept, so that every possible limit is decided exactly.
public struct RateWindow: Sendable, Equatable {
    static let capacity = Int(RateLimit.mostUses)

    /// Milliseconds since 1970, ascending.
    private(set) var times: [Int64] = []

    public init() {}

    init(times: [Int64]) { self.times = times }

    /// Uses that count at `now` against a limit of `seconds`.
    public func count(within seconds: Int64, at now: Int64) -> Int {
        times.count - Self.firstIndex(in: times, after: now.subtractingWithoutOverflow(seconds.millisecondsClamped))
    }

    /// Whether one more use at `now` stays within `limit`.
    public func allows(_ limit: RateLimit, at now: Int64) -> Bool {
        count(within: limit.seconds, at: now) < Int(limit.uses)
    }

    /// Counts a use at `now`.
    public mutating func record(at now: Int64) {
        forget(before: now)
        times.insert(now, at: Self.firstIndex(in: times, after: now))
        if times.count > Self.capacity { times.removeFirst(times.count - Self.capacity) }
    }

    /// Drops what no limit can ask for at `now`.
    mutating func forget(before now: Int64) {
        let end = now.subtractingWithoutOverflow(RateLimit.longestSeconds.millisecondsClamped)
        times.removeFirst(Self.firstIndex(in: times, after: end))
    }

    /// The index of the first time that is greater than `bound`.
    private static func firstIndex(in times: [Int64], after bound: Int64) -> Int {
        var (low, high) = (0, times.count)
        while low < high {
            let middle = (low + high) / 2
            if times[middle] > bound { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension Int64 {
    fileprivate func subtractingWithoutOverflow(_ other: Int64) -> Int64 {
        let (difference, overflow) = subtractingReportingOverflow(other)
        return overflow ? (other > 0 ? .min : .max) : difference
    }

    fileprivate var millisecondsClamped: Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: 1000)
        return overflow ? .max : product
    }
}
