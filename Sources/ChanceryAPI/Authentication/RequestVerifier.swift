internal import ChancerySuite
public import ChanceryWire

/// Decides whose request it is. Pure: keys, time and the memory of nonces are the caller's.
///
/// In this order: form → key known and active → algorithm → own authority → window → body → signature. What passes is an
/// ``UnadmittedRequest``; its principal is known only when its nonce is stored, so traffic that nobody signed cannot fill
/// the store.
public struct RequestVerifier: Sendable {
    /// The names by which clients reach this server, in the form of ``RequestFacts/authority``.
    public let authorities: Set<String>
    /// How far a request's time may be from now, in seconds.
    public let window: Int64

    /// - Throws: `wire.invalid_value` for a window outside 30 to 900 seconds.
    public init(authorities: Set<String>, window: Int64 = 300) throws(WireError) {
        guard (30...900).contains(window) else { throw WireError(.invalidValue, "the window is 30 to 900 seconds") }
        self.authorities = authorities
        self.window = window
    }

    /// The request, if a registered key signed exactly it, now and for this server.
    public func verify(
        _ facts: RequestFacts, at now: UTCTime, key lookup: (_ keyID: String) throws -> RegisteredKey?
    ) rethrows -> Result<UnadmittedRequest, RequestRefusal> {
        let signature: RequestSignature
        let algorithm: String
        do throws(WireError) {
            switch (try HTTPMessageSignature.read(facts), try HIP5Envelope.read(facts)) {
            case (nil, nil): return .failure(.unsigned)
            case (let found?, nil): (signature, algorithm) = (found, HTTPMessageSignature.algorithm)
            case (nil, let found?): (signature, algorithm) = (found, HIP5Envelope.algorithm)
            // Two signatures could name two principals.
            case (.some, .some): return .failure(.malformedSignature)
            }
        } catch {
            return .failure(.malformedSignature)
        }
        guard let registered = try lookup(signature.keyID), registered.principal.keyID.utf8.elementsEqual(signature.keyID.utf8)
        else { return .failure(.unknownKey) }
        guard registered.isActive(at: now) else { return .failure(.inactiveKey) }
        guard signature.algorithm == algorithm, registered.key.suite == .mlDSA65 else { return .failure(.wrongAlgorithm) }
        guard authorities.contains(facts.authority) else { return .failure(.otherAuthority) }
        guard let until = end(of: signature, at: now) else { return .failure(.notFresh) }
        guard signature.coversBody else { return .failure(.contentMismatch) }
        guard registered.key.isValid(signature) else { return .failure(.invalidSignature) }
        let use = NonceUse(keyID: signature.keyID, nonce: signature.nonce, until: until)
        return .success(UnadmittedRequest(principal: registered.principal, use: use))
    }

    /// The last moment at which the request is fresh; nil when now is none.
    private func end(of signature: RequestSignature, at now: UTCTime) -> UTCTime? {
        let last = signature.created.advanced(bySeconds: window)
        let earliest = now.advanced(bySeconds: window)
        guard signature.created <= earliest, now <= last else { return nil }
        guard let expires = signature.expires else { return last }
        guard signature.created < expires, now <= expires else { return nil }
        return min(expires, last)
    }
}

/// A request with a genuine signature, whose nonce nobody looked at yet.
public struct UnadmittedRequest: Sendable {
    private let principal: Principal
    /// What the store is asked to remember.
    public let use: NonceUse

    init(principal: Principal, use: NonceUse) {
        self.principal = principal
        self.use = use
    }

    /// Spends the nonce and says who asks.
    public func admit(by store: some NonceStore, at now: UTCTime) async throws -> Result<Principal, RequestRefusal> {
        switch try await store.insert(use, at: now) {
        case .inserted: .success(principal)
        case .seen: .failure(.replayed)
        case .full: .failure(.nonceStoreFull)
        }
    }
}
