internal import ChancerySuite
public import ChanceryWire

/// What stands for a signed request during a short session: 32 random bytes that only the client keeps.
public struct SessionToken: Sendable {
    static let prefix = "cs_"
    static let byteCount = 32

    private let bytes: [UInt8]

    /// - Throws: `wire.invalid_value` for anything but 32 bytes.
    public init(_ bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.byteCount else { throw WireError(.invalidValue, "a session token has 32 bytes") }
        self.bytes = bytes
    }

    /// Reads the value of an `Authorization` header (RFC 6750 §2.1).
    public init(authorization: String) throws(WireError) {
        let scheme = "Bearer "
        guard authorization.utf8.count <= 128, authorization.prefix(scheme.count).lowercased() == scheme.lowercased() else {
            throw WireError(.invalidValue, "the header is no bearer token")
        }
        let text = authorization.dropFirst(scheme.count)
        guard text.hasPrefix(Self.prefix) else { throw WireError(.invalidValue, "the token is no session token") }
        try self.init(Base64.url.decode(String(text.dropFirst(Self.prefix.count))))
    }

    /// What the client sends.
    public var text: String { Self.prefix + Base64.url.encode(bytes) }

    /// What the server keeps: it finds a session by it and cannot speak for the client.
    var digest: [UInt8] { Digest.sha256(bytes) }
}
