public import ChanceryWire

/// Why the vault refused something. A denied access is no error: it is a verdict.
public struct VaultError: CodedError, Equatable {
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
