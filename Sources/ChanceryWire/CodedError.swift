/// An error whose code is stable: callers match on ``code``, people read ``detail``.
///
/// Codes are lower-case words joined by dots (`wire.duplicate_key`). They are listed in `docs/error-codes.md`,
/// never reused and never translated. Details are one line and never hold secrets.
public protocol CodedError: Error, CustomStringConvertible, Sendable {
    /// The stable name of what went wrong.
    var code: String { get }
    /// What was wrong and where, for the operator.
    var detail: String { get }
}

extension CodedError {
    public var description: String { "\(code): \(detail)" }
}

extension String {
    /// This text on one line of at most 400 bytes, for ``CodedError/detail``: a message may quote a name that a
    /// stranger chose, so control characters and line separators become `?`.
    package var asErrorDetail: String {
        var line = String.UnicodeScalarView()
        var length = 0
        for scalar in unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= 400 else { return String(line) + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: line.append("?")
            default: line.append(scalar)
            }
        }
        return String(line)
    }
}
