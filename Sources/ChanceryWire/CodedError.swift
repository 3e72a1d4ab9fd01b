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
