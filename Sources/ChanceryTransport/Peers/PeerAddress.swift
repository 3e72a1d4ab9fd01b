public import ChanceryWire

/// Where a node listens: `http://127.0.0.1:8420` or `https://node.example:8420`.
public struct PeerAddress: Sendable, Hashable, CustomStringConvertible {
    public let isSecure: Bool
    public let host: String
    public let port: Int

    /// - Throws: `wire.invalid_value` for anything but a scheme, a host and a port; plain HTTP goes to loopback only.
    public init(_ text: String) throws(WireError) {
        let scheme = text.hasPrefix("https://") ? "https://" : "http://"
        guard text.hasPrefix(scheme), let colon = text.lastIndex(of: ":") else { throw Self.malformed }
        var name = text[..<colon].dropFirst(scheme.count)
        if name.hasPrefix("["), name.hasSuffix("]") { name = name.dropFirst().dropLast() }
        guard let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port),
            (1...255).contains(name.utf8.count),
            name.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != 0x2f && $0 != 0x40 })
        else { throw Self.malformed }
        isSecure = scheme == "https://"
        host = String(name)
        self.port = port
        guard isSecure || ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw WireError(.invalidValue, "plain http:// goes to loopback only; other nodes are reached by https://")
        }
    }

    private static var malformed: WireError {
        WireError(.invalidValue, "a node's address is http://HOST:PORT or https://HOST:PORT")
    }

    /// Host and port as a request names them.
    public var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    public var description: String { "\(isSecure ? "https" : "http")://\(authority)" }
}
