package import ChanceryWire

/// How far the word of one custodian moves the indices from which material goes on.
///
/// Indices are never given back (rule T3), so whoever moves them far uses up those of the epoch. Whoever was away is moved in one leap;
/// after that so many a minute have to do. What enough others say as well is no leap.
package struct Leaps: Sendable {
    /// By one order of another: so far within a moment, and so much more each minute.
    package static let orders = Leaps(most: 1 << 28, perMinute: 1 << 24)
    /// By an answer to what this custodian asked. Greater, so that it follows an honest one whom liars' orders moved.
    package static let answers = Leaps(most: 1 << 32, perMinute: 1 << 28)
    /// An order that leaps over more costs whoever gives it.
    package static let large: UInt64 = 1 << 20

    private let most: UInt64
    private let perMinute: UInt64
    private var taken: [Int: (count: UInt64, since: UTCTime)] = [:]

    private init(most: UInt64, perMinute: UInt64) { (self.most, self.perMinute) = (most, perMinute) }

    /// How far `index` lies above what this custodian knows itself and what more than `corruptions` others told.
    package static func leap(to index: UInt64, from known: UInt64, told: [UInt64], corruptions: Int) -> UInt64 {
        let reached = max(known, shared(told, corruptions: corruptions))
        return index > reached ? index - reached : 0
    }

    /// The greatest index that more than `corruptions` of the others told, or a greater one: one of them is honest.
    package static func shared(_ told: [UInt64], corruptions: Int) -> UInt64 {
        let sorted = told.sorted(by: >)
        return sorted.count > corruptions ? sorted[corruptions] : 0
    }

    /// Whether custodian `party` may move indices so far.
    package func allows(_ leap: UInt64, by party: Int, at now: UTCTime) -> Bool {
        leap <= room(of: party, at: now)
    }

    /// How far custodian `party` may move indices now.
    package func room(of party: Int, at now: UTCTime) -> UInt64 {
        let count = count(of: party, at: now)
        return count < most ? most - count : 0
    }

    /// Custodian `party` moved indices so far.
    package mutating func take(_ leap: UInt64, by party: Int, at now: UTCTime) {
        guard leap > 0 else { return }
        taken[party] = (count(of: party, at: now) + leap, now)
    }

    private func count(of party: Int, at now: UTCTime) -> UInt64 {
        guard let known = taken[party] else { return 0 }
        // Beyond a day nothing is left of any.
        let seconds = min(max(now.milliseconds - known.since.milliseconds, 0) / 1000, 86_400)
        let back = UInt64(seconds) * perMinute / 60
        return known.count > back ? known.count - back : 0
    }
}
