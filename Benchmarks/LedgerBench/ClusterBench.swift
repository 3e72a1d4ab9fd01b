import ChanceryAPI
import ChanceryGovernance
import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Foundation

/// Seven node processes on this machine that decide over loopback HTTP: from the first request of the proposer until the
/// node that took it says that the model is authorised.
enum ClusterBench {
    private static let members = 7
    private static let voters = 5
    private static let basePort = 19_400

    static func decision(_ bench: Bench) throws -> [Measurement] {
        let cluster = try Cluster(in: bench.home.file("cluster"))
        defer { cluster.stop() }
        var number = 0
        let samples = try bench.rounds {
            var times: [Double] = []
            for _ in 0..<9 {
                number += 1
                let model = Digest.sha3_256(Array(String(number).utf8))
                times.append(try Bench.blocking { try await cluster.decide(model) })
            }
            return times.sorted()[times.count / 2] * 1000
        }
        return [
            Measurement(
                "governance.http", "5 of 7 processes decide over loopback HTTP, until a node says yes", .milliseconds, samples,
                target: .atMost(100))
        ]
    }

    /// The processes, the ballot keys of their members, and a session with each.
    private final class Cluster: Sendable {
        private struct Node: Sendable {
            let did: DID
            let ballot: SigningKey<Purpose.Ballot>
            let exchange: HTTPExchange
            let authority: String
            let token: String
        }

        private let folder: String
        private let nodes: [Node]
        private let committee: Committee

        init(in folder: String) throws {
            self.folder = folder
            try Self.chancery("up", "--nodes", String(members), "--base-port", String(basePort), in: folder)
            var nodes: [Node] = []
            var genesis: Genesis?
            for number in 1...members {
                let home = "\(folder)/n\(number)/home"
                let store = try SQLiteStore(path: home + "/ledger.sqlite")
                let keeper = FederationKeeper(
                    files: FederationFolder(path: home + "/governance", statePath: "\(folder)/n\(number)/state"), store: store,
                    registry: IdentityRegistry(store: store), now: Self.now)
                genesis = try keeper.genesis()
                let key = try APIKeyFile.generate()
                let registered = try APIKeyRegistry(store: store, now: Self.now).register(
                    key.publicKey, name: "bench", roles: ["operator"], lifetime: 3600)
                let address = try PeerAddress("http://127.0.0.1:\(basePort + number - 1)")
                let exchange = try HTTPExchange(address)
                let facts = try RequestFacts(
                    method: "POST", scheme: .http, authority: address.authority, target: "/v1/sessions", headers: [], body: [])
                let headers = try HTTPMessageSignature.headers(
                    signing: facts, keyID: registered.keyID, created: Self.now(),
                    expires: Self.now().advanced(bySeconds: 60), nonce: RequestNonce(SystemRandom.bytes(16)), by: key)
                let answer = try Bench.blocking { try await exchange.send(facts, headers, mediaType: nil, limit: 1 << 20) }
                guard let did = try keeper.enrolment()?.did, let token = try JSONParser.parse(answer.body)["token"]?.string
                else { throw Failure(description: "no session: \(String(decoding: answer.body, as: UTF8.self))") }
                nodes.append(
                    Node(
                        did: did, ballot: try keeper.openBallotKey(.unencrypted), exchange: exchange,
                        authority: address.authority, token: token))
            }
            guard let genesis else { throw Failure(description: "the cluster has no genesis") }
            self.nodes = nodes
            committee = genesis.committee
        }

        func stop() { try? Self.chancery("stop", in: folder) }

        private static let now: @Sendable () -> UTCTime = {
            UTCTime(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
        }

        private static func chancery(_ arguments: String..., in folder: String) throws {
            let process = Process()
            let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            process.executableURL = program.appendingPathComponent("chancery")
            process.arguments = ["cluster"] + arguments + ["--dir", folder, "--quiet"]
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            process.waitUntilExit()
            guard process.terminationStatus == 0 else { throw Failure(description: "`cluster \(arguments)` failed") }
        }

        /// Seconds from signing the proposal until the first node authorises the model.
        func decide(_ model: [UInt8]) async throws -> Double {
            let started = ContinuousClock.now
            let time = Self.now()
            let proposal = try Proposal.make(
                ProposalTerms(
                    .authorizeModel(manifest: model, scope: Scope("prod"), constraints: Constraints()),
                    basis: .generation(0), in: committee, title: "bench", proposer: nodes[0].did, created: time,
                    expires: time.advanced(bySeconds: 3600), salt: SystemRandom.bytes(16)),
                in: committee, key: nodes[0].ballot)
            _ = try await ask(nodes[0], "POST", "/v1/governance/proposals", proposal.record.bytes)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for node in nodes.prefix(voters) {
                    group.addTask {
                        let ballot = try Ballot.cast(
                            .approve, on: proposal.id, as: node.did, in: self.committee, key: node.ballot)
                        // A member votes once its node knows the proposal.
                        while try await self.ask(node, "POST", "/v1/governance/ballots", ballot.record.bytes).status == 404 {
                            try await Task.sleep(for: .milliseconds(2))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let path = "/v1/governance/authorized?scope=prod&manifest=\(Hex.encode(model))"
            for _ in 0..<5000 {
                let answer = try await ask(nodes[0], "GET", path, [])
                if try JSONParser.parse(answer.body)["authorized"] == true {
                    let passed = ContinuousClock.now - started
                    return Double(passed.components.seconds) + Double(passed.components.attoseconds) / 1e18
                }
                try await Task.sleep(for: .milliseconds(2))
            }
            throw Failure(description: "the cluster decided nothing")
        }

        private func ask(_ node: Node, _ method: String, _ path: String, _ body: [UInt8]) async throws -> HTTPExchange.Answer {
            let facts = try RequestFacts(
                method: method, scheme: .http, authority: node.authority, target: path, headers: [], body: body)
            let answer = try await node.exchange.send(
                facts, [.init("Authorization", "Bearer " + node.token)], mediaType: body.isEmpty ? nil : "application/json",
                limit: 1 << 20)
            guard [200, 202, 404, 409].contains(answer.status) else {
                throw Failure(description: "\(method) \(path): \(String(decoding: answer.body, as: UTF8.self))")
            }
            return answer
        }
    }
}
