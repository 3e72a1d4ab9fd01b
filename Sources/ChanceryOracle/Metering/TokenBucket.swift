public import ChanceryWire

/// How fast one client may ask: a bucket that holds a minute's evaluations, starts full and refills evenly.
///
/// Exact to the millisecond and without rounding: a token is 60,000 parts, and a millisecond brings as many parts as the
/// bucket has tokens. Source: QuorumVM's rate limiter (capacity tokens, capacity/60 per second).
public struct TokenBucket: Sendable, Hashable {
    static let parts: Int64 = 60_000
    public static let capacities: ClosedRange<Int64> = 1...1_000_000

    public let capacity: Int64
    private var filled: Int64
    private var since: UTCTime

    /// A full bucket. `capacity` is brought into 1…1,000,000.
    public init(capacity: Int64, at now: UTCTime) {
        self.capacity = min(max(capacity, Self.capacities.lowerBound), Self.capacities.upperBound)
        filled = self.capacity * Self.parts
        since = now
    }

    /// A bucket as it was: `parts` of 1/60,000 of a token at `since`.
    init(capacity: Int64, parts: Int64, since: UTCTime) {
        self.init(capacity: capacity, at: since)
        filled = min(max(parts, 0), self.capacity * Self.parts)
    }

    /// What ``init(capacity:parts:since:)`` takes.
    var content: (parts: Int64, since: UTCTime) { (filled, since) }

    /// Whole tokens at `now`. A clock that goes back brings none and takes none.
    public func tokens(at now: UTCTime) -> Int64 { fill(at: now) / Self.parts }

    /// Takes `count` tokens; as many as there are when there are fewer.
    public mutating func take(_ count: Int64, at now: UTCTime) {
        let fill = fill(at: now)
        filled = fill - min(max(count, 0), fill / Self.parts) * Self.parts
        since = max(since, now)
    }

    /// Tokens of the bucket's parts at `now`.
    private func fill(at now: UTCTime) -> Int64 {
        // After a minute it is full, so neither product can overflow.
        let elapsed = min(max(now.milliseconds - since.milliseconds, 0), Self.parts)
        return min(filled + elapsed * capacity, capacity * Self.parts)
    }
}
