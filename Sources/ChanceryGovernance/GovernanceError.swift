public import ChanceryWire

/// Why governance refused something, and at which element.
public struct GovernanceError: CodedError, Equatable {
    /// A stable code. Each part lists its own in an extension of this type.
    public struct Reason: RawRepresentable, Sendable, Hashable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public let reason: Reason
    public let detail: String
    /// The 0-based index of the member, ballot or item that is at fault, where there is one.
    public let index: Int?
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String, index: Int? = nil) {
        self.reason = reason
        let line = detail.asErrorDetail
        self.detail = index.map { "\(line) (index \($0))" } ?? line
        self.index = index
    }
}
