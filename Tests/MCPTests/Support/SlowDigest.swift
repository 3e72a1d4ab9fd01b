import ChanceryMCP

/// SHA-256 as FIPS 180-4 §6.2 writes it, for tests without a crypto library.
struct SlowDigest: HashProvider {
    // The first 32 bits of the fractional parts of the square and cube roots of the first primes.
    private static let primes = (2...311).filter { n in !(2..<n).contains { n % $0 == 0 } }

    private static func fraction(of prime: Int, isCube: Bool) -> UInt32 {
        // The largest r with r^k <= p·2^(32k); its low 32 bits are the fraction.
        var root: UInt64 = 0
        for bit in stride(from: 35, through: 0, by: -1) {
            let next = root | 1 << UInt64(bit)
            let square = next.multipliedFullWidth(by: next)
            let isSmall: Bool
            if isCube {
                let low = square.low.multipliedFullWidth(by: next)
                let high = square.high.multipliedFullWidth(by: next)
                let (middle, carry) = low.high.addingReportingOverflow(high.low)
                let top = high.high + (carry ? 1 : 0)
                isSmall = top == 0 && middle < UInt64(prime) << 32
            } else {
                isSmall = square.high < UInt64(prime)
            }
            if isSmall { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }

    private static let start = primes.prefix(8).map { fraction(of: $0, isCube: false) }
    private static let rounds = primes.prefix(64).map { fraction(of: $0, isCube: true) }

    func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var padded = bytes + [0x80]
        while padded.count % 64 != 56 { padded.append(0) }
        padded += (0..<8).map { UInt8(truncatingIfNeeded: (bytes.count * 8) >> (56 - 8 * $0)) }
        var state = Self.start
        for block in stride(from: 0, to: padded.count, by: 64) {
            var w = (0..<16).map { i in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(padded[block + i * 4 + $1]) } }
            for i in 16..<64 {
                let s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ w[i - 15] >> 3
                let s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ w[i - 2] >> 10
                w.append(w[i - 16] &+ s0 &+ w[i - 7] &+ s1)
            }
            var v = state
            for i in 0..<64 {
                let s1 = turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)
                let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
                let first = v[7] &+ s1 &+ choice &+ Self.rounds[i] &+ w[i]
                let s0 = turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)
                let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
                v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
            }
            state = zip(state, v).map { $0 &+ $1 }
        }
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) } }
    }

    private func turn(_ x: UInt32, _ count: UInt32) -> UInt32 { x >> count | x << (32 - count) }
}
