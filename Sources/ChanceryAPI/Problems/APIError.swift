public import ChanceryWire

/// Why the HTTP interface refused a request before any use case saw it.
public struct APIError: CodedError, Equatable {
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

extension APIError.Reason {
    /// No route has this path.
    public static let noSuchRoute = Self(rawValue: "api.no_such_route")
    /// The path exists, and not with this method.
    public static let methodNotAllowed = Self(rawValue: "api.method_not_allowed")
    /// A parameter is unknown, repeated, malformed or outside its limits.
    public static let invalidParameter = Self(rawValue: "api.invalid_parameter")
    /// The body is longer than the interface takes, or came where none is expected.
    public static let bodyTooLong = Self(rawValue: "api.body_too_long")
    /// The body ended early, or its framing is wrong.
    public static let bodyUnreadable = Self(rawValue: "api.body_unreadable")
    /// The server holds as many bodies as it takes; nothing was done.
    public static let noRoom = Self(rawValue: "api.no_room")
    /// The body is not of the type that the route takes.
    public static let unsupportedMediaType = Self(rawValue: "api.unsupported_media_type")
    /// The body's length is not stated, and the route takes none without.
    public static let lengthRequired = Self(rawValue: "api.length_required")
    /// The body is not the one whose digest was stated; nothing was done with it.
    public static let digestMismatch = Self(rawValue: "api.digest_mismatch")
    /// The content has no such bytes.
    public static let rangeNotSatisfiable = Self(rawValue: "api.range_not_satisfiable")
    /// The rest of the request did not come in time.
    public static let requestTimeout = Self(rawValue: "api.request_timeout")
    /// The `Host` is not this server: on plain HTTP, anything but a loopback name.
    public static let misdirected = Self(rawValue: "api.misdirected")
    /// Plain HTTP is spoken on loopback only.
    public static let plainHTTPRefused = Self(rawValue: "api.plain_http_refused")
    /// Something failed that no request should be able to cause.
    public static let internalError = Self(rawValue: "api.internal_error")
}
