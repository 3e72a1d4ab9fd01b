import ChanceryAPI
import ChancerySuite
import ChanceryWire

/// A server, its registered keys, and requests to it.
struct RequestSamples {
    static let now = UTCTime(seconds: 1_790_000_000)
    static let nonce = [UInt8](repeating: 7, count: 16)
    let alice: SigningKey<Purpose.HTTP>
    let bob: SigningKey<Purpose.HTTP>
    let verifier: RequestVerifier
    var keys: [String: RegisteredKey]

    enum Form: CaseIterable, Sendable { case message, envelope }

    init() throws {
        alice = try Self.key(1)
        bob = try Self.key(2)
        verifier = try RequestVerifier(authorities: ["node-1.example:8420"])
        keys = [:]
        keys["alice"] = register("alice", alice, [.operator])
        keys["bob"] = register("bob", bob, [.agent, .auditor])
    }

    static func key(_ number: UInt8, _ suite: SignatureSuite = .mlDSA65) throws -> SigningKey<Purpose.HTTP> {
        var seed = [UInt8](repeating: number, count: 32)
        return try SigningKey(suite, seed: SecretBytes(erasing: &seed))
    }

    func register(
        _ name: String, _ key: SigningKey<Purpose.HTTP>, _ roles: Set<Role>, from: Int64 = -1000, to: Int64 = 1000,
        revoked: Bool = false
    ) -> RegisteredKey {
        RegisteredKey(
            name, of: "did:\(name)", roles: roles, key: key.publicKey, notBefore: Self.now.advanced(bySeconds: from),
            notAfter: Self.now.advanced(bySeconds: to), isRevoked: revoked)
    }

    static func facts(
        method: String = "POST", scheme: RequestFacts.Scheme = .https, authority: String = "node-1.example:8420",
        target: String = "/v1/proposals?dry=1", headers: [RequestFacts.Header] = [],
        body: String = #"{"kind":"authorize-model"}"#
    ) throws -> RequestFacts {
        try RequestFacts(
            method: method, scheme: scheme, authority: authority, target: target, headers: headers, body: Array(body.utf8))
    }

    /// The headers by which `key` signs `facts` at `age` seconds before now.
    func headers(
        _ form: Form, for facts: RequestFacts, keyID: String = "alice", by key: SigningKey<Purpose.HTTP>? = nil, age: Int64 = 0,
        lifetime: Int64 = 60, nonce: [UInt8] = nonce
    ) throws -> [RequestFacts.Header] {
        let time = Self.now.advanced(bySeconds: -age)
        switch form {
        case .message:
            return try HTTPMessageSignature.headers(
                signing: facts, keyID: keyID, created: time, expires: time.advanced(bySeconds: lifetime),
                nonce: RequestNonce(nonce), by: key ?? alice)
        case .envelope:
            return [
                try HIP5Envelope.header(signing: facts, keyID: keyID, time: time, nonce: RequestNonce(nonce), by: key ?? alice)
            ]
        }
    }

    func verify(
        _ facts: RequestFacts, _ headers: [RequestFacts.Header], at now: UTCTime = now
    ) throws -> Result<UnadmittedRequest, RequestRefusal> {
        let received = try RequestFacts(
            method: facts.method, scheme: .https, authority: facts.authority,
            target: facts.query.map { facts.path + "?" + $0 } ?? facts.path, headers: headers, body: facts.body)
        return verifier.verify(received, at: now) { keys[$0] }
    }

    func refusal(_ facts: RequestFacts, _ headers: [RequestFacts.Header], at now: UTCTime = now) throws -> RequestRefusal? {
        if case .failure(let refusal) = try verify(facts, headers, at: now) { refusal } else { nil }
    }
}

/// Keeps the promise of ``NonceStore`` but for durability.
actor MemoryNonceStore: NonceStore {
    private struct Name: Hashable {
        let keyID: [UInt8]
        let nonce: RequestNonce
    }
    private let limit: Int
    private var uses: [Name: UTCTime] = [:]
    /// The latest moment at which uses were forgotten.
    private var horizon = UTCTime(seconds: 0)

    init(limit: Int = 1000) { self.limit = limit }

    func insert(_ use: NonceUse, at now: UTCTime) -> NonceInsertion {
        let name = Name(keyID: Array(use.keyID.utf8), nonce: use.nonce)
        if uses[name] != nil { return .seen }
        if uses.count >= limit {
            uses = uses.filter { now <= $0.value }
            horizon = max(horizon, now)
        }
        guard uses.count < limit, horizon <= use.until else { return .full }
        uses[name] = use.until
        return .inserted
    }
}

extension RequestSamples {
    func accepts(_ facts: RequestFacts, _ headers: [RequestFacts.Header]) -> Bool {
        if case .success = try? verify(facts, headers) { true } else { false }
    }

    static func nonceText() -> String { Base64.url.encode(nonce) }
}
