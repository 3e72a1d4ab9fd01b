public import ChanceryAPI
public import ChanceryNode
internal import ChancerySuite
public import ChanceryWire
internal import HTTPTypes
internal import Synchronization

/// Finds out who calls, before a route hears of the request. Whom it does not know it refuses, and tells nobody why.
public final class Authenticator: Sendable {
    /// The http keys of a federation's members at one moment, by DID.
    public typealias Members = @Sendable () async -> [String: RegisteredKey]

    private let keys: APIKeyRegistry
    private let members: Members?
    private let nonces: any NonceStore
    private let authorities: Set<String>?
    private let now: @Sendable () -> UTCTime
    private let sessions = Mutex(SessionBook())
    private let started = ContinuousClock.now

    /// - Parameters:
    ///   - members: who else signs requests: nodes of a federation.
    ///   - authorities: the names under which signed requests reach this server; nil for the one that the request says,
    ///     where the port is not known beforehand.
    public init(
        _ keys: APIKeyRegistry, members: Members? = nil, nonces: any NonceStore, authorities: Set<String>?,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.keys = keys
        self.members = members
        self.nonces = nonces
        self.authorities = authorities
        self.now = now
    }

    /// Whose request it is.
    ///
    /// - Parameter body: nil for one that is read later: its digest is then what the sender states.
    /// - Throws: ``RequestRefusal``, and what the stores of keys and nonces throw.
    func caller(of head: HTTPRequest, body: [UInt8]?, isSecure: Bool) async throws -> Caller {
        let (time, members) = (now(), await members?() ?? [:])
        if let text = head.headerFields[.authorization] {
            guard let token = try? SessionToken(authorization: text),
                let opener = sessions.withLock({ $0.key(of: token, at: uptime) })
            else { throw RequestRefusal.sessionUnknown }
            // The key may have been revoked since, or a member have another one.
            guard let (key, account) = try registered(opener.principal.keyID, members), key.key == opener.key,
                key.isActive(at: time)
            else { throw RequestRefusal.inactiveKey }
            return Caller(principal: key.principal, session: token, key: nil, account: account)
        }
        guard let facts = try? RequestFacts(head, statingOrWith: body, isSecure: isSecure) else {
            throw RequestRefusal.malformedSignature
        }
        let verifier = try RequestVerifier(authorities: authorities ?? [facts.authority])
        var found: (key: RegisteredKey, account: APIKeyStatement?)?
        let request = try verifier.verify(facts, at: time) { keyID in
            found = try registered(keyID, members)
            return found?.key
        }.get()
        let principal = try await request.admit(by: nonces, at: time).get()
        return Caller(principal: principal, session: nil, key: found?.key, account: found?.account)
    }

    /// Whether an `Authorization` header names an open session.
    func hasSession(_ authorization: String) -> Bool {
        guard let token = try? SessionToken(authorization: authorization) else { return false }
        return sessions.withLock { $0.key(of: token, at: uptime) } != nil
    }

    /// Opens a session for the sender of a signed request.
    ///
    /// - Throws: `api.signature_required` when a session asks for another, which would never end, or a certificate, which
    ///   needs none.
    func openSession(for caller: Caller) throws -> SessionToken {
        guard let key = caller.key else {
            throw APIError(.signatureRequired, "a session is opened by a signed request")
        }
        let token = try SessionToken(SystemRandom.bytes(32))
        guard sessions.withLock({ $0.open(token, for: key, at: uptime) }) else {
            throw APIError(.noRoom, "the server has as many sessions as it takes; try again later")
        }
        return token
    }

    /// - Returns: whether there was a session to end.
    func closeSession(of caller: Caller) -> Bool {
        guard let token = caller.session else { return false }
        sessions.withLock { $0.close(token) }
        return true
    }

    private var uptime: Duration { ContinuousClock.now - started }

    private func registered(
        _ keyID: String, _ members: [String: RegisteredKey]
    ) throws -> (key: RegisteredKey, account: APIKeyStatement?)? {
        if let member = members[keyID] { return (member, nil) }
        return try keys.key(keyID).map { (try RegisteredKey($0), $0) }
    }
}

extension RegisteredKey {
    /// A role that this version does not know gives no rights.
    init(_ statement: APIKeyStatement) throws {
        self.init(
            statement.keyID, of: statement.name, roles: Set(statement.roles.compactMap(Role.init(rawValue:))),
            key: try VerifyingKey(.mlDSA65, statement.key), notBefore: statement.notBefore,
            notAfter: statement.notAfter, isRevoked: statement.status == .revoked)
    }
}

extension APIError.Reason {
    /// Nobody who may ask this signed the request.
    public static let unauthorized = Self(rawValue: "api.unauthorized")
    /// The caller is known and has no role that the route asks for.
    public static let roleMissing = Self(rawValue: RequestRefusal.roleMissing.rawValue)
    /// A session is not enough here: the request itself must be signed.
    public static let signatureRequired = Self(rawValue: "api.signature_required")
    /// There is no room to remember another request; nothing was done.
    public static let nonceStoreFull = Self(rawValue: RequestRefusal.nonceStoreFull.rawValue)
}
