public import ChanceryArithmetic

/// An integer of any size up to 4,300 digits, as QuorumVM's `const` takes it. It is reduced modulo p when it is used, and
/// hashed in full.
public struct SeedInteger: Sendable, Hashable {
    public static let maximumDigits = 4300

    /// Decimal digits without leading zeros, with `-` where negative: as a JSON number has it.
    public let text: String

    /// Reads what Python's `int()` reads: a sign, digits, single underscores between digits.
    public init?(_ word: some StringProtocol) {
        var rest = word.utf8[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        var digits: [UInt8] = []
        var mayPause = false
        for byte in rest {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                digits.append(byte)
                mayPause = true
            case UInt8(ascii: "_") where mayPause: mayPause = false
            default: return nil
            }
        }
        guard mayPause, digits.count <= Self.maximumDigits else { return nil }
        let significant = digits.drop { $0 == UInt8(ascii: "0") }
        text =
            significant.isEmpty ? "0" : (isNegative ? "-" : "") + String(decoding: significant, as: UTF8.self)
    }

    public init(_ value: Int64) { text = String(value) }

    /// The value modulo p.
    public var element: FieldElement { FieldElement(decimal: text) ?? .zero }
}
