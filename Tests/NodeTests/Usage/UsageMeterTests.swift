import ChanceryNode
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// How much a key may be used.
struct UsageMeterTests {
    private let sample: SampleUsage
    private var clock: SampleClock { sample.home.clock }

    init() throws { sample = try SampleUsage() }

    @Test(arguments: [1, 2, 10, 25])
    func `a quota lets exactly so many through, and again when its span has passed`(amount: Int) throws {
        let key = try sample.key([APIKeyQuota(.requests, Int64(amount), each: 100)])
        let server = try sample.server()
        #expect(try server.admitted(amount + 3, of: key) == amount)
        clock.turn(by: 99)
        #expect(try server.admitted(1, of: key) == 0)
        // A step of a thousandth of the span may be added, and no more.
        clock.turn(by: 2)
        #expect(try server.admitted(amount + 3, of: key) == amount)
    }

    @Test func `the span slides`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 4, each: 100)])
        let server = try sample.server()
        #expect(try server.admitted(2, of: key) == 2)
        clock.turn(by: 60)
        #expect(try server.admitted(3, of: key) == 2)
        clock.turn(by: 41)
        #expect(try server.admitted(3, of: key) == 2)
        clock.turn(by: 60)
        #expect(try server.admitted(3, of: key) == 2)
    }

    @Test func `of several quotas each counts, and the longest wait is told`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 3, each: 10), APIKeyQuota(.requests, 4, each: 1000)])
        let server = try sample.server()
        #expect(try server.admitted(9, of: key) == 3)
        guard case .refused(let short) = try server.ask(key) else { throw TestFailure() }
        #expect((10...11).contains(short.retryAfter) && short.quota.seconds == 10)
        clock.turn(by: 11)
        #expect(try server.admitted(9, of: key) == 1)
        guard case .refused(let long) = try server.ask(key) else { throw TestFailure() }
        #expect((989...990).contains(long.retryAfter) && long.quota.seconds == 1000)
        clock.turn(by: long.retryAfter)
        #expect(try server.ask(key) == .admitted, "after exactly the time that was told")
    }

    @Test func `bytes of requests and answers count together, and what never fits is refused`() throws {
        let key = try sample.key([APIKeyQuota(.bytes, 1000, each: 100)])
        let server = try sample.server()
        #expect(try server.ask(key, bytes: 400) == .admitted)
        server.note("r", status: 200, bytes: 500, of: key)
        #expect(try server.admitted(1, of: key, bytes: 101) == 0)
        #expect(try server.admitted(1, of: key, bytes: 100) == 1)
        #expect(try server.admitted(1, of: key) == 0, "nothing is left, not even for an empty body")
        clock.turn(by: 101)
        #expect(try server.admitted(1, of: key, bytes: 1001) == 0)
        #expect(try server.admitted(1, of: key, bytes: .max) == 0)
        #expect(try server.admitted(1, of: key, bytes: 1000) == 1)
    }

    @Test func `a restart brings back what was written, and a crash loses less than a batch`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 100, each: 1000)])
        let first = try sample.server()
        #expect(try first.admitted(57, of: key) == 57)
        try first.flush()
        let second = try sample.server()
        #expect(try second.admitted(100, of: key) == 43)
        // This one ends without a last word: a tenth of the quota at most is not written down.
        clock.turn(by: 1100)
        #expect(try second.admitted(55, of: key) == 55)
        let third = try sample.server()
        let more = try third.admitted(100, of: key)
        #expect((45...55).contains(more), "\(more)")
    }

    @Test func `two servers of a home let a tenth more through than one`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 100, each: 1000)])
        let servers = [try sample.server(), try sample.server()]
        var random = Mutator("two servers", corpus: [])
        var admitted = 0
        for _ in 0..<400 {
            // Most requests come to one of them.
            let server = servers[Int.random(in: 0..<10, using: &random) == 0 ? 1 : 0]
            if try server.ask(key) == .admitted { admitted += 1 }
        }
        #expect((100...110).contains(admitted), "\(admitted)")
        for server in servers { try server.flush() }
        for server in servers { #expect(try server.admitted(5, of: key) == 0) }
        #expect(try sample.report().sums.first?.usage.admitted == Int64(admitted))
        #expect(try sample.report().findings == [])
    }

    @Test func `a rotation grants no second quota`() throws {
        let old = try sample.key([APIKeyQuota(.requests, 10, each: 1000)])
        let server = try sample.server()
        #expect(try server.admitted(6, of: old) == 6)
        let (new, replaced) = try sample.keys.rotate(old.keyID, to: APIKeyFile.generate().publicKey)
        #expect(try server.admitted(9, of: new) == 4)
        #expect(try server.admitted(9, of: replaced) == 0)
        try server.flush()
        #expect(try sample.server().admitted(9, of: new) == 0)
    }

    @Test func `a clock that goes back gives nobody more, and one that went ahead no less for ever`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 10, each: 100)])
        let server = try sample.server()
        #expect(try server.admitted(20, of: key) == 10)
        clock.turn(by: -1000)
        #expect(try server.admitted(20, of: key) == 0)
        try server.flush()
        #expect(try sample.server().admitted(20, of: key) == 0, "after a restart too")
        clock.turn(by: 1101)
        #expect(try server.admitted(20, of: key) == 10)
    }

    @Test func `refusals are told once for each span of a quota, with their count`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 1, each: 100)])
        let server = try sample.server()
        #expect(try server.ask(key) == .admitted)
        func told(_ count: Int) throws -> [Int64] {
            try (0..<count).map { _ in
                guard case .refused(let excess) = try server.ask(key) else { throw TestFailure() }
                return excess.refusals
            }
        }
        #expect(try told(3) == [1, 0, 0])
        clock.turn(by: 101)
        #expect(try server.ask(key) == .admitted)
        #expect(try told(2) == [3, 0])
        try server.flush()
        #expect(try sample.report().sums.first?.usage.refused == 5)
    }

    @Test func `where nothing is written down a key with a quota is not served, and others are`() throws {
        let meter = UsageMeter(nil, keys: sample.keys, now: clock.now)
        let limited = try sample.key([APIKeyQuota(.requests, 1, each: 100)])
        #expect(throws: UsageError(.unkept, "")) {
            do { _ = try meter.admit(limited, bytes: 0) } catch let error as UsageError { throw UsageError(error.reason, "") }
        }
        #expect(try meter.admit(sample.key(), bytes: 0) == .admitted)
        #expect(!meter.isDue)
    }

    @Test func `usage waits for a minute, or until there is much of it`() throws {
        let key = try sample.key()
        let server = try sample.server()
        #expect(!server.isDue)
        #expect(try server.ask(key) == .admitted)
        clock.turn(by: UsageMeter.interval - 1)
        #expect(!server.isDue)
        clock.turn(by: 1)
        #expect(server.isDue)
        try server.flush()
        #expect(!server.isDue)
        _ = try server.admitted(Int(UsageMeter.longestWait), of: key)
        #expect(server.isDue)
    }

    @Test func `what cannot be written down waits, and is written once`() throws {
        let key = try sample.key([APIKeyQuota(.requests, 10, each: 1000)])
        let store = FaultyStore(sample.home.store)
        let journal = UsageJournal(
            sample.identity, store: store, registry: sample.home.registry, mark: sample.mark, now: clock.now)
        let server = UsageMeter(journal, keys: sample.keys, now: clock.now)
        try server.flush()
        #expect(try server.ask(key) == .admitted)
        store.failure = NodeError(.storeFull, "the disk is full")
        #expect(throws: NodeError.self) { try server.flush() }
        // What another server writes in the meantime is not forgotten either.
        let other = try sample.server()
        #expect(try other.ask(key) == .admitted)
        try other.flush()
        #expect(throws: NodeError.self) { try server.flush() }
        // Its batch is full: nothing more goes through unwritten.
        #expect(try server.admit(key, bytes: 0) == .flushFirst)
        store.failure = nil
        #expect(try server.admitted(20, of: key) == 8)
        try server.flush()
        #expect(try sample.report().sums.first?.usage.admitted == 10)
        #expect(try sample.report().findings == [])
    }
}

struct TestFailure: Error {}
