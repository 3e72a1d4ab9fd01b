public import ChanceryWire

/// Why a record about a program was refused. A refused evaluation is no error: it is a ``Verdict``.
public struct OracleError: CodedError, Equatable {
    /// A stable code. Each part lists its own in an extension of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}
