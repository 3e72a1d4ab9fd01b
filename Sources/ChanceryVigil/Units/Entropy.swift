/// How evenly interactions spread over peers, in integers.
package enum Entropy {
    /// log2 of a positive number in units of 2^-30: exact for powers of two, otherwise below the true value by at most
    /// 2^-22 (a table of 1,024 segments, straight lines between).
    package static func log2(_ number: UInt64) -> UInt64 {
        guard number > 1 else { return 0 }
        let exponent = 63 - number.leadingZeroBitCount
        let mantissa = number << UInt64(number.leadingZeroBitCount)
        let segment = Int((mantissa >> 53) & 1023)
        let rest = (mantissa >> 23) & 0x3fff_ffff
        let base = FixedTables.logarithm[segment]
        return UInt64(exponent) << 30 + base + ((FixedTables.logarithm[segment + 1] - base) * rest) >> 30
    }

    /// The Shannon entropy of `counts` divided by that of an even spread over as many peers: 1 is even, 0 is one peer.
    package static func normalised(_ counts: [UInt64]) -> Millionths {
        let counts = counts.filter { $0 > 0 }
        guard counts.count > 1 else { return .zero }
        let total = counts.reduce(0, +)
        // total · H = total · log2(total) − Σ count · log2(count)
        let whole = UInt128(total) * UInt128(log2(total))
        let parts = counts.reduce(UInt128(0)) { $0 + UInt128($1) * UInt128(log2($1)) }
        return .ratio(whole > parts ? whole - parts : 0, of: UInt128(total) * UInt128(log2(UInt64(counts.count))))
    }
}
