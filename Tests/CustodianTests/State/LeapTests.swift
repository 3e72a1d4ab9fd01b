import ChanceryCustodian
import ChanceryWire
import Testing

/// How far one custodian alone moves the indices of another.
struct LeapTests {
    private static let start = UTCTime(milliseconds: 0)

    @Test func `what enough others say as well is no leap`() {
        #expect(Leaps.leap(to: 900, from: 100, told: [], corruptions: 1) == 800)
        #expect(Leaps.leap(to: 900, from: 100, told: [1_000_000], corruptions: 1) == 800)
        #expect(Leaps.leap(to: 900, from: 100, told: [1_000_000, 600, 50], corruptions: 1) == 300)
        #expect(Leaps.leap(to: 900, from: 100, told: [1_000_000, 900, 50], corruptions: 1) == 0)
        #expect(Leaps.leap(to: 900, from: 100, told: [1_000_000, 900, 50], corruptions: 2) == 800)
        #expect(Leaps.leap(to: 900, from: 1000, told: [], corruptions: 1) == 0)
    }

    @Test(arguments: [(Leaps.orders, 28, 24), (Leaps.answers, 32, 28)] as [(Leaps, UInt64, UInt64)])
    func `a leap far ahead is followed by none for a while`(leaps: Leaps, most: UInt64, perMinute: UInt64) {
        var leaps = leaps
        #expect(!leaps.allows(1 << most + 1, by: 2, at: Self.start))
        #expect(leaps.allows(1 << most, by: 2, at: Self.start))
        leaps.take(1 << most, by: 2, at: Self.start)
        #expect(!leaps.allows(1, by: 2, at: Self.start))
        // What one does costs the others nothing, and where nobody leaps nothing is in the way.
        #expect(leaps.allows(1 << most, by: 3, at: Self.start))
        #expect(leaps.allows(0, by: 2, at: Self.start))
        let later = Self.start.advanced(bySeconds: 60)
        #expect(leaps.allows(1 << perMinute, by: 2, at: later))
        #expect(!leaps.allows(1 << perMinute + 1, by: 2, at: later))
        #expect(leaps.allows(1 << most, by: 2, at: Self.start.advanced(bySeconds: 86_400)))
    }

    @Test func `an answer goes as far as is left, and an honest one is followed faster than orders of liars move it`() {
        var (orders, answers) = (Leaps.orders, Leaps.answers)
        var (victim, follower, now): (UInt64, UInt64, UTCTime) = (0, 0, Self.start)
        for minute in 0..<600 {
            for liar in [3, 4] {
                let step = orders.room(of: liar, at: now)
                orders.take(step, by: liar, at: now)
                victim += step
            }
            // It asks for the first time after hours.
            if minute >= 480 {
                let step = min(victim - follower, answers.room(of: 2, at: now))
                answers.take(step, by: 2, at: now)
                follower += step
            }
            now = now.advanced(bySeconds: 60)
        }
        #expect(victim > 1 << 33)
        #expect(follower == victim)
    }

    @Test func `what more than t told is shared`() {
        #expect(Leaps.shared([7, 900, 50], corruptions: 1) == 50)
        #expect(Leaps.shared([900], corruptions: 1) == 0)
        #expect(Leaps.shared([7, 900, 50], corruptions: 0) == 900)
    }

    /// 2^53 indices are there.
    @Test func `one liar does not use up the indices of an epoch within years`() {
        var leaps = Leaps.answers
        var (used, now): (UInt64, UTCTime) = (0, Self.start)
        for _ in 0..<(24 * 60) {
            for power: UInt64 in (0...32).reversed() where leaps.allows(1 << power, by: 2, at: now) {
                leaps.take(1 << power, by: 2, at: now)
                used += 1 << power
            }
            now = now.advanced(bySeconds: 60)
        }
        #expect(used < 1 << 53 / (10 * 365))
    }
}
