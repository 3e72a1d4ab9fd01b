public import ChanceryWire

/// What a server saw of a request, as far as a signature covers it.
public struct RequestFacts: Sendable {
    public enum Scheme: String, Sendable {
        case http
        case https

        var defaultPort: String { self == .http ? "80" : "443" }
    }

    public struct Header: Sendable, Equatable {
        public let name: String
        public let value: String

        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    public let method: String
    /// Host and port in lower case, without the scheme's default port (RFC 9421 §2.2.3).
    public let authority: String
    /// As sent; never empty.
    public let path: String
    /// As sent, without the question mark; nil when there was none.
    public let query: String?
    /// In the order received, repeated ones included.
    public let headers: [Header]
    /// Empty for one that is not read yet.
    public let body: [UInt8]
    /// The `Content-Digest` of ``body``; of one that is not read yet the one that its sender states.
    let contentDigest: String

    /// - Parameter target: path and query as they stood in the request line.
    /// - Throws: `wire.invalid_value` for a method, authority or target that holds anything but what HTTP allows there.
    public init(
        method: String, scheme: Scheme, authority: String, target: String, headers: [Header], body: [UInt8]
    ) throws(WireError) {
        guard (1...32).contains(method.utf8.count), method.utf8.allSatisfy({ (0x41...0x5a).contains($0) || $0 == 0x2d }) else {
            throw WireError(.invalidValue, "a method is upper-case letters")
        }
        guard (1...255).contains(authority.utf8.count), authority.utf8.allSatisfy(Self.isVisible),
            !authority.utf8.contains(where: { "@/?#,\"\\".utf8.contains($0) })
        else { throw WireError(.invalidValue, "an authority is a host and perhaps a port") }
        guard target.utf8.count <= 8192, target.utf8.first == 0x2f, target.utf8.allSatisfy(Self.isVisible),
            !target.utf8.contains(0x23)
        else { throw WireError(.invalidValue, "a target is an absolute path of visible ASCII characters without a fragment") }
        self.method = method
        let host = String(decoding: authority.utf8.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        let port = ":" + scheme.defaultPort
        self.authority = host.hasSuffix(port) ? String(host.dropLast(port.utf8.count)) : host
        if let mark = target.firstIndex(of: "?") {
            path = String(target[..<mark])
            query = String(target[target.index(after: mark)...])
        } else {
            path = target
            query = nil
        }
        self.headers = headers
        self.body = body
        contentDigest = ContentDigest.text(of: body)
    }

    /// The same request with a body that is read later. A signature covers the digest that its sender states in
    /// `Content-Digest`; whoever reads the body compares it with ``statedDigest``.
    ///
    /// - Throws: `wire.duplicate_key`, `wire.invalid_value` for anything but one `sha-256`.
    public func statingBody() throws(WireError) -> RequestFacts {
        guard let text = try header("Content-Digest") else { return self }
        try ContentDigest.check(text)
        return RequestFacts(self, contentDigest: text)
    }

    private init(_ facts: RequestFacts, contentDigest: String) {
        method = facts.method
        authority = facts.authority
        path = facts.path
        query = facts.query
        headers = facts.headers
        body = []
        self.contentDigest = contentDigest
    }

    /// The SHA-256 that the sender states of the body; nil when it states none.
    ///
    /// - Throws: as ``statingBody()``.
    public func statedDigest() throws(WireError) -> [UInt8]? {
        guard let text = try header("Content-Digest") else { return nil }
        return try ContentDigest.value(text)
    }

    /// Path and query as sent.
    public var target: String { query.map { path + "?" + $0 } ?? path }

    /// The one value of the header `name`, nil when it is absent.
    ///
    /// - Throws: `wire.duplicate_key` when it stands there twice: readers differ on which one counts.
    func header(_ name: String) throws(WireError) -> String? {
        let values = headers.filter { Self.lowercased($0.name) == Self.lowercased(name) }.map(\.value)
        guard values.count < 2 else { throw WireError(.duplicateKey, "the header `\(name)` stands there twice") }
        return values.first
    }

    static func isVisible(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) }

    private static func lowercased(_ name: String) -> [UInt8] {
        name.utf8.map { (0x41...0x5a).contains($0) ? $0 + 0x20 : $0 }
    }
}
