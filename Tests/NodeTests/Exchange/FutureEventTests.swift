import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

/// An agent sets the times of its events. Those that lie ahead would age all that came before, so they are not taken.
struct FutureEventTests {
    /// Seconds by which clocks may differ.
    private static let skew: Int64 = 300
    private let home: SampleHome

    init() throws { home = try SampleHome() }

    private var importer: ChainImporter {
        ChainImporter(store: home.store, registry: home.registry, now: home.clock.now)
    }

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `a chain with an event of the future is not taken until its time comes`(profile: StampProfile) throws {
        let elsewhere = try SampleHome()
        let alice = try elsewhere.identity()
        _ = try elsewhere.ledger.stamp(samplePayloads(2), as: alice, profile: profile)
        elsewhere.clock.turn(by: Self.skew + 1)
        _ = try elsewhere.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        let export = try ChainExporter(store: elsewhere.store, registry: elsewhere.registry, now: elsewhere.clock.now)
            .signedExport(of: alice, agentID: alice.document.agentID.text)
        var keys = PinnedKeys()
        try keys.add(elsewhere.registry)
        #expect(code { _ = try importer.run(export, pinned: keys) } == "node.rejected")
        #expect(try home.store.frontier().size == 0)
        home.clock.turn(by: 1)
        #expect(try importer.run(export, pinned: keys).events == 3)
    }

    @Test func `a single event of the future is not taken, as the first of a chain or a later one`() throws {
        let alice = try home.identity()
        let stamper = try EventStamper(alice.keys.aiss, agentID: alice.document.agentID)
        let now = home.clock.now().seconds
        func event(_ number: Int, at seconds: Int64, after previous: String) throws -> StampedEvent {
            try stamper.stamp(
                samplePayloads(1, from: number), profile: .aiss21, timestamp: now + seconds,
                nonces: ["nonce-\(number)-\(seconds)"],
                previousHash: previous)[0]
        }
        func take(_ event: StampedEvent) -> String? {
            code { _ = try importer.run(event: event.bytes, of: [alice.document.agentID.text]) }
        }
        let genesis = stamper.genesisHash(.aiss21)
        #expect(try take(event(0, at: Self.skew + 1, after: genesis)) == "node.rejected")
        let first = try event(0, at: 0, after: genesis)
        #expect(take(first) == nil)
        for seconds: Int64 in [Self.skew + 1, 10 * 366 * 86_400, (1 << 52) - now] {
            #expect(try take(event(1, at: seconds, after: first.hash)) != nil, "\(seconds)")
        }
        #expect(try home.store.chain(alice.document.agentID.text)?.count == 1)
        #expect(try take(event(1, at: Self.skew, after: first.hash)) == nil)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: [StampProfile.aiss21, .batch])
    func `the proof that an agent forked itself is kept once, however often it is handed in`(profile: StampProfile) throws {
        let (other, alice) = (try SampleHome(), try home.identity())
        try other.registry.register([alice.document])
        _ = try home.ledger.stamp(samplePayloads(3), as: alice, profile: profile)
        _ = try other.ledger.stamp(samplePayloads(3, from: 7), as: alice, profile: profile)
        let export = try ChainExporter(store: other.store, registry: other.registry, now: other.clock.now)
            .signedExport(of: alice, agentID: alice.document.agentID.text)
        let size = try home.store.frontier().size
        for _ in 0..<3 {
            #expect(code { _ = try importer.run(export, pinned: PinnedKeys()) }?.contains("fork") == true)
        }
        #expect(try home.store.frontier().size == size + 1)
        #expect(try home.store.records(RecordQuery(kind: "chancery/fork/v1")).count == 1)
    }

    @Test func `the proof in a single event is kept once too`() throws {
        let alice = try home.identity()
        let events = try home.ledger.stamp(samplePayloads(3), as: alice)
        let stamper = try EventStamper(alice.keys.aiss, agentID: alice.document.agentID)
        let fork = try stamper.stamp(
            samplePayloads(1, from: 9), profile: .aiss21, timestamp: home.clock.now().seconds, nonces: ["other"],
            previousHash: events[0].hash)[0]
        for _ in 0..<3 {
            #expect(
                code { _ = try importer.run(event: fork.bytes, of: [alice.document.agentID.text]) } == "ledger.fork_detected")
        }
        #expect(try home.store.records(RecordQuery(kind: "chancery/fork/v1")).count == 1)
    }
}
