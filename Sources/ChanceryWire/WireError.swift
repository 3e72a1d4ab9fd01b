/// Why bytes were refused, and where.
public struct WireError: CodedError, Equatable {
    /// The closed list of reasons; the raw value is the stable code.
    public enum Reason: String, Sendable, CaseIterable {
        case truncated = "wire.truncated"
        case tooLong = "wire.too_long"
        case tooDeep = "wire.too_deep"
        case invalidCharacter = "wire.invalid_character"
        case invalidUTF8 = "wire.invalid_utf8"
        case invalidNumber = "wire.invalid_number"
        case invalidEscape = "wire.invalid_escape"
        case loneSurrogate = "wire.lone_surrogate"
        case duplicateKey = "wire.duplicate_key"
        case trailingBytes = "wire.trailing_bytes"
        case notCanonical = "wire.not_canonical"
        case numberOutOfRange = "wire.number_out_of_range"
        case missingMember = "wire.missing_member"
        case unknownMember = "wire.unknown_member"
        case wrongType = "wire.wrong_type"
        case invalidValue = "wire.invalid_value"
    }

    public let reason: Reason
    public let detail: String
    /// The byte at which the input stopped making sense, where there is one.
    public let offset: Int?

    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String, offset: Int? = nil) {
        self.reason = reason
        let line = detail.asErrorDetail
        self.detail = offset.map { "\(line) at byte \($0)" } ?? line
        self.offset = offset
    }
}
