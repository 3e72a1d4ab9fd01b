/// The last long silence of an agent and the burst of events that ended it.
struct SilenceRecord: Sendable, Equatable {
    struct Break: Sendable, Equatable {
        let start: Int64
        let end: Int64
        /// The log index of the event that ended the silence.
        let index: UInt64
        /// Events within one hour from the end on.
        var burst: UInt64
        /// Whether every event of the burst had a timestamp.
        var isAnchored: Bool
        /// The log index of the last event of the burst.
        var lastIndex: UInt64
    }

    static let burstWindow: Int64 = 3600
    static let smallestBurst: UInt64 = 5
    /// A break no longer counts when it is older.
    static let memory: Int64 = 30 * 86_400

    var last: Break?

    /// `previous` is the time of the event before; `silence` is the profile's threshold.
    mutating func add(_ event: ObservedEvent, at time: Int64, after previous: Int64?, silence: Int64) {
        if let previous, time - previous >= silence {
            last = Break(
                start: previous, end: time, index: event.index, burst: 1, isAnchored: event.isTimestamped,
                lastIndex: event.index)
        } else if let before = last, time - before.end <= Self.burstWindow, before.burst < ConductRecord.largest {
            last?.burst += 1
            last?.isAnchored = before.isAnchored && event.isTimestamped
            last?.lastIndex = event.index
        }
    }

    /// 0.4 · min(1, length / 3 thresholds) + 0.6 · min(1, (burst − 5) / 5), halved without timestamps.
    func score(at time: Int64, silence: Int64) -> Millionths {
        guard let last, last.burst >= Self.smallestBurst, time - last.end <= Self.memory else { return .zero }
        let length = Millionths.ratio(UInt64(last.end - last.start), of: UInt64(silence) * 3)
        let burst = Millionths.ratio(last.burst - 5, of: 5)
        let score = (40 * length.value + 60 * burst.value + 50) / 100
        return Millionths(last.isAnchored ? score : (score + 1) / 2)
    }

    var isSound: Bool {
        guard let last else { return true }
        return last.start >= 0 && last.start < last.end && last.end <= ObservedEvent.latestTime
            && (1...ConductRecord.largest).contains(last.burst)
    }
}
