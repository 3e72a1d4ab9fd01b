public import ChanceryAPI
internal import ChanceryNode
public import ChanceryTransport
internal import ChanceryWire
internal import HTTPTypes

/// Decides whether a request gets to its route. What is not allowed is refused.
public struct Admission: Sendable {
    /// Who is at the other end of a connection between nodes; nil for nobody who counts.
    public typealias Peers = @Sendable (VerifiedPeer) async -> Principal?

    private let authenticator: Authenticator?
    private let peers: Peers?
    private let journal: RefusalJournal?

    /// - Parameters:
    ///   - authenticator: without one, only open routes answer.
    ///   - peers: without it, a node's certificate is no way in.
    ///   - journal: where refusals of known callers are kept.
    public init(_ authenticator: Authenticator? = nil, peers: Peers? = nil, journal: RefusalJournal? = nil) {
        self.authenticator = authenticator
        self.peers = peers
        self.journal = journal
    }

    /// Whether somebody answers for the request before its body is read: a client by its session, a node by its certificate.
    ///
    /// - Throws: ``RequestRefusal`` for a request that names nobody, and for a session that is none.
    func isKnown(_ head: HTTPRequest, peer: VerifiedPeer?, at document: RouteDocument) throws(RequestRefusal) -> Bool {
        guard case .roles = document.access else { return false }
        if let text = head.headerFields[.authorization] {
            guard authenticator?.hasSession(text) == true else { throw .sessionUnknown }
            return true
        }
        guard peer != nil || Self.credentials.contains(where: { head.headerFields[$0] != nil }) else { throw .unsigned }
        return peer != nil
    }

    /// Who calls; nil on routes that do not ask.
    ///
    /// - Throws: ``RequestRefusal``, and what keeps this machine from knowing.
    func caller(
        of head: HTTPRequest, body: [UInt8], peer: VerifiedPeer?, isSecure: Bool, at document: RouteDocument
    ) async throws -> Caller? {
        guard case .roles = document.access else { return nil }
        let caller = try await identify(head, body, peer, isSecure)
        guard document.access.admits(caller.principal) else {
            await journal?.note(.roleMissing, of: caller.principal.keyID, at: document.id)
            throw RequestRefusal.roleMissing
        }
        return caller
    }

    private func identify(
        _ head: HTTPRequest, _ body: [UInt8], _ peer: VerifiedPeer?, _ isSecure: Bool
    ) async throws -> Caller {
        let offered = Self.credentials.filter { head.headerFields[$0] != nil }
        if !offered.isEmpty {
            // A session and a signature could name two callers.
            guard offered.count == 1 || !offered.contains(.authorization) else { throw RequestRefusal.malformedSignature }
            guard let authenticator else { throw RequestRefusal.unknownKey }
            return try await authenticator.caller(of: head, body: body, isSecure: isSecure)
        }
        guard let peer, let principal = await peers?(peer) else { throw RequestRefusal.unsigned }
        return Caller(principal: principal, session: nil, key: nil)
    }

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
        case .nonceStoreFull: APIError(.nonceStoreFull, "the server cannot remember another request now; try again later")
        default: APIError(.unauthorized, "this needs a signed request or a session; docs/spec/request-signature.md")
        }
    }
}
