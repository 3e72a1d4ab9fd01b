import ChanceryPolicy
import ChanceryWire
import Testing

struct ExactDecimalTests {
    @Test(arguments: [
        ("0", "0"), ("-0.00", "0"), ("007", "7"), ("1.50", "1.5"), ("1e3", "1000"), ("1e-3", "0.001"), ("-12.5e1", "-125"),
        (".5", "0.5"), ("5.", "5"), ("+1", "1"), ("1E2", "100"), ("1e9000", "1e9000"), ("12e-60", "12e-60"),
        ("12345678901234567890123456789012345678", "12345678901234567890123456789012345678"),
    ])
    func `a number has one text`(text: String, expected: String) throws {
        let number = try #require(ExactDecimal(text))
        #expect(number.description == expected)
        #expect(ExactDecimal(number.description) == number)
    }

    @Test(arguments: [
        "", "-", ".", "e1", "1e", "1e+", "0x10", "1_000", "NaN", "inf", "1.2.3", " 1", "1e99999", "1e-10000", "１",
        "123456789012345678901234567890123456789",
    ])
    func `what is no number here has no value`(text: String) {
        #expect(ExactDecimal(text) == nil)
    }

    @Test func `doubles keep their shortest digits`() throws {
        for (number, text) in [
            (0.1, "0.1"), (0.7000000009999999, "0.7000000009999999"), (1e22, "10000000000000000000000"), (-2.5, "-2.5"),
        ] {
            #expect(ExactDecimal(double: number)?.description == text)
        }
        #expect(ExactDecimal(double: .nan) == nil)
        #expect(ExactDecimal(double: .infinity) == nil)
        #expect(ExactDecimal(double: .leastNonzeroMagnitude) != nil)
        #expect(ExactDecimal(json: "1") == nil)
        #expect(ExactDecimal(json: .bigInteger("18446744073709551616"))?.description == "18446744073709551616")
        #expect(ExactDecimal(.min).description == "-9223372036854775808")
        #expect(ExactDecimal(75, scale: 2) == ExactDecimal("0.75"))
    }

    /// The twin writes both numbers with the same number of places and compares integers.
    @Test func `the order is that of the written numbers`() {
        var state: UInt64 = 0x5eed_2026
        func next(_ bound: UInt64) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % bound)
        }
        for _ in 0..<5000 {
            let (a, b) = (next(2000) - 1000, next(2000) - 1000)
            let (i, j) = (next(5), next(5))
            let left = ExactDecimal("\(a)e-\(i)")!
            let right = ExactDecimal("\(b)e-\(j)")!
            let powers = [1, 10, 100, 1000, 10_000]
            let (x, y) = (a * powers[4 - i], b * powers[4 - j])
            #expect((left < right) == (x < y), "\(left) \(right)")
            #expect((left == right) == (x == y), "\(left) \(right)")
        }
    }
}
