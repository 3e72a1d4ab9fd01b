public import ChanceryWire

/// A decimal number that is compared exactly: 0.399999999 is below 0.4, and 0.70 equals 0.7 (rule P7).
///
/// Up to 38 significant digits and exponents within ±9,999; what does not fit has no value here and is unknown to a policy.
public struct ExactDecimal: Sendable, Hashable {
    // Invariant: the value is ±coefficient × 10^exponent, the coefficient does not end in a zero digit, and zero is
    // (0, 0, not negative). `digits` counts the digits of the coefficient.
    private let coefficient: UInt128
    private let exponent: Int32
    private let digits: Int32
    private let isNegative: Bool

    private init(coefficient: UInt128, exponent: Int32, digits: Int32, isNegative: Bool) {
        self.coefficient = coefficient
        self.exponent = exponent
        self.digits = digits
        self.isNegative = isNegative
    }

    public static let zero = ExactDecimal(coefficient: 0, exponent: 0, digits: 1, isNegative: false)

    /// `value` × 10^−scale.
    public init(_ value: Int64, scale: Int = 0) {
        self.init(digits: String(value.magnitude).utf8, exponent: -Int(max(-9000, min(scale, 9000))), isNegative: value < 0)!
    }

    /// The number that `text` writes: digits with an optional sign, fraction and exponent. Nil for anything else.
    public init?(_ text: String) {
        self.init(bytes: text.utf8)
    }

    /// The shortest decimal that reads back as `value`; nil for infinities and for what is not a number.
    public init?(double value: Double) {
        guard value.isFinite else { return nil }
        self.init(value.description)
    }

    /// The number that a JSON value holds; nil for other kinds.
    public init?(json value: JSONValue) {
        switch value {
        case .integer(let number): self.init(number)
        case .bigInteger(let digits): self.init(digits)
        case .double(let number): self.init(double: number)
        default: return nil
        }
    }

    private init?(bytes: some Collection<UInt8>) {
        var rest = bytes[...]
        var isNegative = false
        if let sign = rest.first, sign == 0x2b || sign == 0x2d {
            isNegative = sign == 0x2d
            rest.removeFirst()
        }
        var written: [UInt8] = []
        var afterPoint = 0
        var seenPoint = false
        while let byte = rest.first {
            if (0x30...0x39).contains(byte) {
                written.append(byte)
                if seenPoint { afterPoint += 1 }
            } else if byte == 0x2e, !seenPoint {
                seenPoint = true
            } else {
                break
            }
            rest.removeFirst()
        }
        guard !written.isEmpty else { return nil }
        var exponent = 0
        if let mark = rest.first {
            guard mark == 0x65 || mark == 0x45 else { return nil }
            guard let number = Self.exponent(rest.dropFirst()) else { return nil }
            exponent = number
        }
        self.init(digits: written, exponent: exponent - afterPoint, isNegative: isNegative)
    }

    private static func exponent(_ bytes: some Collection<UInt8>) -> Int? {
        var rest = bytes[...]
        var isNegative = false
        if let sign = rest.first, sign == 0x2b || sign == 0x2d {
            isNegative = sign == 0x2d
            rest.removeFirst()
        }
        guard !rest.isEmpty, rest.count <= 5, rest.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let magnitude = rest.reduce(0) { $0 * 10 + Int($1 - 0x30) }
        return isNegative ? -magnitude : magnitude
    }

    private init?(digits written: some Collection<UInt8>, exponent: Int, isNegative: Bool) {
        var significant = Array(written.drop { $0 == 0x30 })
        var exponent = exponent
        while significant.last == 0x30 {
            significant.removeLast()
            exponent += 1
        }
        if significant.isEmpty {
            self = .zero
            return
        }
        guard significant.count <= 38, abs(exponent) <= 9_999 else { return nil }
        let coefficient = significant.reduce(UInt128(0)) { $0 * 10 + UInt128($1 - 0x30) }
        self.init(
            coefficient: coefficient, exponent: Int32(exponent), digits: Int32(significant.count), isNegative: isNegative)
    }
}

extension ExactDecimal: Comparable {
    public static func < (left: ExactDecimal, right: ExactDecimal) -> Bool {
        if left.isNegative != right.isNegative { return left.isNegative }
        return left.isNegative ? right.magnitudeIsBelow(left) : left.magnitudeIsBelow(right)
    }

    private func magnitudeIsBelow(_ other: ExactDecimal) -> Bool {
        if coefficient == 0 || other.coefficient == 0 { return coefficient == 0 && other.coefficient != 0 }
        let order = digits + exponent
        let otherOrder = other.digits + other.exponent
        if order != otherOrder { return order < otherOrder }
        // Both have at most 38 digits, so neither product passes 10^38.
        return digits < other.digits
            ? coefficient * Self.power(other.digits - digits) < other.coefficient
            : coefficient < other.coefficient * Self.power(digits - other.digits)
    }

    private static func power(_ count: Int32) -> UInt128 {
        var power: UInt128 = 1
        for _ in 0..<count { power *= 10 }
        return power
    }
}

extension ExactDecimal: CustomStringConvertible {
    /// The one text of this value: plain digits, with an exponent only where more than 40 characters would be needed.
    public var description: String {
        let text = String(coefficient)
        let sign = isNegative ? "-" : ""
        if exponent >= 0, exponent <= 40 - digits { return sign + text + String(repeating: "0", count: Int(exponent)) }
        if exponent < 0, exponent >= -40 {
            let point = Int(digits + exponent)
            if point > 0 { return sign + text.prefix(point) + "." + text.dropFirst(point) }
            return sign + "0." + String(repeating: "0", count: -point) + text
        }
        return sign + text + "e" + String(exponent)
    }
}
