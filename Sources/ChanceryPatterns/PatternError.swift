public import ChanceryWire

/// Why a pattern or a text was refused, and at which character of the pattern.
public struct PatternError: CodedError, Equatable {
    /// A stable code; all of them are members of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let reason: Reason
    public let detail: String
    /// 1-based, in Unicode scalars of the pattern; 1 where the whole pattern is at fault.
    public let column: Int
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String, column: Int) {
        self.reason = reason
        self.detail = "\(detail.asErrorDetail) (column \(column))"
        self.column = column
    }
}

extension PatternError.Reason {
    /// Not an expression, or not a glob.
    public static let syntax = Self(rawValue: "pattern.syntax")
    /// An expression that other engines know and this one refuses: back-references, look-around, Unicode classes.
    public static let unsupported = Self(rawValue: "pattern.unsupported")
    /// The text of a pattern exceeds 4096 bytes.
    public static let tooLong = Self(rawValue: "pattern.too_long")
    /// A repetition beyond 1000, or a set that compiles to more instructions than ``PatternSet/instructionLimit``.
    public static let tooLarge = Self(rawValue: "pattern.too_large")
    /// Groups nest too deep.
    public static let tooDeep = Self(rawValue: "pattern.too_deep")
}
