import ChanceryGovernance
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct ReferenceThresholdTests {
    @Test func `a threshold is an exact fraction and the double that Python makes of it`() throws {
        let cases: [(String, Int64, Int64, Double)] = [
            ("2/3", 2, 3, 2.0 / 3), ("0.51", 51, 100, 0.51), ("1", 1, 1, 1), ("0", 0, 1, 0), ("-0.1", -1, 10, -0.1),
            ("1.01", 101, 100, 1.01), ("0.6666", 6666, 10000, 0.6666), ("999999999/1", 999_999_999, 1, 999_999_999),
        ]
        for (text, numerator, denominator, double) in cases {
            let threshold = try ReferenceThreshold(text)
            #expect(threshold.numerator == numerator && threshold.denominator == denominator, "\(text)")
            #expect(threshold.double == double, "\(text)")
        }
    }

    @Test(arguments: ["", "-", "2/", "/3", "2/0", "1.", ".5", "1e3", "2/-3", "+1", "1 /2", "0x1", "1234567890", "1/2/3", "٣"])
    func `other texts are no thresholds`(text: String) {
        #expect(code { _ = try ReferenceThreshold(text) } == "wire.invalid_number")
    }
}

struct ReferenceQuorumTests {
    private func decide(
        _ approve: Int64, _ reject: Int64, _ abstain: Int64, of total: Int64, _ participation: String = "2/3",
        _ approval: String = "2/3", _ arithmetic: ReferenceQuorum.Arithmetic = .exact
    ) throws -> ReferenceDecision {
        try ReferenceQuorum(
            participation: ReferenceThreshold(participation), approval: ReferenceThreshold(approval), arithmetic: arithmetic
        ).decide(ReferenceWeights(approve: approve, reject: reject, abstain: abstain), total: total)
    }

    @Test func `a share that equals its threshold meets it`() throws {
        #expect(try decide(4, 0, 0, of: 6).ground == .passed)
        #expect(try decide(2, 1, 0, of: 3).ground == .passed)
        #expect(try decide(7, 3, 0, of: 10, "0.7", "0.7").ground == .passed)
        #expect(try decide(3, 0, 0, of: 5).reason == "participation 3/5 < 66.67%")
        #expect(try decide(3, 2, 0, of: 5).reason == "approval 3/5 < 66.67%")
    }

    @Test func `grounds come in the package's order`() throws {
        #expect(try decide(0, 0, 0, of: 0).ground == .zeroTotalWeight)
        #expect(try decide(0, 0, 0, of: 1, "0").ground == .allAbstain)
        #expect(try decide(0, 0, 3, of: 3).ground == .allAbstain)
        #expect(try decide(1, 0, 3, of: 6).ground == .passed)
        #expect(try decide(-1, 0, 0, of: -1).ground == .passed)
        #expect(try decide(3, 0, 0, of: 3, "1.005").reason == "participation 3/3 < 100.50%")
    }

    /// Half of `weight` and one less: the smallest share below a half.
    @Test(arguments: [UInt64](1...62).map { Int64(1) << Int64($0) })
    func `exact comparison holds for weights of every size`(weight: Int64) throws {
        let half = weight / 2
        #expect(try decide(half, 0, 0, of: weight, "1/2").ground == .passed)
        #expect(try decide(half - 1, 0, 0, of: weight, "1/2").ground == .participation)
    }

    @Test func `doubles round as Python does, once`() throws {
        // (2·10^17−1)/(3·10^17) is nearest to the double of 2/3, and 2/3 of 2^54 less one third is too.
        #expect(try decide(199_999_999_999_999_999, 0, 0, of: 300_000_000_000_000_000, "2/3", "2/3", .doubles).passed)
        #expect(try !decide(199_999_999_999_999_999, 0, 0, of: 300_000_000_000_000_000).passed)
        #expect(try decide((1 << 53) - 1, 0, 0, of: 1 << 53, "1", "1", .doubles).ground == .participation)
        #expect(try decide((1 << 54) - 1, 0, 0, of: 1 << 54, "1", "1", .doubles).ground == .passed)
        #expect(try decide(.max - 1, 0, 0, of: .max, "1", "1", .doubles).ground == .passed)
        #expect(try decide(1, 0, 0, of: .max, "0", "1", .doubles).ground == .passed)
    }

    @Test func `weights beyond 63 bits are an error, not a number`() throws {
        #expect(code { _ = try decide(.max, 1, 0, of: 1) } == "wire.number_out_of_range")
        #expect(code { _ = try decide(.max, 0, 1, of: 1) } == "wire.number_out_of_range")
        #expect(code { _ = try ReferenceWeights.sum([.min, -1]) } == "wire.number_out_of_range")
        #expect(try decide(.min, 0, 0, of: .min, "1", "1", .doubles).ground == .passed)
    }
}

struct ReferenceTimeTests {
    private let now = UTCTime(seconds: 1_790_000_000)

    @Test func `a moment counts until it has passed`() throws {
        #expect(try !ReferenceTime("2026-09-21T14:13:20Z").isPast(at: now))
        #expect(try !ReferenceTime("2026-09-21T14:13:20.000000001+00:00").isPast(at: now))
        #expect(try ReferenceTime("2026-09-21T14:13:19.999999999+00:00").isPast(at: now))
        #expect(try ReferenceTime("2026-09-21T19:43:19.5+05:30").isPast(at: now))
        #expect(try !ReferenceTime("2026-09-21T08:43:20-05:30").isPast(at: now))
    }

    @Test(arguments: [
        "", "never", "2020-01-01", "2020-01-01T00:00:00", "2020-01-01 00:00:00Z", "2020-01-01t00:00:00Z",
        "2020-01-01T00:00:00z",
        "2020-01-01T00:00:00+0000", "2020-01-01T00:00:00+00:60", "2020-01-01T00:00:00+24:00", "2020-01-01T00:00:00+00:00 ",
        "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00.1234567890Z", "2020-02-30T00:00:00Z", "2020-01-01T24:00:00Z",
        "2020-01-01T00:00:60Z", "20200101T000000Z", "2020-W01-1", " 2020-01-01T00:00:00Z", "1969-12-31T23:59:59Z",
        "2020-01-01T00:00:00,5Z", "2020-01-01T00:00:00ZZ", "2020-01-01T00:00:00−05:00",
    ])
    func `what is not RFC 3339 with T and an offset is refused`(text: String) {
        #expect(code { _ = try ReferenceTime(text) } == "wire.invalid_value")
    }
}
