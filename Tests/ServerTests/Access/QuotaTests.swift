import ChanceryAPI
import ChanceryLedger
import ChanceryNode
import ChanceryServer
import ChanceryStorage
import ChancerySuite
import ChanceryTransport
import ChanceryWire
import Synchronization
import TestKit
import Testing

/// What keys are used for, over real sockets.
struct QuotaTests {
    private static let path = "/v1/ledger/stats"
    private let home: SampleHome
    private let api: OpenIdentity
    private let mark = SampleMark()

    init() throws {
        home = try SampleHome()
        api = try home.identity("api")
    }

    private func meter(_ keys: APIKeyRegistry) throws -> UsageMeter {
        let journal = UsageJournal(
            api, store: home.store, registry: home.registry, mark: mark, now: TestClients.now)
        return UsageMeter(journal, keys: keys, now: TestClients.now)
    }

    private func serving(_ body: @escaping @Sendable (TestServer, UsageMeter) async throws -> Void) async throws {
        let made = Mutex<UsageMeter?>(nil)
        try await TestServer.run(
            home.store, log: home.log,
            usage: { keys in
                let meter = try self.meter(keys)
                made.withLock { $0 = meter }
                return meter
            }
        ) { server in try await body(server, #require(made.withLock { $0 })) }
    }

    private func get(_ server: TestServer, _ key: SigningKey<Purpose.HTTP>, _ path: String = path) async throws -> RawAnswer {
        let headers = try server.clients.headers("GET", path, port: server.port, by: key)
        return try await server.get(path, headers: headers, isAnonymous: true)
    }

    private func report() throws -> UsageReport {
        try UsageReport(of: api.document.did, store: home.store, registry: home.registry, mark: mark)
    }

    @Test func `beyond its quota a key hears 429 and when to come again, and one record is kept`() async throws {
        try await serving { server, meter in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.auditor], quotas: [APIKeyQuota(.requests, 3, each: 600)])
            for _ in 0..<3 { #expect(try await get(server, key).status == 200) }
            for _ in 0..<4 {
                let answer = try await get(server, key)
                #expect(answer.status == 429 && answer.code == "api.quota_exceeded", "\(answer)")
                let seconds = try #require(answer.headers["retry-after"].flatMap { Int($0) })
                #expect((600...601).contains(seconds))
            }
            #expect(try await server.get(Self.path).status == 200, "another key")
            let refusals = try home.store.records(RecordQuery(kind: StoreStatement.refusal))
            #expect(refusals.count == 1)
            let told = String(decoding: refusals.first?.bytes ?? [], as: UTF8.self)
            #expect(told.contains("3/10m"), "\(told)")
            let metrics = try await server.get("/metrics", isAnonymous: true).text
            #expect(metrics.contains("chancery_http_refusals_total{code=\"api.quota_exceeded\"} 4"), "\(metrics)")
            try meter.flush()
            let sum = try #require(try report().sums.first { $0.keyID == TestClients.id(of: key) })
            #expect(sum.usage.admitted == 3 && sum.usage.refused == 4)
            #expect(sum.usage.answers == [.init("ledgerStats", 2): 3, .init("ledgerStats", 4): 4])
        }
    }

    @Test func `a session counts as its key, and what a role does not allow counts too`() async throws {
        try await serving { server, meter in
            for _ in 0..<5 { #expect(try await server.get(Self.path).status == 200) }
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.agent])
            #expect(try await get(server, key).status == 403)
            try meter.flush()
            let sums = try report().sums
            let session = try #require(sums.first { $0.keyID == TestClients.id(of: server.clients.key) })
            // The request that opened the session is one of them.
            #expect(session.usage.admitted == 6)
            let denied = try #require(sums.first { $0.keyID == TestClients.id(of: key) })
            #expect(denied.usage.answers == [.init("ledgerStats", 4): 1] && denied.usage.admitted == 1)
        }
    }

    @Test func `the bytes of bodies are counted both ways`() async throws {
        try await serving { server, meter in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.auditor])
            let answer = try await get(server, key)
            try meter.flush()
            let sum = try #require(try report().sums.first { $0.keyID == TestClients.id(of: key) })
            #expect(sum.usage.bytesIn == 0 && sum.usage.bytesOut == Int64(answer.body.count))
        }
    }

    @Test func `strangers and open routes count for nobody`() async throws {
        try await serving { server, meter in
            _ = try await server.get("/health", isAnonymous: true)
            let key = try APIKeyFile.generate()
            #expect(try await get(server, key).status == 401)
            try meter.flush()
            #expect(try report().sums.map(\.keyID) == [TestClients.id(of: server.clients.key)])
        }
    }

    @Test func `without a place to write usage a key with a quota is not served`() async throws {
        try await TestServer.run(home) { server in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.auditor], quotas: [APIKeyQuota(.requests, 3, each: 600)])
            let answer = try await get(server, key)
            #expect(answer.status == 503 && answer.code == "api.usage_unkept", "\(answer)")
        }
    }

    @Test func `many requests at once do not exceed a quota`() async throws {
        try await serving { server, _ in
            let key = try APIKeyFile.generate()
            try server.clients.register(key, [.auditor], quotas: [APIKeyQuota(.requests, 4, each: 600)])
            let served = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 { group.addTask { try await get(server, key).status } }
                return try await group.reduce(0) { $0 + ($1 == 200 ? 1 : 0) }
            }
            #expect(served == 4)
        }
    }

    @Test func `a client with two keys is served in the overlap, whichever the server takes`() async throws {
        try await serving { server, _ in
            let (old, new) = (try APIKeyFile.generate(), try APIKeyFile.generate())
            let statement = try server.clients.register(old, [.auditor])
            let address = try PeerAddress("http://127.0.0.1:\(server.port)")
            let facts = try RequestFacts(
                method: "GET", scheme: .http, authority: address.authority, target: Self.path, headers: [], body: [])
            func status(_ form: RequestSigner.Form) async throws -> Int {
                let signer = RequestSigner([.init(new), .init(old)], form: form, now: TestClients.now)
                return try await HTTPExchange(address).send(facts, signedBy: signer, mediaType: nil, limit: 1 << 20).status
            }
            #expect(try await status(.messageSignature) == 200, "the new key is not known yet")
            _ = try server.clients.registry.rotate(statement.keyID, to: new.publicKey)
            #expect(try await status(.hip5) == 200)
            #expect(try await get(server, old).status == 200, "the old one counts on")
            _ = try server.clients.registry.revoke(statement.keyID)
            #expect(try await get(server, old).status == 401)
            #expect(try await status(.messageSignature) == 200)
            _ = try server.clients.registry.revoke(TestClients.id(of: new))
            #expect(try await status(.messageSignature) == 401)
        }
    }
}
