/// Rounding to four decimals exactly as the reference's language does it.
package enum PythonRounding {
    /// The double nearest to the four-decimal number nearest to `value`; ties of the exact binary value go to even.
    package static func fourDecimals(_ value: Double) -> Double {
        // value = significand · 2^exponent; beyond 2^40 every double is a four-decimal number already.
        guard value.isFinite, value != 0, value.magnitude < 1_099_511_627_776 else { return value }
        let magnitude = value.magnitude
        let exponent = Int(magnitude.exponent) - 52
        guard magnitude.isNormal, exponent > -127 else { return value.sign == .minus ? -0.0 : 0 }
        let scaled = UInt128(magnitude.significandBitPattern | 1 << 52) * 10_000
        var rounded = exponent >= 0 ? scaled << UInt128(exponent) : scaled >> UInt128(-exponent)
        if exponent < 0 {
            let rest = scaled & ((1 << UInt128(-exponent)) - 1)
            let half: UInt128 = 1 << UInt128(-exponent - 1)
            if rest > half || (rest == half && rounded & 1 == 1) { rounded += 1 }
        }
        // Both operands are exact, so the quotient is the double nearest to the decimal.
        let quotient = Double(UInt64(rounded)) / 10_000
        return value.sign == .minus ? -quotient : quotient
    }
}
