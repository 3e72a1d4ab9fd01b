/// A share or score in whole millionths: exact, equal on every machine, ordered as integers.
///
/// Scores lie in 0…1,000,000; differences of scores may be negative.
public struct Millionths: Sendable, Hashable, Comparable {
    public let value: Int64

    public init(_ value: Int64) { self.value = value }

    public static let zero = Millionths(0)
    public static let one = Millionths(1_000_000)

    public static func < (left: Millionths, right: Millionths) -> Bool { left.value < right.value }

    /// `part / whole` to the nearest millionth, ties upwards, at most one; zero of an empty whole.
    static func ratio(_ part: UInt128, of whole: UInt128) -> Millionths {
        guard whole > 0 else { return .zero }
        guard part < whole else { return .one }
        // Below 2^100: the callers' counts have at most 44 bits and the logarithms 36.
        return Millionths(Int64((part * 2_000_000 + whole) / (whole * 2)))
    }

    package static func ratio(_ part: UInt64, of whole: UInt64) -> Millionths { ratio(UInt128(part), of: UInt128(whole)) }

    /// `percent` hundredths of this, to the nearest millionth, ties upwards.
    func percent(_ percent: Int64) -> Millionths { Millionths((value * percent + 50) / 100) }

    /// How much is missing to one.
    var complement: Millionths { Millionths(1_000_000 - value) }
}

extension Millionths: CustomStringConvertible {
    /// The exact decimal without trailing zeros: `0.75`, `1`, `-0.08`.
    public var description: String {
        let magnitude = value.magnitude
        let whole = "\(value < 0 ? "-" : "")\(magnitude / 1_000_000)"
        guard magnitude % 1_000_000 != 0 else { return whole }
        var digits = String(1_000_000 + magnitude % 1_000_000).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
