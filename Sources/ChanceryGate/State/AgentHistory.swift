internal import ChanceryPolicy
internal import ChanceryWire

/// When the gate last stood in an agent's way, as far as policies look back.
public struct AgentHistory: Sendable, Equatable {
    /// Longest look back in seconds: as long as a question may wait (three stages of a week) and a day.
    public static let span: Int64 = 22 * 86_400
    /// Most moments of each kind that are kept, and written with each decision. A policy that counts further than this
    /// counts to here.
    public static let capacity = 512

    /// When it was blocked or people were asked, Unix seconds, oldest first.
    public private(set) var alerts: [Int64] = []
    /// When something was allowed because it was watched (rule `TSI_WATCH`).
    public private(set) var watches: [Int64] = []

    public init() {}

    /// Notes what a decision means for those after it.
    public mutating func note(_ decision: GateDecision) {
        switch decision.verdict.effect {
        case .block, .requireHuman: noteAlert(at: decision.time.seconds)
        case .allowWithLog where decision.verdict.rule == "TSI_WATCH": noteWatch(at: decision.time.seconds)
        case .allow, .allowWithLog, .restrict: break
        }
    }

    mutating func noteAlert(at time: Int64) { Self.note(time, in: &alerts) }
    private mutating func noteWatch(at time: Int64) { Self.note(time, in: &watches) }

    private static func note(_ time: Int64, in moments: inout [Int64]) {
        if moments.count >= capacity || moments.first.map({ time - $0 > span }) ?? false {
            moments.removeAll { time - $0 > span }
            if moments.count >= capacity { moments.removeFirst(moments.count - capacity + 1) }
        }
        moments.append(time)
    }
}
