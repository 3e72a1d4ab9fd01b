/// The trust stability index as version 1.10.0 of the reference computes it: every call is another snapshot.
///
/// For comparison only. Source: reference 3.2.
public struct ReferenceStability: Sendable {
    public struct Reading: Sendable, Equatable {
        public let state: String
        public let delta24h: Double?
        public let delta7d: Double?
        public let deviation: Double?
        /// Mean and standard deviation with the new score.
        public let mean: Double
        public let spread: Double?
        public let snapshots: Int
        public let unstableSince: Int64?
        /// How many rules spoke.
        public let reasons: Int
    }

    private static let day: Int64 = 86_400
    private var snapshots: [(time: Int64, score: Double)]
    private var state = "STABLE"
    private var unstableSince: Int64?

    /// Begins with scores that were taken before, oldest first.
    public init(prior: [(time: Int64, score: Double)] = []) {
        snapshots = prior.map { (ReferenceFacts.clamped($0.time), $0.score) }
    }

    public mutating func take(_ score: Double, at time: Int64) -> Reading {
        let time = ReferenceFacts.clamped(time)
        let rounded = PythonRounding.fourDecimals
        snapshots.removeAll { $0.time < time - 30 * Self.day }
        let before = snapshots.map(\.score)
        let delta24h = difference(score, at: time, age: Self.day)
        let delta7d = difference(score, at: time, age: 7 * Self.day)
        var deviation: Double?
        if let spread = Self.spread(before), spread > 0 {
            deviation = rounded((score - Self.mean(before)).magnitude / spread)
        }
        let (next, reasons) = judge(delta24h ?? 0, deviation ?? 0, time)
        if state == "STABLE", next == "UNSTABLE" || next == "CRITICAL" { unstableSince = time }
        if next == "STABLE" { unstableSince = nil }
        state = next
        snapshots.append((time, score))
        let after = before + [score]
        return Reading(
            state: next, delta24h: delta24h, delta7d: delta7d, deviation: deviation, mean: rounded(Self.mean(after)),
            spread: Self.spread(after).map(rounded), snapshots: after.count, unstableSince: unstableSince, reasons: reasons)
    }

    private func difference(_ score: Double, at time: Int64, age: Int64) -> Double? {
        let latest = time - age
        return snapshots.last { $0.time <= latest }.map { PythonRounding.fourDecimals(score - $0.score) }
    }

    private func judge(_ delta: Double, _ deviation: Double, _ time: Int64) -> (state: String, reasons: Int) {
        if state == "UNSTABLE", let unstableSince,
            time - unstableSince > 48 * 3600
        {
            return ("CRITICAL", 1)
        }
        let severe = [delta < -0.15, deviation > 3].count { $0 }
        if severe > 0 { return ("UNSTABLE", severe) }
        return delta < -0.08 || deviation > 1.8 ? ("WATCH", 1) : ("STABLE", 0)
    }

    private static func mean(_ scores: [Double]) -> Double {
        scores.isEmpty ? 0 : scores.reduce(0, +) / Double(scores.count)
    }

    /// The sample standard deviation; nil below two scores.
    private static func spread(_ scores: [Double]) -> Double? {
        guard scores.count > 1 else { return nil }
        let mean = mean(scores)
        let squares = scores.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(scores.count - 1)).squareRoot()
    }

    /// What the state weighs in the risk score.
    public static func weight(_ state: String) -> Double {
        switch state {
        case "STABLE": 0
        case "WATCH": 0.25
        default: 1
        }
    }
}
