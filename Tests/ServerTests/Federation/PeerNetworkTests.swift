import ChanceryAPI
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Logging
import TestKit
import Testing

/// Messages from one node to another through real sockets.
struct PeerNetworkTests {
    private struct Silence: PeerNetwork {
        func send(_ message: [UInt8], to peer: DID) {}
    }

    private static let now: @Sendable () -> UTCTime = { SampleKeys.time(100) }
    private let federation: SampleFederation
    private let folder = TemporaryFolder()
    private let node: FederationNode
    private let authority: CertificateAuthority

    init() throws {
        federation = try SampleFederation(weights: [1, 1, 1, 1])
        node = try FederationNode(
            genesis: federation.genesis, me: federation.dids[0], consensus: federation.keys[0].consensus,
            files: FederationFolder(path: folder.path + "/governance", statePath: folder.path + "/state"),
            store: SQLiteStore(path: folder.path + "/ledger.sqlite"), network: Silence(), now: Self.now)
        authority = try CertificateAuthority(
            federation: federation.genesis.federation.bytes, key: .generate(.mlDSA65),
            validity: Validity(at: Self.now(), seconds: 86_400), serial: [UInt8](repeating: 1, count: 16))
    }

    private func tls(_ member: Int) throws -> PostQuantumTLS {
        let key = try SigningKey<Purpose.TLS>.generate(.mlDSA65)
        let certificate = try authority.issue(
            to: federation.dids[member].bytes, hosts: [], key: key.publicKey, validity: Validity(at: Self.now(), seconds: 600),
            serial: [UInt8](repeating: UInt8(member + 1), count: 16))
        let credential = try TLSCredential(
            certificate: certificate, authority: authority.certificate, key: key, at: Self.now())
        return try PostQuantumTLS(credential, anchors: TrustAnchors(pinning: [authority.certificate]), now: Self.now)
    }

    /// Sends a proposal from member 1 to the node that listens, whom it takes for member `target`.
    ///
    /// - Returns: whether it arrived within `seconds`.
    private func arrives(_ isSecure: Bool, target: Int, within seconds: Int) async throws -> Bool {
        let home = try SampleHome()
        let service = FederationService(
            node, desk: try federation.desk(in: folder), logger: Logger(label: "test"), now: Self.now)
        let message = try federation.proposal(.updatePolicy([UInt8](repeating: 1, count: 32)), basis: .policy(nil)).record.bytes
        let (federation, node) = (federation, node)
        let caller = try isSecure ? tls(1) : nil
        return try await TestServer.run(
            home.store, log: home.log, adding: RouteTable.federation(service), tls: isSecure ? tls(0) : nil
        ) { server in
            let address = try PeerAddress("\(isSecure ? "https" : "http")://127.0.0.1:\(server.port)")
            let network = try HTTPPeerNetwork(
                [federation.dids[target]: address], federation: federation.genesis.federation.bytes, tls: caller
            ) { facts in
                try HTTPMessageSignature.headers(
                    signing: facts, keyID: federation.dids[1].text, created: Self.now(),
                    expires: Self.now().advanced(bySeconds: 60), nonce: RequestNonce(SystemRandom.bytes(16)),
                    by: federation.keys[1].http)
            }
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await network.run() }
                defer { group.cancelAll() }
                network.send(message, to: federation.dids[target])
                for _ in 0..<(seconds * 20) {
                    if await node.openProposals == 1 { return true }
                    try await Task.sleep(for: .milliseconds(50))
                }
                return false
            }
        }
    }

    @Test(arguments: [false, true])
    func `a message reaches the node that is meant, signed or over mutual TLS`(isSecure: Bool) async throws {
        #expect(try await arrives(isSecure, target: 0, within: 60))
    }

    @Test func `over TLS nothing is said to another node than the one that is called`() async throws {
        #expect(try await !arrives(true, target: 2, within: 2))
    }

    @Test(arguments: [
        "http://10.0.0.1:80", "ftp://127.0.0.1:1", "http://127.0.0.1", "https://a/b:1", "https://u@h:1", "",
        "http://127.0.0.1:0",
    ])
    func `addresses are a scheme, a host and a port, and plain ones lead to loopback`(text: String) {
        #expect(throws: WireError.self) { _ = try PeerAddress(text) }
    }
}
