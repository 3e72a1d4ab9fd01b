public import ChanceryWire

/// A share of the weight as a person writes it, `2/3` or `0.51`: an exact fraction, and the double that the package
/// makes of it.
public struct ReferenceThreshold: Sendable, Equatable {
    public let numerator: Int64
    /// Always positive.
    public let denominator: Int64

    /// Reads `[-]digits/digits` or `[-]digits[.digits]`, at most nine digits each.
    public init(_ text: String) throws(WireError) {
        let unsigned = text.utf8.first == 0x2d ? text.dropFirst() : text[...]
        let sign: Int64 = text.utf8.first == 0x2d ? -1 : 1
        if let slash = unsigned.firstIndex(of: "/") {
            numerator = sign * (try Self.number(unsigned[..<slash], text))
            denominator = try Self.number(unsigned[unsigned.index(after: slash)...], text)
        } else if let point = unsigned.firstIndex(of: ".") {
            let decimals = unsigned[unsigned.index(after: point)...]
            let scale = (0..<decimals.utf8.count).prefix(9).reduce(Int64(1)) { scale, _ in scale * 10 }
            numerator = sign * (try Self.number(unsigned[..<point], text) * scale + Self.number(decimals, text))
            denominator = scale
        } else {
            numerator = sign * (try Self.number(unsigned, text))
            denominator = 1
        }
        guard denominator > 0 else { throw WireError(.invalidNumber, "the threshold `\(text)` divides by zero") }
    }

    /// What Python makes of the text: the nearest double.
    public var double: Double { Self.quotient(numerator, denominator) }

    /// Whether `part` of `whole` reaches the threshold, without rounding; `whole` is not zero.
    func isReached(by part: Int64, of whole: Int64) -> Bool {
        // With a negative whole, which only the package knows, the inequality turns around.
        let left = Int128(part) * Int128(denominator)
        let right = Int128(numerator) * Int128(whole)
        return whole > 0 ? left >= right : left <= right
    }

    /// The same as the package answers: the nearest double of the share against the nearest double of the threshold.
    func isReachedInDoubles(by part: Int64, of whole: Int64) -> Bool { Self.quotient(part, whole) >= double }

    /// The double nearest to `part / whole`, as Python divides integers of any size; `whole` is not zero.
    private static func quotient(_ part: Int64, _ whole: Int64) -> Double {
        guard part != 0 else { return 0 }
        let (dividend, divisor) = (UInt128(part.magnitude), UInt128(whole.magnitude))
        // At least 55 bits of the quotient, the lowest of which also stands for all that follow.
        let shift = max(0, 56 + divisor.bits - dividend.bits)
        let (quotient, remainder) = (dividend << UInt128(shift)).quotientAndRemainder(dividingBy: divisor)
        let rounded = Double(UInt64(quotient) | (remainder == 0 ? 0 : 1))
        let magnitude = Double(sign: .plus, exponent: -shift, significand: rounded)
        return (part < 0) == (whole < 0) ? magnitude : -magnitude
    }

    private static func number(_ digits: Substring, _ text: String) throws(WireError) -> Int64 {
        guard (1...9).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let value = Int64(digits)
        else { throw WireError(.invalidNumber, "`\(text.prefix(40))` is not a fraction") }
        return value
    }
}

extension UInt128 {
    fileprivate var bits: Int { Self.bitWidth - leadingZeroBitCount }
}

extension ReferenceThreshold {
    /// The double as the package prints it in reasons, Python's `.2%`: times 100, rounded to two decimals, ties to even.
    var percentage: String {
        let value = double * 100
        // Exactly: hundredths = 100 · significand · 2^exponent, and below 2^47 the exponent is negative.
        let scaled = UInt128(value.magnitude.significandBitPattern | (value.isZero ? 0 : 1 << 52)) * 100
        let shift = value.isZero ? 0 : 52 - Int(value.exponent)
        var hundredths = scaled >> UInt128(shift)
        let twice = (scaled - hundredths << UInt128(shift)) * 2
        let unit = UInt128(1) << UInt128(shift)
        if twice > unit || (twice == unit && hundredths % 2 == 1) { hundredths += 1 }
        let cents = hundredths % 100
        return "\(value < 0 ? "-" : "")\(hundredths / 100).\(cents < 10 ? "0" : "")\(cents)%"
    }
}
