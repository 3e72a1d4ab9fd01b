internal import ChanceryAPI
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Logging
internal import ServiceLifecycle

/// The federation's part of a server: the node of this home's member, and its way to the others.
struct FederationSetup {
    let service: FederationService
    /// Who may grant and freeze, as the gate asks.
    let authority: NodeAuthority
    /// All that runs beside the server.
    let services: [any Service]

    /// Nil in a home that has adopted no genesis or has no member keys.
    init?(
        _ home: Home, _ passphrase: PassphraseSource, tls: PostQuantumTLS?, _ options: GlobalOptions, logger: Logger
    ) throws {
        let federation = home.federation
        guard let enrolment = try federation.enrolment(), let genesis = try federation.genesisIfAny() else { return nil }
        let keys = try federation.openNodeKeys(passphrase.opening(federation.custody(of: .nodeKey), options))
        let me = enrolment.did
        let peers = try federation.peers()
        let network = try HTTPPeerNetwork(
            peers.mapValues { try PeerAddress($0) }, federation: genesis.federation.bytes, tls: tls
        ) { facts in
            let now = Home.now()
            return try HTTPMessageSignature.headers(
                signing: facts, keyID: me.text, created: now, expires: now.advanced(bySeconds: 60),
                nonce: RequestNonce(SystemRandom.bytes(16)), by: keys.http)
        }
        let node = try FederationNode(
            genesis: genesis, me: me, consensus: keys.consensus, files: home.federationFiles, store: home.store,
            network: network, now: Home.now)
        authority = NodeAuthority(node)
        service = FederationService(node, desk: home.desk, logger: logger, now: Home.now)
        services = [network, PeerRenewal(network: network, first: peers, federation: federation, logger: logger), service]
    }
}
