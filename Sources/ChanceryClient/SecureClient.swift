internal import ChanceryAPI
public import ChanceryInference
public import ChancerySuite
internal import ChanceryTransport
public import ChanceryVault
public import ChanceryWire
internal import Synchronization

/// Asks a model so that only the service can read the question, and only this client the answer (HIP-5).
///
/// ```swift
/// let client = try SecureClient(apiKey: key, privacyTier: .sealed, service: service, now: clock)
/// let answer = try await client.complete(model: "minilm", messages: [["role": "user", "content": "Hello"]])
/// ```
///
/// Requests are sealed to the service's stated key (X-Wing) and signed with ML-DSA-65 (RFC 9421). There is no classical mode.
public final class SecureClient: Sendable {
    /// Seconds that a signed request is good for.
    private static let freshness: Int64 = 60
    /// A statement is asked for anew when so many seconds are left of it.
    private static let reserve: Int64 = 30
    private static let refusalBytes = 1 << 16

    /// The id under which the service knows the key, `ak_…`.
    public let keyID: String
    public let privacyTier: PrivacyTier
    public let service: RemoteService
    private let apiKey: SigningKey<Purpose.HTTP>
    private let now: @Sendable () -> UTCTime
    private let known = Mutex<ServiceKeyStatement?>(nil)

    /// - Parameters:
    ///   - apiKey: signs the requests; registered with the service.
    ///   - pqcEnabled: HIP-5's switch. `false` asks for what this client does not do.
    ///   - privacyTier: the least tier that the service must state.
    /// - Throws: `inference.classical_refused` when `pqcEnabled` is false; `inference.evidence_required` from tier 2 on, whose
    ///   evidence this client cannot check.
    public init(
        apiKey: SigningKey<Purpose.HTTP>, pqcEnabled: Bool = true, privacyTier: PrivacyTier = .sealed, service: RemoteService,
        now: @escaping @Sendable () -> UTCTime
    ) throws(InferenceError) {
        guard pqcEnabled else {
            throw InferenceError(.classicalRefused, "pqcEnabled: false would send in the clear; nothing was sent")
        }
        guard privacyTier < .attested else {
            throw InferenceError(
                .evidenceRequired, "tier \(privacyTier.rawValue) needs evidence of a trusted execution environment")
        }
        self.apiKey = apiKey
        self.privacyTier = privacyTier
        self.service = service
        self.now = now
        keyID = VaultKeyID(.api, publicKey: apiKey.publicKey.bytes).text
    }

    /// What the service states about the key that requests are sealed to now, verified.
    ///
    /// - Throws: `transport.unreachable`, and what is wrong with the statement.
    public func statement() async throws -> ServiceKeyStatement {
        if let held = known.withLock({ $0 }), (try? held.requireInForce(at: now())) != nil,
            now().advanced(bySeconds: Self.reserve) < held.terms.until
        {
            return held
        }
        let facts = try facts("GET", "/v1/inference/key", [])
        let answer = try await HTTPExchange(service.address, tls: service.tls).send(
            facts, [], mediaType: nil, limit: ServiceKeyStatement.maximumBytes)
        guard answer.status == 200 else { throw Refusal(status: answer.status, body: answer.body) }
        let statement = try ServiceKeyStatement.verify(answer.body, of: service.did, by: service.key, at: now())
        try statement.require(model: service.model, tier: privacyTier)
        known.withLock { $0 = statement }
        return statement
    }

    /// Asks, and gives the answer to `take` as it comes. It counts only when this returns.
    ///
    /// - Parameter operation: such as `chat/completions`.
    /// - Returns: the receipt and what opens its hashes.
    /// - Throws: ``Refusal`` when the service refuses, `transport.unreachable`, `inference.truncated` and the other errors of
    ///   ``ResponseOpener``; what `take` throws.
    @discardableResult
    public func ask(
        _ operation: String, _ body: [UInt8], _ take: (ResponseOpener.Part) async throws -> Void
    ) async throws -> ResponseOpener.Proof {
        do {
            return try await ask(once: operation, body, take)
        } catch let error as Refusal where error.code == InferenceError.Reason.keyUnknown.rawValue {
            // The service has another key than it stated before, as after a restart. Nothing was opened.
            known.withLock { $0 = nil }
            return try await ask(once: operation, body, take)
        }
    }

    private func ask(
        once operation: String, _ body: [UInt8], _ take: (ResponseOpener.Part) async throws -> Void
    ) async throws -> ResponseOpener.Proof {
        var sealer = try RequestSealer(to: try await statement(), caller: keyID, operation: operation)
        let sealed = sealer.opening + (try sealer.seal(body, isLast: true))
        var opener = try sealer.awaitingResponse(verifiedBy: service.key)
        let facts = try facts("POST", "/v1/inference", sealed)
        let time = now()
        let headers = try HTTPMessageSignature.headers(
            signing: facts, keyID: keyID, created: time, expires: time.advanced(bySeconds: Self.freshness),
            nonce: RequestNonce(SystemRandom.bytes(16)), by: apiKey)
        var (status, refusal) = (0, [UInt8]())
        try await HTTPExchange(service.address, tls: service.tls).stream(
            facts, headers, mediaType: "application/vnd.chancery.sealed-request"
        ) { part in
            switch part {
            case .head(let answered, _): status = answered
            case .body(let bytes) where status == 200:
                for part in try opener.receive(bytes) { try await take(part) }
            case .body(let bytes): refusal += bytes.prefix(Self.refusalBytes - refusal.count)
            }
        }
        guard status == 200 else { throw Refusal(status: status, body: refusal) }
        return try opener.finish()
    }

    private func facts(_ method: String, _ target: String, _ body: [UInt8]) throws -> RequestFacts {
        try RequestFacts(
            method: method, scheme: service.address.isSecure ? .https : .http, authority: service.address.authority,
            target: target, headers: [], body: body)
    }
}
