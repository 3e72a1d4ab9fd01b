public import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
public import ChanceryNode
internal import ChancerySuite
public import ChanceryTransport
public import ChanceryWire
public import Logging
public import ServiceLifecycle

/// Keeps a federation's node at work while the server runs, and lets other nodes in.
public struct FederationService: Service {
    private static let interval = Duration.milliseconds(40)

    let node: FederationNode
    /// What the home knows, for those who ask; kept up to date, so that asking costs what is new.
    let desk: FederationDesk
    let fingerprints = FingerprintCache()
    private let logger: Logger
    let now: @Sendable () -> UTCTime

    /// The names under which signed requests reach this server; nil for any, where the port is not known beforehand.
    private let authorities: Set<String>?

    public init(
        _ node: FederationNode, desk: FederationDesk, authorities: Set<String>? = nil, logger: Logger,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.node = node
        self.desk = desk
        self.authorities = authorities
        self.logger = logger
        self.now = now
    }

    public func run() async throws {
        try await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil {
                do {
                    try await node.tick()
                } catch {
                    // A node whose store fails must not go on as if it had written.
                    logger.error("the federation's node stops", metadata: ["error": .string("\(error)".asErrorDetail)])
                    throw error
                }
            }
        }
    }

    /// Which member sent `request`: the one that its connection's certificate names, or whose key signed it on plain
    /// connections.
    ///
    /// - Throws: `api.unauthorized`; which check failed is not said.
    func sender(of request: APIRequest) async throws -> DID {
        let members = await node.head.state.committee
        if let peer = request.peer {
            guard let did = Self.member(peer, of: members) else { throw Self.unauthorized }
            return did
        }
        let facts = try RequestFacts(request.head, body: request.body, isSecure: false)
        let time = now()
        let verified = try RequestVerifier(authorities: authorities ?? [facts.authority]).verify(facts, at: time) { keyID in
            guard let did = try? DID(keyID), let member = members[did] else { return nil }
            return RegisteredKey(
                keyID, of: member.name, roles: [.node], key: member.keys.http, notBefore: UTCTime(milliseconds: 0),
                notAfter: UTCTime(milliseconds: .max))
        }
        guard case .success(let request) = verified,
            case .success(let principal) = try await request.admit(by: RepeatableRequests(), at: time)
        else { throw Self.unauthorized }
        return try DID(principal.keyID)
    }

    /// The caller on a connection between nodes; nil for a node that is no member now.
    @Sendable public func principal(of peer: VerifiedPeer) async -> Principal? {
        Self.member(peer, of: await node.head.state.committee).map {
            Principal(name: $0.text, keyID: $0.text, roles: [.node])
        }
    }

    private static func member(_ peer: VerifiedPeer, of members: Committee) -> DID? {
        guard peer.node.federation == members.federation.bytes, let did = try? DID(DID.prefix + Hex.encode(peer.node.did))
        else { return nil }
        return members[did].map(\.did)
    }

    private static var unauthorized: APIError { APIError(.unauthorized, "the request is not signed by a member's node") }
}

/// For requests whose repetition changes nothing: messages between nodes prove themselves, and arrive twice anyway.
private struct RepeatableRequests: NonceStore {
    func insert(_ use: NonceUse, at now: UTCTime) async throws -> NonceInsertion { .inserted }
}
