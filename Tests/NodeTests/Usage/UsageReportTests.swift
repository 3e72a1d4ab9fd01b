import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

/// What the chain of usage says, and what is wrong with it.
struct UsageReportTests {
    private let sample: SampleUsage
    private var clock: SampleClock { sample.home.clock }

    init() throws { sample = try SampleUsage() }

    /// A record of one request, a minute after the one before.
    private func use(_ key: APIKeyStatement, _ server: UsageMeter, times: Int = 1) throws {
        for _ in 0..<times {
            clock.turn(by: 60)
            #expect(try server.ask(key, bytes: 3) == .admitted)
            server.note("stats", status: 200, bytes: 5, of: key)
            try server.flush()
        }
    }

    private static let isUsage = "event_type = (SELECT id FROM word WHERE CAST(text AS TEXT) = 'apikey_usage')"

    private func change(_ sql: String) throws {
        let queue = try DatabaseQueue(path: sample.home.folder.path + "/ledger.sqlite")
        try queue.write { try $0.execute(sql: sql) }
    }

    @Test func `the sums are what was sent`() throws {
        struct Sent: Equatable {
            var admitted: Int64 = 0
            var refused: Int64 = 0
            var bytesIn: Int64 = 0
            var bytesOut: Int64 = 0
            var answers: [UsageRecord.Answer: Int64] = [:]
        }
        let keys = [try sample.key(), try sample.key([APIKeyQuota(.requests, 20, each: 100)]), try sample.key()]
        var servers = [try sample.server(), try sample.server()]
        var random = Mutator("usage", corpus: [])
        var sent: [String: Sent] = [:]
        for _ in 0..<2000 {
            let (key, server) = (keys[random.next(3)], random.next(2))
            let (bytes, route, status) = (random.next(5000), "route\(random.next(4))", [200, 201, 404, 500][random.next(4)])
            var own = sent[key.keyID] ?? Sent()
            if try servers[server].ask(key, bytes: bytes) == .admitted {
                own.admitted += 1
                own.bytesIn += Int64(bytes)
                servers[server].note(route, status: status, bytes: bytes / 2, of: key)
                own.bytesOut += Int64(bytes / 2)
                own.answers[.init(route, status / 100), default: 0] += 1
            } else {
                own.refused += 1
            }
            sent[key.keyID] = own
            if random.next(50) == 0 { clock.turn(by: Int64(random.next(90)) - 10) }
            if random.next(40) == 0 { try servers[server].flush() }
            if random.next(300) == 0 {
                try servers[server].flush()
                servers[server] = try sample.server()
            }
        }
        for server in servers { try server.flush() }
        let report = try sample.report()
        #expect(report.findings == [])
        let summed = report.sums.map { sum in
            let usage = sum.usage
            return (
                sum.keyID,
                Sent(
                    admitted: usage.admitted, refused: usage.refused, bytesIn: usage.bytesIn, bytesOut: usage.bytesOut,
                    answers: usage.answers)
            )
        }
        #expect(Dictionary(uniqueKeysWithValues: summed) == sent)
        #expect(sent.values.contains { $0.refused > 0 })
        let audit = try sample.home.audit()
        #expect(audit.failures == [])
    }

    @Test func `a report may be of one key and of some time`() throws {
        let (key, other) = (try sample.key(), try sample.key())
        let server = try sample.server()
        try use(key, server, times: 4)
        try use(other, server)
        let one = try sample.report(of: key.keyID)
        #expect(one.sums.map(\.keyID) == [key.keyID] && one.sums[0].records == 4)
        let some = try sample.report(from: SampleKeys.time(60), until: SampleKeys.time(181))
        #expect(some.sums.map(\.usage.admitted) == [2])
        #expect(try sample.report(of: "ak_00").sums.isEmpty)
    }

    @Test func `a record that was taken out is missed`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 100, each: 1000)])
        try use(key, sample.server(), times: 5)
        #expect(try sample.report().findings == [])
        try change("DELETE FROM record WHERE \(Self.isUsage) AND sequence = 2")
        #expect(try sample.report().findings.count == 1)
        #expect(throws: UsageError.self) { _ = try sample.server() }
        let journal = UsageJournal(
            sample.identity, store: sample.home.store, registry: sample.home.registry, mark: sample.mark, now: clock.now)
        let server = UsageMeter(journal, keys: sample.keys, now: clock.now)
        #expect(throws: UsageError.self, "a key with a quota waits for what was used before") { try server.ask(key) }
        #expect(try server.ask(sample.key()) == .admitted, "and no other key does")
    }

    @Test func `records that were taken out at the beginning are missed`() throws {
        let key = try sample.key()
        try use(key, sample.server(), times: 2)
        try use(key, sample.server(), times: 2)
        // All that the first server wrote: the numbers of the second one have no gap.
        try change("DELETE FROM record WHERE \(Self.isUsage) AND sequence < 2")
        #expect(try sample.report().findings.count == 1)
    }

    @Test func `records that were changed are missed`() throws {
        let (key, server) = (try sample.key(), try sample.server())
        try use(key, server, times: 3)
        try change(
            """
            UPDATE record SET bytes = CAST(replace(CAST(bytes AS TEXT), '"bytes_in":3', '"bytes_in":2') AS BLOB)
            WHERE \(Self.isUsage) AND sequence = 1
            """)
        #expect(try !sample.report().findings.isEmpty)
    }

    @Test func `a chain that is shorter than it was is seen, and stays seen`() throws {
        let (key, server) = (try sample.key(), try sample.server())
        try use(key, server, times: 2)
        let folder = TemporaryFolder()
        let old = folder.path + "/ledger.sqlite"
        try DatabaseQueue(path: sample.home.folder.path + "/ledger.sqlite").writeWithoutTransaction { db in
            try db.execute(sql: "VACUUM INTO ?", arguments: [old])
        }
        try use(key, server, times: 2)
        let restored = try SampleHome(folder, clock: clock)
        #expect(try sample.report(in: restored).findings.count == 1)
        // Servers go on from there, and the operator still hears of it.
        let journal = UsageJournal(
            sample.identity, store: restored.store, registry: restored.registry, mark: sample.mark, now: clock.now)
        let after = UsageMeter(journal, keys: APIKeyRegistry(store: restored.store, now: clock.now), now: clock.now)
        try use(key, after, times: 5)
        #expect(try sample.report(in: restored).findings.count == 1)
        #expect(try sample.report().findings == [])
    }

    @Test func `nobody else writes usage`() throws {
        let (key, server) = (try sample.key(), try sample.server())
        try use(key, server)
        let record = try #require(
            try sample.home.store.records(RecordQuery(eventType: UsageRecord.eventType)).first)
        let event = try JSONParser.parse(record.bytes)
        let payload = try #require(event["payload"]?.object)
        #expect(throws: NodeError.self) {
            try sample.home.ledger.stamp([payload], as: sample.identity, profile: .batch)
        }
        #expect(try UsageRecord(payload).admitted == 1)
        for name in payload.names where name != "event_type" {
            #expect(throws: (any Error).self, "without \(name)") { try UsageRecord(payload.removing([name])) }
        }
    }
}
