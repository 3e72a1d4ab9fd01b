public import ChanceryAPI
public import ChanceryNode
public import ChanceryTransport
internal import ChanceryWire
internal import HTTPTypes

/// Decides whether a request gets to its route. What is not allowed is refused.
public struct Admission: Sendable {
    /// Who is at the other end of a connection between nodes; nil for nobody who counts.
    public typealias Peers = @Sendable (VerifiedPeer) async -> Principal?

    private let authenticator: Authenticator?
    private let peers: Peers?
    private let locals: LocalAgents
    private let journal: RefusalJournal?
    private let browsers: BrowserDesk?
    let usage: UsageMeter?

    /// - Parameters:
    ///   - authenticator: without one, only open routes answer.
    ///   - peers: without it, a node's certificate is no way in.
    ///   - locals: which agents the users of this machine are, on a Unix socket.
    ///   - journal: where refusals of known callers are kept.
    ///   - browsers: knows people by their cookies; without it a cookie is no way in.
    ///   - usage: counts what registered keys are used for; without it a key with a quota is not served.
    public init(
        _ authenticator: Authenticator? = nil, peers: Peers? = nil, locals: LocalAgents = LocalAgents(),
        journal: RefusalJournal? = nil, usage: UsageMeter? = nil, browsers: BrowserDesk? = nil
    ) {
        self.authenticator = authenticator
        self.peers = peers
        self.locals = locals
        self.journal = journal
        self.usage = usage
        self.browsers = browsers
    }

    /// Whether somebody answers for the request before its body is read: a client by its session, a node by its certificate.
    ///
    /// - Throws: ``RequestRefusal`` for a request that names nobody, and for a session that is none.
    func isKnown(_ head: HTTPRequest, peer: VerifiedPeer?, user: UInt32? = nil, at document: RouteDocument)
        throws(RequestRefusal) -> Bool
    {
        guard case .roles = document.access else { return false }
        if let isOpen = try browsers?.isKnown(head) {
            guard isOpen else { throw .sessionUnknown }
            return true
        }
        if let text = head.headerFields[.authorization] {
            guard authenticator?.hasSession(text) == true else { throw .sessionUnknown }
            return true
        }
        let isLocal = user.flatMap(locals.principal) != nil
        guard peer != nil || isLocal || Self.credentials.contains(where: { head.headerFields[$0] != nil }) else {
            throw .unsigned
        }
        return peer != nil || isLocal
    }

    /// Who calls; nil on routes that do not ask.
    ///
    /// - Parameters:
    ///   - body: nil for one that is read later.
    ///   - account: set to the key whose use the request is, also when it is refused.
    /// - Throws: ``RequestRefusal``, `api.quota_exceeded`, and what keeps this machine from knowing.
    func caller(
        of head: HTTPRequest, body: [UInt8]?, peer: VerifiedPeer?, user: UInt32? = nil, isSecure: Bool,
        at document: RouteDocument, account: inout APIKeyStatement?
    ) async throws -> Caller? {
        guard case .roles = document.access else { return nil }
        let caller = try await identify(head, body, peer, user, isSecure, document)
        account = caller.account
        if let account { try await count(account, bytes: body?.count ?? Self.statedLength(head), at: document.id) }
        guard document.access.admits(caller.principal) else {
            await journal?.note(.roleMissing, of: caller.principal.keyID, at: document.id)
            throw RequestRefusal.roleMissing
        }
        return caller
    }

    /// How long a body that is read later will be; nobody sends more than that.
    private static func statedLength(_ head: HTTPRequest) -> Int {
        head.headerFields[.contentLength].flatMap { Int($0) }.map { max(0, $0) } ?? 0
    }

    private func identify(
        _ head: HTTPRequest, _ body: [UInt8]?, _ peer: VerifiedPeer?, _ user: UInt32?, _ isSecure: Bool,
        _ document: RouteDocument
    ) async throws -> Caller {
        let offered = Self.credentials.filter { head.headerFields[$0] != nil }
        let isStream = document.content.mediaType == RouteDocument.Content.events.mediaType
        let browser = try await browsers?.caller(of: head, isSecure: isSecure, at: document.id, isUse: !isStream)
        if let browser {
            // A cookie and a signature could name two callers.
            guard offered.isEmpty else { throw RequestRefusal.malformedSignature }
            return browser
        }
        if !offered.isEmpty {
            // A session and a signature could name two callers.
            guard offered.count == 1 || !offered.contains(.authorization) else { throw RequestRefusal.malformedSignature }
            guard let authenticator else { throw RequestRefusal.unknownKey }
            return try await authenticator.caller(of: head, body: body, isSecure: isSecure)
        }
        if let principal = user.flatMap(locals.principal) { return Caller(principal: principal, session: nil, key: nil) }
        guard let peer, let principal = await peers?(peer) else { throw RequestRefusal.unsigned }
        return Caller(principal: principal, session: nil, key: nil)
    }

    private func count(_ key: APIKeyStatement, bytes: Int, at route: String) async throws {
        guard let usage else {
            guard key.quotas.isEmpty else { throw UsageError(.unkept, "the key has a quota, and this server keeps no usage") }
            return
        }
        // Each turn writes down what somebody used, so somebody goes on; nobody waits for ever.
        for _ in 0..<Self.mostTurns {
            switch try usage.admit(key, bytes: bytes) {
            case .admitted: return
            case .flushFirst: try await HomeServices.blocking { try usage.flush() }
            case .refused(let excess):
                await journal?.note(excess, of: key.keyID, at: route)
                throw excess
            }
        }
        throw NodeError(.storeBusy, "more requests of the key wait than can be written down; try again")
    }

    private static let mostTurns = 1000

    private static let credentials =
        [HTTPField.Name.authorization]
        + ["Signature", "Signature-Input", HIP5Envelope.header]
        .compactMap { HTTPField.Name($0) }
}

extension RequestRefusal {
    /// What the client hears: not which check failed.
    var masked: APIError {
        switch self {
        case .roleMissing: APIError(.roleMissing, "none of the caller's roles may do this")
        case .foreignOrigin: APIError(.foreignOrigin, "the request comes from a page of another server")
        case .csrfMismatch: APIError(.csrfMismatch, "the request lacks the token of its session")
        case .nonceStoreFull: APIError(.nonceStoreFull, "the server cannot remember another request now; try again later")
        default: APIError(.unauthorized, "this needs a signed request or a session; docs/spec/request-signature.md")
        }
    }
}
