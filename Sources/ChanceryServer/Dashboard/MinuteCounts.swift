internal import ChanceryNode
internal import ChanceryWire

/// Records by the minute, for an hour.
struct MinuteCounts: Sendable {
    static let span: Int64 = 60

    enum Outcome: Sendable { case allowed, asked, denied }

    struct Minute: Sendable {
        /// Since 1970.
        let minute: Int64
        var records: Int64 = 0
        var allowed: Int64 = 0
        var asked: Int64 = 0
        var denied: Int64 = 0
    }

    private var minutes: [Int64: Minute] = [:]

    mutating func add(_ heading: RecordHeading, _ outcome: Outcome?, at now: UTCTime) {
        let (minute, current) = (heading.time / 60_000, now.milliseconds / 60_000)
        // What was imported, or is dated ahead, is not of this hour.
        guard minute <= current, minute > current - Self.span else { return }
        var count = minutes[minute] ?? Minute(minute: minute)
        count.records += 1
        switch outcome {
        case .allowed: count.allowed += 1
        case .asked: count.asked += 1
        case .denied: count.denied += 1
        case nil: break
        }
        minutes[minute] = count
        if minutes.count > 2 * Int(Self.span) { minutes = minutes.filter { $0.key > current - Self.span } }
    }

    /// Each of the last sixty minutes, oldest first.
    func hour(until now: UTCTime) -> [Minute] {
        let current = now.milliseconds / 60_000
        return (current - Self.span + 1...current).map { minutes[$0] ?? Minute(minute: $0) }
    }
}
