/// Counts events of an agent over time. Times that lie ahead count as now: a clock that ran back hides nothing.
enum AlertWindow {
    static let hour: Int64 = 3600

    /// How many of `times` are less than an hour old at `now`.
    static func count(_ times: [Int64], at now: Int64) -> Int64 {
        Int64(times.count { age(of: $0, at: now) < hour })
    }

    /// Whether `limit` events fell within an hour, and the last of them is less than `seconds` old.
    static func isRestricted(_ times: [Int64], limit: Int64, seconds: Int64, at now: Int64) -> Bool {
        guard limit >= 1, let limit = Int(exactly: limit), times.count >= limit, seconds > 0 else { return false }
        let sorted = times.sorted()
        return (limit - 1..<sorted.count).contains { index in
            age(of: sorted[index], at: now) < seconds && age(of: sorted[index - limit + 1], at: sorted[index]) < hour
        }
    }

    private static func age(of time: Int64, at now: Int64) -> Int64 {
        let (age, overflow) = now.subtractingReportingOverflow(time)
        // Only a time far ahead or far back overflows.
        return overflow ? (time > now ? 0 : .max) : max(age, 0)
    }
}
