public import ChanceryWire

/// A share of weight that must be reached, compared exactly: no rounding decides anything (rule G9).
public struct Fraction: Sendable, Hashable {
    /// Largest numerator and denominator.
    public static let limit: Int64 = 65_535
    /// Largest total weight, so that no product overflows.
    public static let largestWeight: Int64 = 1 << 32

    public let num: Int64
    public let den: Int64
    /// Whether the share must be exceeded; else equality is enough.
    public let strict: Bool

    /// - Throws: `governance.threshold_invalid` outside 0 < num ≤ den ≤ 65,535, and for 1/1 that must be exceeded.
    public init(_ num: Int64, _ den: Int64, strict: Bool) throws(GovernanceError) {
        guard (1...Self.limit).contains(den), (1...den).contains(num), !(strict && num == den) else {
            throw GovernanceError(.thresholdInvalid, "`\(num)/\(den)` is not a share between 0 and 1 that can be reached")
        }
        self.init(trusted: num, den, strict: strict)
    }

    private init(trusted num: Int64, _ den: Int64, strict: Bool) {
        self.num = num
        self.den = den
        self.strict = strict
    }

    public static let moreThanTwoThirds = Fraction(trusted: 2, 3, strict: true)
    public static let moreThanOneThird = Fraction(trusted: 1, 3, strict: true)
    public static let moreThanHalf = Fraction(trusted: 1, 2, strict: true)
    public static let twoThirds = Fraction(trusted: 2, 3, strict: false)
    public static let whole = Fraction(trusted: 1, 1, strict: false)

    /// Whether `weight` is this share of `total`. Both lie in 0…2³².
    public func isMet(by weight: Int64, of total: Int64) -> Bool {
        strict ? weight * den > num * total : weight * den >= num * total
    }

    public var json: JSONValue { ["den": .integer(den), "num": .integer(num), "strict": .bool(strict)] }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "fraction")
        try self.init(
            reader.integer("num", in: 1...Self.limit), reader.integer("den", in: 1...Self.limit), strict: reader.bool("strict"))
        try reader.finish()
    }
}

extension Fraction: CustomStringConvertible {
    /// `more than 2/3` or `at least 2/3`.
    public var description: String { "\(strict ? "more than" : "at least") \(num)/\(den)" }
}

extension GovernanceError.Reason {
    /// A threshold that nothing or everything would reach, or one below the floor of its kind.
    public static let thresholdInvalid = Self(rawValue: "governance.threshold_invalid")
}
