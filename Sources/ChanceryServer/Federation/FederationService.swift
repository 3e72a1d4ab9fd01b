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

    public init(
        _ node: FederationNode, desk: FederationDesk, logger: Logger,
        now: @escaping @Sendable () -> UTCTime
    ) {
        self.node = node
        self.desk = desk
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

    /// Which member calls.
    ///
    /// - Throws: `api.unauthorized` for a caller that is no member, whatever its roles.
    func sender(of request: APIRequest) async throws -> DID {
        guard let did = try? DID(request.requireCaller().principal.keyID), await node.head.state.committee[did] != nil else {
            throw RequestRefusal.unknownKey
        }
        return did
    }

    /// The http keys of the members in office, with which their nodes sign requests on plain connections.
    @Sendable public func memberKeys() async -> [String: RegisteredKey] {
        let members = await node.head.state.committee.members
        return Dictionary(
            uniqueKeysWithValues: members.map { member in
                (
                    member.did.text,
                    RegisteredKey(
                        member.did.text, of: member.name, roles: [.node], key: member.keys.http,
                        notBefore: UTCTime(milliseconds: 0), notAfter: UTCTime(milliseconds: .max))
                )
            })
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
}
