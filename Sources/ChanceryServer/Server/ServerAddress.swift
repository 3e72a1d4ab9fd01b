internal import ChanceryAPI
internal import ChanceryTransport

/// Where a server listens.
public struct ServerAddress: Sendable, Equatable {
    public let host: String
    /// 0 lets the system choose.
    public let port: Int

    public static let standardPort = 8420

    /// - Throws: `api.plain_http_refused` for an address beyond loopback without TLS, and `api.invalid_parameter` for a
    ///   host that is neither a name nor an address.
    public init(host: String, port: Int, hasTLS: Bool) throws {
        guard (try? HostName(host)) != nil, (0...65_535).contains(port) else {
            throw APIError(.invalidParameter, "`\(host)` port \(port) is no address")
        }
        guard hasTLS || Self.isLoopback(host) else {
            throw APIError(.plainHTTPRefused, "`\(host)` is not loopback; another address needs TLS")
        }
        self.host = host
        self.port = port
    }

    /// Whether a host, with or without a port, can only be this machine. A page in a browser that had its own name point
    /// here says another one.
    static func isLoopback(_ authority: String) -> Bool {
        var host = authority[...]
        if host.hasPrefix("[") {
            guard let end = host.firstIndex(of: "]") else { return false }
            host = host[host.index(after: host.startIndex)..<end]
        } else if host.count(where: { $0 == ":" }) == 1 {
            host = host.prefix { $0 != ":" }
        }
        switch try? HostName(host.lowercased()) {
        case .dns(let name): return name == "localhost"
        case .address(let bytes): return bytes.count == 4 ? bytes[0] == 127 : bytes == [UInt8](repeating: 0, count: 15) + [1]
        case nil: return false
        }
    }
}
