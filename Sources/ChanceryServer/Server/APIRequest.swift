public import ChanceryAPI
public import ChanceryTransport
public import HTTPTypes

/// A request as a route gets it: small, read to its end, its parameters known to the route's document.
public struct APIRequest: Sendable {
    /// The name of this request in answers and in the log.
    public let id: String
    public let parameters: RequestParameters
    /// As it came; for signatures over requests.
    public let head: HTTPRequest
    /// At most ``RouteDocument/bodyBytes``, or where that is nil ``ServerLimits/bodyBytes``.
    public let body: [UInt8]
    /// What comes after the head on routes that take bodies larger than memory; nil on others.
    let stream: BodyStream?
    /// Who is at the other end of a Unix socket, as the kernel says; nil elsewhere.
    let user: UInt32?
    /// Who is at the other end, on connections between nodes.
    public let peer: VerifiedPeer?
    /// Whether it came over TLS.
    let isSecure: Bool
    /// Who calls; nil on routes that do not ask.
    let caller: Caller?

    /// - Throws: `api.unauthorized` when nobody was asked for: a mistake of the route.
    func requireCaller() throws -> Caller {
        guard let caller else { throw RequestRefusal.unsigned.masked }
        return caller
    }
}
