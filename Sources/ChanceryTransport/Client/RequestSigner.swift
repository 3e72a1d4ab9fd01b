public import ChanceryAPI
internal import ChanceryNode
public import ChancerySuite
public import ChanceryWire

/// Signs the requests of a client, each with a nonce of its own, under the newest of its keys that counts.
///
/// While a key is replaced a client has two: the new one, which a server may not have heard of yet, and the old one until the
/// end of the overlap. ``HTTPExchange/send(_:signedBy:mediaType:limit:)`` tries them in this order.
public struct RequestSigner: Sendable {
    /// How a request says who signs it (docs/spec/request-signature.md).
    public enum Form: Sendable {
        /// RFC 9421.
        case messageSignature
        /// The envelope of HIP-5.
        case hip5
    }

    /// A private key, and the times between which servers take it, as far as the client knows them.
    public struct Key: Sendable {
        public let keyID: String
        public let key: SigningKey<Purpose.HTTP>
        public let notBefore: UTCTime?
        public let notAfter: UTCTime?

        /// - Parameter keyID: that of a registered key where nil; a member of a federation signs as its DID.
        public init(
            _ key: SigningKey<Purpose.HTTP>, keyID: String? = nil, notBefore: UTCTime? = nil, notAfter: UTCTime? = nil
        ) {
            self.key = key
            self.keyID = keyID ?? APIKeyRegistry.keyID(of: key.publicKey.bytes)
            self.notBefore = notBefore
            self.notAfter = notAfter
        }

        fileprivate func counts(at now: UTCTime) -> Bool {
            notBefore.map { $0 <= now } ?? true && notAfter.map { now <= $0 } ?? true
        }
    }

    /// How long a signed request may be under way, in seconds.
    public static let lifetime: Int64 = 60

    private let keys: [Key]
    private let form: Form
    private let now: @Sendable () -> UTCTime
    private let nonce: @Sendable () -> [UInt8]

    /// - Parameters:
    ///   - keys: of the same client; where the times say nothing, the one that stands first is the newest.
    ///   - nonce: 16 to 64 bytes that were never given before.
    public init(
        _ keys: [Key], form: Form = .messageSignature, now: @escaping @Sendable () -> UTCTime,
        nonce: @escaping @Sendable () -> [UInt8] = { SystemRandom.bytes(16) }
    ) {
        self.keys = keys
        self.form = form
        self.now = now
        self.nonce = nonce
    }

    /// The keys that count now, the newest first.
    public var usableKeys: [Key] {
        let time = now()
        let usable = keys.enumerated().filter { $0.element.counts(at: time) }
        return usable.sorted { left, right in
            let (first, second) = (left.element.notBefore?.milliseconds, right.element.notBefore?.milliseconds)
            return (first ?? .max, right.offset) > (second ?? .max, left.offset)
        }.map(\.element)
    }

    /// The headers that sign a request under `key`, the newest where nil.
    ///
    /// - Throws: `transport.no_usable_key` when none counts now.
    public func headers(signing facts: RequestFacts, by key: Key? = nil) throws -> [RequestFacts.Header] {
        guard let key = key ?? usableKeys.first else {
            throw TransportError(.noUsableKey, "none of the client's keys counts now; its operator replaces them")
        }
        let time = now()
        let nonce = try RequestNonce(nonce())
        switch form {
        case .messageSignature:
            return try HTTPMessageSignature.headers(
                signing: facts, keyID: key.keyID, created: time, expires: time.advanced(bySeconds: Self.lifetime), nonce: nonce,
                by: key.key)
        case .hip5:
            return [try HIP5Envelope.header(signing: facts, keyID: key.keyID, time: time, nonce: nonce, by: key.key)]
        }
    }
}

extension HTTPExchange {
    /// Signs and sends a request. Where the server does not take the newest key, because it has not heard of it yet or no more
    /// does, the key before is tried: what is answered with 401 was not done.
    ///
    /// - Throws: `transport.no_usable_key`, and as ``send(_:_:mediaType:limit:)``.
    public func send(
        _ facts: RequestFacts, signedBy signer: RequestSigner, mediaType: String?, limit: Int
    ) async throws -> Answer {
        var last: Answer?
        for key in signer.usableKeys.prefix(2) {
            let answer = try await send(facts, signer.headers(signing: facts, by: key), mediaType: mediaType, limit: limit)
            guard answer.status == 401 else { return answer }
            last = answer
        }
        guard let last else { return try await send(facts, signer.headers(signing: facts), mediaType: mediaType, limit: limit) }
        return last
    }
}

extension TransportError.Reason {
    /// None of a client's keys is valid now.
    public static let noUsableKey = Self(rawValue: "transport.no_usable_key")
}
