public import ChanceryWire

/// Why a connection or a certificate was refused.
public struct TransportError: CodedError, Equatable {
    /// A stable code. Each room lists its own in an extension of this type.
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

extension TransportError.Reason {
    /// A node is reached by TLS only, and this one has no certificate.
    public static let tlsRequired = Self(rawValue: "transport.tls_required")
}
