internal import ChanceryWire

/// What a custodian that was away asked others for, and whose answers count (rule T6).
///
/// It serves as soon as enough of them answered. The others' answers still count when they come late, once and for ten minutes:
/// after that nobody can make it look at old certificates.
struct MissedClaims: Sendable {
    static let answerSeconds: Int64 = 600

    /// From when on certificates were asked for.
    let since: UTCTime
    private let start: UTCTime
    private var asked: Set<Int> = []
    private var answered: Set<Int> = []

    init(since: UTCTime, at now: UTCTime) { (self.since, start) = (since, now) }

    func isOver(at now: UTCTime) -> Bool { start.advanced(bySeconds: Self.answerSeconds) <= now }
    func awaits(_ party: Int) -> Bool { asked.contains(party) && !answered.contains(party) }

    /// False when that custodian was asked before.
    mutating func ask(_ party: Int) -> Bool { asked.insert(party).inserted }
    mutating func finish(_ party: Int) { answered.insert(party) }
}
