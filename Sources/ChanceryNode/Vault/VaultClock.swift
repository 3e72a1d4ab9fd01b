internal import ChanceryWire

/// What counts as now in a vault: the clock's word, but never before what was seen already, and from there on never slower than
/// this machine runs. A clock that is ahead once, or is set back, neither turns time back nor makes it stand still: leases and
/// windows end as long as they were meant to last.
struct VaultClock: Sendable {
    private var seen = UTCTime(milliseconds: 0)
    /// Milliseconds since this machine started, when that was seen.
    private var since: Int64 = 0

    func time(_ now: UTCTime, at monotonic: Int64) -> UTCTime { max(now, ran(to: monotonic)) }

    /// An event says that it was `time` already.
    mutating func saw(_ time: UTCTime, at monotonic: Int64) {
        guard time > ran(to: monotonic) else { return }
        (seen, since) = (time, monotonic)
    }

    /// It was `time` at the moment `since`, perhaps before this machine started anew: then less is counted than went by, and
    /// never more.
    mutating func saw(_ time: UTCTime, since: Int64, at monotonic: Int64) {
        saw(Self.add(time, since, monotonic), at: monotonic)
    }

    private func ran(to monotonic: Int64) -> UTCTime { Self.add(seen, since, monotonic) }

    private static func add(_ time: UTCTime, _ since: Int64, _ monotonic: Int64) -> UTCTime {
        let (elapsed, overflow) = monotonic.subtractingReportingOverflow(since)
        guard !overflow, elapsed > 0 else { return time }
        let (sum, isBeyond) = time.milliseconds.addingReportingOverflow(elapsed)
        return isBeyond ? time : UTCTime(milliseconds: sum)
    }
}
