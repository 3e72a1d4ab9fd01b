import ChanceryAPI
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Logging
import TestKit
import Testing

/// What comes over HTTP to a federation's node, from members, strangers and liars.
struct FederationRouteTests {
    private struct Silence: PeerNetwork {
        func send(_ message: [UInt8], to peer: DID) {}
    }

    private let federation: SampleFederation
    private let home = try? SampleHome()
    private let folder = TemporaryFolder()
    private let node: FederationNode
    private let service: FederationService
    private static let now: @Sendable () -> UTCTime = { SampleKeys.time(100) }

    init() throws {
        federation = try SampleFederation(weights: [1, 1, 1, 1])
        node = try FederationNode(
            genesis: federation.genesis, me: federation.dids[0], consensus: federation.keys[0].consensus,
            files: FederationFolder(path: folder.path + "/governance", statePath: folder.path + "/state"),
            store: SQLiteStore(path: folder.path + "/ledger.sqlite"), network: Silence(), now: Self.now)
        service = FederationService(
            node, desk: try federation.desk(in: folder), logger: Logger(label: "test"), now: Self.now)
    }

    private func serving(_ body: @escaping @Sendable (TestServer) async throws -> Void) async throws {
        try await TestServer.run(#require(home), federation: service, body)
    }

    /// Headers that sign `body` for `authority` with the key `signer` under the name `name`.
    private func headers(
        _ body: String, by signer: Int, as name: DID? = nil, authority: String, at time: UTCTime = now(),
        method: String = "POST",
        path: String = "/v1/federation/messages"
    ) throws -> [String] {
        let facts = try RequestFacts(
            method: method, scheme: .http, authority: authority, target: path, headers: [], body: Array(body.utf8))
        let keys = signer < 4 ? federation.keys[signer] : try SampleKeys.memberKeys(UInt8(signer + 1))
        let signed = try HTTPMessageSignature.headers(
            signing: facts, keyID: (name ?? federation.dids[signer]).text, created: time, expires: time.advanced(bySeconds: 60),
            nonce: RequestNonce(SystemRandom.bytes(16)), by: keys.http)
        return signed.map { "\($0.name): \($0.value)" }
            + ["Content-Type: application/json", "Content-Length: \(body.utf8.count)"]
    }

    private func post(_ server: TestServer, _ body: String, _ headers: [String]) async throws -> RawAnswer {
        try await server.get(
            "/v1/federation/messages", method: "POST", headers: headers, body: body, isAnonymous: true)
    }

    @Test func `a member's message is taken, and what is in it is judged by itself`() async throws {
        let proposal = try federation.proposal(.updatePolicy([UInt8](repeating: 1, count: 32)), basis: .policy(nil))
        try await serving { [self] server in
            let authority = "127.0.0.1:\(server.port)"
            let body = String(decoding: proposal.record.bytes, as: UTF8.self)
            // Relayed by another member than its proposer: its own signature counts.
            let answer = try await post(server, body, headers(body, by: 2, authority: authority))
            #expect(answer.status == 202, "\(answer)")
            #expect(await node.openProposals == 1)
            // The same message again changes nothing, and the same request again is none.
            let request = try headers(body, by: 2, authority: authority)
            #expect(try await post(server, body, request).status == 202)
            #expect(try await post(server, body, request).status == 401)
            #expect(await node.openProposals == 1)
            let status = try await server.get("/v1/federation/status")
            #expect(status.status == 200 && status.text.contains("\"open_proposals\":1"), "\(status)")
        }
    }

    @Test func `nobody but a member's node is heard, and it is not said why`() async throws {
        let stranger = try SampleKeys.document(9).did
        try await serving { [self] server in
            let authority = "127.0.0.1:\(server.port)"
            let body = "{}"
            let unsigned = ["Content-Type: application/json", "Content-Length: 2"]
            let changed = try headers("{ }", by: 1, authority: authority).dropLast() + ["Content-Length: 2"]
            let attempts: [(String, [String])] = [
                ("unsigned", unsigned), ("a stranger", try headers(body, by: 8, as: stranger, authority: authority)),
                ("a stranger in a member's name", try headers(body, by: 8, as: federation.dids[1], authority: authority)),
                ("another body", Array(changed)),
                ("another server's request", try headers(body, by: 1, authority: "127.0.0.1:1")),
                ("another path", try headers(body, by: 1, authority: authority, path: "/v1/federation/status")),
                ("another method", try headers(body, by: 1, authority: authority, method: "PUT")),
                ("an old request", try headers(body, by: 1, authority: authority, at: SampleKeys.time(-1000))),
                ("a request of tomorrow", try headers(body, by: 1, authority: authority, at: SampleKeys.time(90_000))),
            ]
            for (what, headers) in attempts {
                let answer = try await post(server, body, headers)
                #expect(answer.status == 401 && answer.text.contains("api.unauthorized"), "\(what): \(answer)")
            }
            #expect(await node.refusalCounts == [:])
        }
    }

    @Test func `a request that another node got is not repeated here`() async throws {
        let service = FederationService(
            node, desk: try federation.desk(in: folder), logger: Logger(label: "test"), now: Self.now)
        try await TestServer.run(#require(home), federation: service, authorities: ["127.0.0.1:9402"]) { [self] server in
            for (port, status) in [(9401, 401), (9402, 202)] {
                let lines = try headers("{}", by: 1, authority: "127.0.0.1:\(port)")
                let head = ["POST /v1/federation/messages HTTP/1.1", "Host: 127.0.0.1:\(port)", "Connection: close"]
                let answer = try await server.raw((head + lines + ["", "{}"]).joined(separator: "\r\n"))
                #expect(answer.status == status, "\(port): \(answer)")
            }
        }
    }

    @Test func `what members send is refused where it does not belong, and counted`() async throws {
        let other = try SampleFederation(weights: [1, 1, 1, 1], name: "other")
        let long = try federation.proposal(.updatePolicy([UInt8](repeating: 1, count: 32)), basis: .policy(nil)).record.body
        var stretched = long
        stretched["description"] = .string(String(repeating: "x", count: 5000))
        let bodies = [
            String(
                decoding: try other.ballot(.approve, on: [UInt8](repeating: 1, count: 32), by: 1).record.bytes, as: UTF8.self),
            String(
                decoding: try VerifiedRecord.sign(stretched, type: Proposal.type, by: federation.keys[0].ballot).bytes,
                as: UTF8.self),
            #"{"type":"chancery/peer-message/v1","type":"chancery/peer-message/v1"}"#, "[]", "nonsense",
        ]
        try await serving { [self] server in
            for (number, body) in bodies.enumerated() {
                let answer = try await post(
                    server, body, headers(body, by: 1, authority: "127.0.0.1:\(server.port)"))
                #expect(answer.status == 202, "\(body.prefix(40)): \(answer)")
                #expect(await node.refusalCounts.values.reduce(0, +) == number + 1, "\(body.prefix(60))")
            }
            let huge = ["Content-Type: application/json", "Content-Length: 10000000"]
            #expect(try await server.get("/v1/federation/messages", method: "POST", headers: huge).status == 413)
            let host = try await server.raw(
                "GET /v1/federation/status HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
            #expect(host.status == 421)
            #expect(await node.openProposals == 0)
        }
    }
}
