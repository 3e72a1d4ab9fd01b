import ChanceryVigil
import Foundation
import Testing

struct UnitTests {
    @Test func `the table of logarithms is right to a millionth of a bit`() {
        var generator = SeededGenerator(seed: 1)
        for round in 0..<20_000 {
            let number = round < 2000 ? UInt64(round + 1) : UInt64.random(in: 1...(1 << 44), using: &generator)
            let difference = log2(Double(number)) - Double(Entropy.log2(number)) / 1_073_741_824
            #expect(difference > -1e-8 && difference < 2.5e-7, "\(number)")
        }
        for shift in 0..<64 { #expect(Entropy.log2(1 << shift) == UInt64(shift) << 30) }
    }

    @Test func `the table of weights halves in thirty days`() {
        #expect(FixedTables.weight.count == 30)
        for (day, weight) in FixedTables.weight.enumerated() {
            #expect(abs(Double(weight) - pow(2, Double(day) / 30) * 1_048_576) <= 0.5)
        }
    }

    @Test func `entropy is that of real numbers, to two millionths`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let counts = (0..<Int.random(in: 2...17, using: &generator)).map { _ in
                UInt64.random(in: 1...5000, using: &generator)
            }
            let total = Double(counts.reduce(0, +))
            let entropy = counts.reduce(0.0) { $0 - Double($1) / total * log2(Double($1) / total) } / log2(Double(counts.count))
            #expect(abs(entropy * 1_000_000 - Double(Entropy.normalised(counts).value)) < 2, "\(counts)")
        }
    }

    @Test(arguments: 2...17)
    func `an even spread is exactly one`(peers: Int) {
        #expect(Entropy.normalised(Array(repeating: 7, count: peers)) == .one)
    }

    @Test(arguments: [([], 0), ([5], 0), ([5, 0, 0], 0), ([1, 1], 1_000_000)] as [([UInt64], Int64)])
    func `one peer or none has no spread`(counts: [UInt64], expected: Int64) {
        #expect(Entropy.normalised(counts).value == expected)
    }

    @Test(arguments: [
        (750_000, "0.75"), (1_000_000, "1"), (0, "0"), (-80_000, "-0.08"), (1, "0.000001"), (399_999, "0.399999"),
        (12_345_600, "12.3456"),
    ])
    func `a score is written exactly`(value: Int64, text: String) {
        #expect(Millionths(value).description == text)
    }

    @Test(arguments: [
        (1, 3, 333_333), (2, 3, 666_667), (1, 2_000_000, 1), (0, 5, 0), (5, 5, 1_000_000), (7, 5, 1_000_000), (1, 0, 0),
    ])
    func `a ratio is the nearest millionth, at most one`(part: UInt64, whole: UInt64, expected: Int64) {
        #expect(Millionths.ratio(part, of: whole).value == expected)
    }

    @Test func `counts beyond 30 days and 48 hours are gone, at the slot and not before`() {
        var ring = CountRing(size: 30)
        ring.add(at: 100)
        ring.add(at: 110)
        #expect(ring.total(endingAt: 129) == 2)
        #expect(ring.total(endingAt: 130) == 1)
        #expect(ring.total(endingAt: 140) == 0)
        ring.add(at: 131)
        #expect(ring.entries.map(\.slot) == [110, 131])
    }

    @Test func `interactions weigh until eight blocks of thirty days later`() {
        var record = VerificationRecord()
        record.add(day: 0, isVerified: false)
        record.add(day: 7 * 30, isVerified: true)
        #expect(record.share == .ratio(UInt64(128), of: 129))
        record.add(day: 8 * 30, isVerified: true)
        #expect(record.share == .one)
    }

    @Test func `the last sixty-four events are remembered, oldest first`() {
        var times = EventTimes()
        for index in 0..<100 as Range<UInt64> {
            times.add(.init(time: Int64(index), isTimestamped: index % 2 == 0, index: index))
        }
        #expect(times.entries.map(\.index) == Array(36..<100))
        #expect(times.entries.allSatisfy { $0.isTimestamped == ($0.index % 2 == 0) })
        #expect(times.completeSince == 36)
    }

    @Test func `repeats count for thirty days, and two are as bad as more`() {
        var sheet = ChargeSheet()
        for time in [0, 10, 20] as [Int64] {
            sheet.add(.init(violation: .replayedSubmission, time: time, evidence: "\(time)"))
        }
        let month: Int64 = 30 * 86_400
        for (time, score) in [(20, 400_000), (month + 9, 400_000), (month + 10, 200_000), (month + 20, 0)] {
            #expect(sheet.score(at: time).value == score, "\(time)")
        }
    }
}
