import ChanceryWire
import Foundation
import Testing

struct NumberTests {
    /// RFC 8785, appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"), (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"), (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"), (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"), (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"), (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"), (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func `a double prints as RFC 8785 says`(bits: UInt64, text: String) throws {
        let bytes = try CanonicalForm.jcs.encode(.double(Double(bitPattern: bits)))
        #expect(String(decoding: bytes, as: UTF8.self) == text)
    }

    @Test(arguments: [0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_0000] as [UInt64])
    func `what is not a number has no form`(bits: UInt64) {
        for form in [CanonicalForm.jcs, .aiss1] {
            let error = #expect(throws: WireError.self) { try form.encode(.double(Double(bitPattern: bits))) }
            #expect(error?.reason == .numberOutOfRange)
        }
    }

    @Test func `integers beyond 53 bits have no RFC 8785 form`() throws {
        let largest = CanonicalForm.largestSafeInteger
        #expect(try CanonicalForm.jcs.encode(.integer(largest)) == Array("9007199254740991".utf8))
        #expect(try CanonicalForm.jcs.encode(.integer(-largest)) == Array("-9007199254740991".utf8))
        for value in [
            JSONValue.integer(largest + 1), .integer(-largest - 1), .integer(.min), .bigInteger("9223372036854775808"),
        ] {
            #expect(throws: WireError.self) { try CanonicalForm.jcs.encode(value) }
        }
    }

    @Test func `random doubles print as the slow twin prints them`() throws {
        var generator = SplitMix(state: 0x5eed_2026)
        print("doubles: seed \(generator.state)")
        for round in 0..<20_000 {
            // Half of them at exponents where the layouts change.
            let bits = generator.next()
            let value =
                round % 2 == 0
                ? Double(bitPattern: bits) : Double(Int64(bitPattern: bits) >> 20) * pow(10, Double(round % 60) - 40)
            guard value.isFinite else { continue }
            let twin = SlowNumber(value)
            #expect(String(decoding: try CanonicalForm.jcs.encode(.double(value)), as: UTF8.self) == twin.ecmaScript)
            #expect(String(decoding: try CanonicalForm.aiss1.encode(.double(value)), as: UTF8.self) == twin.python)
        }
    }
}

struct SplitMix {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}

/// Tries one to seventeen digits with `printf` and lays them out with `printf` again: slow, and nothing in common.
private struct SlowNumber {
    let value: Double
    /// The shortest `%e` text that reads back.
    let text: String
    let exponent: Int
    let digits: Int

    init(_ value: Double) {
        self.value = value
        let precision = (0..<17).first { Double(String(format: "%.\($0)e", value)) == value } ?? 16
        text = String(format: "%.\(precision)e", value)
        exponent = Int(text.split(separator: "e")[1]) ?? 0
        digits = precision + 1
    }

    private var mantissa: String { String(text.split(separator: "e")[0]) }
    /// All digits with the point in its place, zeros filled in from the digits alone.
    private var plain: String {
        let bare = mantissa.filter(\.isNumber)
        let sign = value.sign == .minus ? "-" : ""
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + bare }
        if exponent + 1 >= bare.count { return sign + bare + String(repeating: "0", count: exponent + 1 - bare.count) }
        let point = bare.index(bare.startIndex, offsetBy: exponent + 1)
        return sign + bare[..<point] + "." + bare[point...]
    }

    var ecmaScript: String {
        if value == 0 { return "0" }
        return (-7..<21).contains(exponent) && exponent >= -6
            ? plain : mantissa + (exponent < 0 ? "e-" : "e+") + "\(abs(exponent))"
    }

    var python: String {
        if value == 0 { return value.sign == .minus ? "-0.0" : "0.0" }
        guard (-4..<16).contains(exponent) else {
            return mantissa + String(format: exponent < 0 ? "e-%02d" : "e+%02d", abs(exponent))
        }
        return plain.contains(".") ? plain : plain + ".0"
    }
}
