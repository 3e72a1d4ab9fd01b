internal import ChanceryOracle
package import ChanceryWire

/// How fast a custodian answers others who ask what they missed: each answer reads up to a mebibyte of the log and sends it, and the
/// rounds of evaluations wait meanwhile.
///
/// Each of the others gets sixty answers at once and one a second after that. A question beyond that is not lost: the last one waits until
/// its turn comes.
package struct AnswerPace: Sendable {
    /// Answers at once, and in a minute.
    package static let perMinute: Int64 = 60

    private var buckets: [Int: (tokens: TokenBucket, asked: UTCTime)] = [:]
    private var waiting: [Int: MissedClaims.Place] = [:]

    package init() {}

    /// Whether a question is answered now; it waits otherwise.
    package mutating func take(_ place: MissedClaims.Place, of party: Int, at now: UTCTime) -> Bool {
        // Where the clock was set back nothing would come in until it is where it was.
        let known = buckets[party].flatMap { $0.asked <= now ? $0.tokens : nil }
        var bucket = known ?? TokenBucket(capacity: Self.perMinute, at: now)
        let isNow = bucket.tokens(at: now) > 0
        if isNow { bucket.take(1, at: now) }
        buckets[party] = (bucket, now)
        waiting[party] = isNow ? nil : place
        return isNow
    }

    /// The question that waited, when its turn has come.
    package mutating func next(of party: Int, at now: UTCTime) -> MissedClaims.Place? {
        guard let place = waiting[party], take(place, of: party, at: now) else { return nil }
        return place
    }
}
