/// The scores of 30 days, one for each hour in which the agent was active. Asking adds none.
///
/// Mean and spread need only sums for each day; single hours are kept as long as a fall within 24 hours needs them.
package struct TrustBaseline: Sendable, Equatable {
    struct Hour: Sendable, Equatable {
        /// Hours since 1970.
        let hour: Int64
        let score: Int64
    }

    struct Day: Sendable, Equatable {
        /// Days since 1970.
        let day: Int64
        var count: Int64 = 0
        var sum: Int64 = 0
        var squares: Int64 = 0
        /// The score of its last hour.
        var last: Int64 = 0
    }

    /// How one score compares with those before it.
    package struct Measure: Sendable, Equatable {
        /// Against the newest score at least 24 hours old.
        var delta24h: Int64?
        /// Against the last score of the newest day at least 7 days old.
        var delta7d: Int64?
        /// How many standard deviations the score lies below the mean, in millionths; negative above it.
        var deviation: Int64?

        package init(delta24h: Int64? = nil, delta7d: Int64? = nil, deviation: Int64? = nil) {
            self.delta24h = delta24h
            self.delta7d = delta7d
            self.deviation = deviation
        }
    }

    static let days: Int64 = 30
    /// Spreads below 0.03 count as 0.03: the score of a steady agent moves by that without any meaning.
    static let smallestSpread: Int64 = 30_000

    // Invariant: ascending; of hours at least 24 older than the newest, only one.
    private(set) var hours: [Hour] = []
    // Invariant: ascending, at most 30, none 30 days or more before the newest.
    private(set) var recentDays: [Day] = []

    var count: Int64 { recentDays.reduce(0) { $0 + $1.count } }

    /// `hour` is later than every hour before.
    package func measure(_ score: Int64, at hour: Int64) -> Measure {
        var measure = Measure()
        if let before = hours.last(where: { $0.hour <= hour - 24 }), before.hour > hour - 24 * Self.days {
            measure.delta24h = score - before.score
        }
        let day = hour / 24
        let window = recentDays.filter { $0.day > day - Self.days }
        measure.delta7d = window.last { $0.day <= day - 7 }.map { score - $0.last }
        measure.deviation = Self.deviation(of: score, from: window)
        return measure
    }

    /// (mean − score) / max(sample standard deviation, 0.03), where there are two scores that differ.
    private static func deviation(of score: Int64, from window: [Day]) -> Int64? {
        // At most 720 scores: sums stay below 2^30, squares below 2^50, their products below 2^60.
        let count = window.reduce(0) { $0 + $1.count }
        guard count >= 2 else { return nil }
        let sum = window.reduce(0) { $0 + $1.sum }
        let spread = count * window.reduce(0) { $0 + $1.squares } - sum * sum
        guard spread > 0 else { return nil }
        let deviation = max(squareRoot(spread / (count * (count - 1))), smallestSpread)
        return (sum - count * score) * 1_000_000 / (count * deviation)
    }

    /// The largest integer whose square is at most `number`.
    package static func squareRoot(_ number: Int64) -> Int64 {
        var root: Int64 = 0
        var bit: Int64 = 1 << 30
        while bit > 0 {
            let next = root | bit
            if next * next <= number { root = next }
            bit >>= 1
        }
        return root
    }

    package mutating func add(_ score: Int64, at hour: Int64) {
        hours.append(Hour(hour: hour, score: score))
        if let newestOld = hours.lastIndex(where: { $0.hour <= hour - 24 }) { hours.removeFirst(newestOld) }
        let day = hour / 24
        if recentDays.last?.day != day {
            recentDays.append(Day(day: day))
            recentDays.removeAll { $0.day <= day - Self.days }
        }
        let last = recentDays.count - 1
        recentDays[last].count += 1
        recentDays[last].sum += score
        recentDays[last].squares += score * score
        recentDays[last].last = score
    }

    package init() {}

    /// Nil where a watch cannot have written the values.
    init?(hours: [Hour], days: [Day]) {
        let scores = Int64(0)...1_000_000
        let time = Int64(0)...ObservedEvent.latestTime / 3600
        let dayRange = Int64(0)...ObservedEvent.latestTime / 86_400
        let isSound =
            hours.count <= 25 && hours.allSatisfy { time.contains($0.hour) && scores.contains($0.score) }
            && zip(hours, hours.dropFirst()).allSatisfy { $0.hour < $1.hour }
            && days.count <= Self.days && zip(days, days.dropFirst()).allSatisfy { $0.day < $1.day }
            && days.allSatisfy {
                dayRange.contains($0.day) && (1...24).contains($0.count) && scores.contains($0.last)
                    && (0...$0.count * 1_000_000).contains($0.sum) && (0...$0.count * 1_000_000_000_000).contains($0.squares)
                    && $0.sum * $0.sum <= $0.count * $0.squares
            }
            && (days.last.map { $0.day - days[0].day < Self.days } ?? true)
            && hours.last.map { $0.hour / 24 } == days.last?.day
        guard isSound else { return nil }
        self.hours = hours
        recentDays = days
    }
}
