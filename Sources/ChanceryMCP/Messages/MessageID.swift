public import ChanceryWire

/// What pairs a request with its response: an integer or a string, never the one for the other (JSON-RPC 2.0 §4).
///
/// Null, decimals and integers beyond ±(2^53−1) are refused, as are strings of more than 256 bytes: peers differ in
/// how they read them back.
public enum MessageID: Sendable, Hashable {
    case integer(Int64)
    case string(ExactText)

    public init?(_ value: JSONValue) {
        switch value {
        case .integer(let number) where number.magnitude <= UInt64(CanonicalForm.largestSafeInteger): self = .integer(number)
        case .string(let text) where text.utf8.count <= 256: self = .string(ExactText(text))
        default: return nil
        }
    }

    public var value: JSONValue {
        switch self {
        case .integer(let number): .integer(number)
        case .string(let text): .string(text.text)
        }
    }

    /// Names that the gateway keeps for requests of its own.
    static let ownPrefix = "chancery-"

    var isReserved: Bool {
        if case .string(let text) = self { text.text.utf8.starts(with: Self.ownPrefix.utf8) } else { false }
    }
}
