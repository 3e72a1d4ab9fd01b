package import ChanceryWire

/// What a custodian that was away asked others for, and whose answers count (rule T6).
///
/// Each of them is asked for one part after another, and again where no answer comes. It serves as soon as enough of them told
/// everything. The others' answers still count when they come late, for ten minutes: after that nobody can make it look at old
/// certificates.
package struct MissedClaims: Sendable {
    package static let answerSeconds: Int64 = 600
    /// After so many seconds without an answer the question was lost, or the answer.
    package static let patience: Int64 = 30
    /// For so long others keep certificates whatever room they take: as far back as they are asked, and an hour more.
    package static let keptSeconds = BoundClaims.overlapSeconds + 3600

    /// Up to where somebody told what it has, in the order of its times.
    package struct Place: Sendable, Hashable {
        /// From when on.
        package let since: UTCTime
        /// How many of those that have this very time were told.
        package let skip: Int

        package init(since: UTCTime, skip: Int) { (self.since, self.skip) = (since, skip) }

        package func isBefore(_ other: Place) -> Bool { (since, skip) < (other.since, other.skip) }
    }

    /// From when on certificates are asked for.
    package let since: UTCTime
    private let start: UTCTime
    private var questions: [Int: (place: Place, asked: UTCTime)] = [:]
    private var answered: Set<Int> = []
    private var known: Set<[UInt8]> = []
    /// Who said that it has not all of that any more, and up to when.
    package private(set) var forgotten: [Int: UTCTime] = [:]

    package init(since: UTCTime, at now: UTCTime) { (self.since, start) = (since, now) }

    package func isOver(at now: UTCTime) -> Bool { start.advanced(bySeconds: Self.answerSeconds) <= now }

    /// What to ask a custodian now; nil while its answer may still come, and when it told everything.
    package mutating func ask(_ party: Int, at now: UTCTime) -> Place? {
        guard !answered.contains(party) else { return nil }
        let question = questions[party]
        guard question.map({ $0.asked.advanced(bySeconds: Self.patience) <= now }) ?? true else { return nil }
        let place = question?.place ?? Place(since: since, skip: 0)
        questions[party] = (place, now)
        return place
    }

    /// Whether this custodian was asked for this and has not answered.
    package func awaits(_ party: Int, _ place: Place) -> Bool {
        !answered.contains(party) && questions[party]?.place == place
    }

    /// It told what it was asked for; `next` is what comes then, nil when that was all.
    package mutating func proceed(_ party: Int, to next: Place?) {
        forgotten[party] = nil
        if let next {
            // It is asked at once.
            questions[party] = (next, UTCTime(milliseconds: 0))
        } else {
            questions[party] = nil
            answered.insert(party)
        }
    }

    /// It has not all that it was asked for.
    package mutating func forget(_ party: Int, until time: UTCTime) { forgotten[party] = time }

    /// Whether a certificate was looked at before, by its digest: each of the others tells of the same ones.
    package func knows(_ certificate: [UInt8]) -> Bool { known.contains(certificate) }
    package mutating func learn(_ certificate: [UInt8]) { known.insert(certificate) }
}
