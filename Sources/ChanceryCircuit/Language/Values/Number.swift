/// A number that the compiler knows: an exact fraction of 127-bit integers.
package struct Number: Sendable, Hashable {
    // Invariant: the denominator is positive, and the fraction in lowest terms.
    package let numerator: Int128
    package let denominator: Int128

    package init(_ value: Int) {
        numerator = Int128(value)
        denominator = 1
    }

    package init?(_ numerator: Int128, _ denominator: Int128) {
        guard denominator != 0, numerator != .min, denominator != .min else { return nil }
        var (a, b) = (numerator.magnitude, denominator.magnitude)
        while b != 0 { (a, b) = (b, a % b) }
        let divisor = a == 0 ? 1 : Int128(a)
        self.numerator = (denominator < 0 ? -numerator : numerator) / divisor
        self.denominator = Int128(denominator.magnitude) / divisor
    }

    /// Reads digits with an optional point; at most 36 digits.
    package init?(_ text: some StringProtocol) {
        var value: Int128 = 0
        var scale: Int128 = 1
        var isAfterPoint = false
        var digits = 0
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits += 1
                guard digits <= 36 else { return nil }
                value = value * 10 + Int128(byte - UInt8(ascii: "0"))
                if isAfterPoint { scale *= 10 }
            case UInt8(ascii: ".") where !isAfterPoint: isAfterPoint = true
            case UInt8(ascii: "_"): break
            default: return nil
            }
        }
        guard digits > 0 else { return nil }
        self.init(value, scale)
    }

    package var integer: Int128? { denominator == 1 ? numerator : nil }
    package var isNegative: Bool { numerator < 0 }
    package var double: Double { Double(numerator) / Double(denominator) }

    /// Binary digits after the point that hold the number exactly; nil when there are more than 24.
    var exactFraction: Int? {
        let digits = denominator.trailingZeroBitCount
        return denominator == Int128(1) << Int128(digits) && digits <= 24 ? digits : nil
    }

    /// The nearest multiple of 2^−fraction, counted in that unit; halves go up. Nil where that leaves 126 bits.
    package func scaled(by fraction: Int) -> Int128? {
        guard fraction >= 0, fraction < 120 else { return nil }
        let (product, overflow) = numerator.multipliedReportingOverflow(by: Int128(1) << Int128(fraction))
        guard !overflow, product.magnitude < UInt128(1) << 125, denominator < Int128(1) << 125 else { return nil }
        let doubled = 2 * product + denominator
        let divisor = 2 * denominator
        let quotient = doubled / divisor
        return doubled < 0 && doubled % divisor != 0 ? quotient - 1 : quotient
    }

    static prefix func - (value: Number) -> Number { Number(-value.numerator, value.denominator) ?? value }

    static func add(_ left: Number, _ right: Number) -> Number? {
        let (a, first) = left.numerator.multipliedReportingOverflow(by: right.denominator)
        let (b, second) = right.numerator.multipliedReportingOverflow(by: left.denominator)
        let (sum, third) = a.addingReportingOverflow(b)
        let (divisor, fourth) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return first || second || third || fourth ? nil : Number(sum, divisor)
    }

    static func multiply(_ left: Number, _ right: Number) -> Number? {
        let (product, first) = left.numerator.multipliedReportingOverflow(by: right.numerator)
        let (divisor, second) = left.denominator.multipliedReportingOverflow(by: right.denominator)
        return first || second ? nil : Number(product, divisor)
    }

    var reciprocal: Number? { Number(denominator, numerator) }
}
