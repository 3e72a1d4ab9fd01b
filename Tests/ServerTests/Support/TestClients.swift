import ChanceryAPI
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit

/// Keys of clients and what a server remembers of their requests, in a store of their own.
struct TestClients: Sendable {
    let registry: APIKeyRegistry
    let authenticator: Authenticator
    let key: SigningKey<Purpose.HTTP>
    private let folder = TemporaryFolder()

    static let now: @Sendable () -> UTCTime = { SampleKeys.time(100) }

    init(members: Authenticator.Members? = nil, authorities: Set<String>? = nil) throws {
        registry = APIKeyRegistry(store: try SQLiteStore(path: folder.path + "/keys.sqlite"), now: Self.now)
        let nonces = try SQLiteNonceStore(path: folder.path + "/requests.sqlite", mayBeNew: true, at: Self.now())
        authenticator = Authenticator(
            registry, members: members, nonces: nonces, authorities: authorities, now: Self.now)
        key = try APIKeyFile.generate()
        _ = try register(key, Set(Role.allCases))
    }

    @discardableResult
    func register(
        _ key: SigningKey<Purpose.HTTP>, _ roles: Set<Role>, quotas: [APIKeyQuota] = []
    ) throws -> APIKeyStatement {
        try registry.register(key.publicKey, name: "test", roles: Set(roles.map(\.rawValue)), quotas: quotas, lifetime: 3600)
    }

    /// Headers that sign a request as RFC 9421 says.
    func headers(
        _ method: String, _ target: String, body: String = "", port: Int, by key: SigningKey<Purpose.HTTP>? = nil,
        nonce: [UInt8] = SystemRandom.bytes(16)
    ) throws -> [String] {
        let (facts, key) = (try facts(method, target, body, port), key ?? self.key)
        return try HTTPMessageSignature.headers(
            signing: facts, keyID: Self.id(of: key), created: Self.now(), expires: Self.now().advanced(bySeconds: 60),
            nonce: RequestNonce(nonce), by: key
        ).map { "\($0.name): \($0.value)" }
    }

    /// The header that signs a request as HIP-5 says.
    func envelope(_ method: String, _ target: String, body: String = "", port: Int) throws -> [String] {
        let header = try HIP5Envelope.header(
            signing: facts(method, target, body, port), keyID: Self.id(of: key), time: Self.now(),
            nonce: RequestNonce(SystemRandom.bytes(16)), by: key)
        return ["\(header.name): \(header.value)"]
    }

    private func facts(_ method: String, _ target: String, _ body: String, _ port: Int) throws -> RequestFacts {
        try RequestFacts(
            method: method, scheme: .http, authority: "127.0.0.1:\(port)", target: target, headers: [], body: Array(body.utf8))
    }

    static func id(of key: SigningKey<Purpose.HTTP>) -> String {
        APIKeyRegistry.keyID(of: key.publicKey.bytes)
    }

    /// The token of a session of ``key``.
    func openSession(port: Int) async throws -> String {
        let lines =
            ["POST /v1/sessions HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
            + (try headers("POST", "/v1/sessions", port: port)) + ["", ""]
        let answer = try await RawConnection.exchange(Array(lines.joined(separator: "\r\n").utf8), port: port)
        return answer.json["token"]?.string ?? ""
    }
}
