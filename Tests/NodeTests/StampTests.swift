import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct StampTests {
    private let home: SampleHome
    private let alice: OpenIdentity

    init() throws {
        home = try SampleHome()
        alice = try home.identity()
    }

    private func agent(_ profile: StampProfile) -> String {
        (profile == .aiss1 ? alice.document.classicalAgentID : alice.document.agentID).text
    }

    @Test(arguments: StampProfile.allCases)
    func `stamped events are durable, in order, and verify`(profile: StampProfile) throws {
        var receipts = try home.ledger.stamp(samplePayloads(3), as: alice, profile: profile)
        home.clock.turn(by: 5)
        receipts += try home.ledger.stamp(samplePayloads(2, from: 3), as: alice, profile: profile)
        #expect(receipts.map(\.sequence) == Array(0..<5))
        #expect(Set(receipts.map(\.agentID)) == [agent(profile)])
        let state = try #require(try home.store.chain(agent(profile)))
        #expect(state.count == 5 && state.head == receipts.last?.hash && !state.hasEnded)
        #expect(state.seals == (profile == .batch ? 2 : 0))
        for (number, receipt) in receipts.enumerated() {
            let stored = try #require(try home.store.record(id: Hex.decode(receipt.hash)))
            #expect(stored.position == receipt.position && stored.sequence == number && stored.eventType == "step")
        }
        #expect(try home.audit().failures == [])
    }

    @Test func `the profile of the first event is kept`() throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: .batch)
        #expect(code { _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: .aiss21) } == "node.profile_fixed")
        // The classical id is another agent.
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: .aiss1)
        #expect(code { _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: .aiss21) } == "node.profile_fixed")
        #expect(try home.audit().failures == [])
    }

    @Test func `nothing to stamp is nothing stored`() throws {
        let before = try home.store.frontier()
        #expect(try home.ledger.stamp([], as: alice).isEmpty)
        #expect(try home.store.frontier() == before && home.store.chain(agent(.aiss21)) == nil)
    }

    @Test(arguments: StampProfile.allCases)
    func `a clock that goes back does not take the chain along`(profile: StampProfile) throws {
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        home.clock.turn(by: -100)
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        home.clock.turn(by: 200)
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        #expect(try home.audit().failures == [])
    }

    @Test func `more payloads than a seal holds become several batches`() throws {
        let receipts = try home.ledger.stamp(samplePayloads(8193), as: alice, profile: .batch)
        #expect(receipts.count == 8193 && receipts.map(\.sequence) == Array(0..<8193))
        #expect(try home.store.chain(agent(.batch))?.seals == 2)
        #expect(try home.store.records(RecordQuery(kind: BatchSeal.type)).count == 2)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: StampProfile.allCases)
    func `a caller cannot end a chain by naming an event a rotation`(profile: StampProfile) throws {
        let payload = JSONObject([.init(name: "event_type", value: "key_rotation")])
        let before = try home.store.frontier()
        #expect(
            code { _ = try home.ledger.stamp(samplePayloads(1) + [payload], as: alice, profile: profile) } == "node.rejected")
        #expect(try home.store.frontier() == before)
        _ = try home.ledger.stamp(samplePayloads(1), as: alice, profile: profile)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: StampProfile.allCases, ["a\u{0}b", "é", "e\u{301}", "", String(repeating: "x", count: 300)])
    func `any event type is stored so that the audit agrees`(profile: StampProfile, type: String) throws {
        let payload = JSONObject([
            .init(name: "event_type", value: .string(type)), .init(name: "session_id", value: .string(type)),
        ])
        _ = try home.ledger.stamp([payload], as: alice, profile: profile)
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: StampProfile.allCases)
    func `an event too deep or too long for readers is not stored`(profile: StampProfile) throws {
        var value: JSONValue = [:]
        for _ in 0..<70 { value = ["a": value] }
        let deep = try #require(value.object)
        let long = JSONObject([.init(name: "text", value: .string(String(repeating: "a", count: 1 << 21)))])
        for payload in [deep, long] {
            let result = code { _ = try home.ledger.stamp([payload], as: alice, profile: profile) }
            #expect(result?.hasPrefix("untyped") != true)
        }
        #expect(try home.audit().failures == [])
    }

    @Test(arguments: StampProfile.allCases)
    func `writers that meet at one head all get through`(profile: StampProfile) async throws {
        let (folder, clock, alice) = (home.folder, home.clock, alice)
        let failures = await inParallel(Array(0..<3)) { writer -> String? in
            do {
                let other = try SampleHome(folder, clock: clock)
                for round in 0..<5 {
                    _ = try other.ledger.stamp(samplePayloads(2, from: writer * 100 + round), as: alice, profile: profile)
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(failures.isEmpty, "\(failures)")
        #expect(try home.store.chain(agent(profile))?.count == 30)
        #expect(try home.audit().failures == [])
    }

    @Test func `a conflict is tried again, any other failure is not`() throws {
        let faulty = FaultyStore(home.store)
        let ledger = AgentLedger(store: faulty, registry: home.registry, now: home.clock.now)
        faulty.conflicts = 3
        #expect(try ledger.stamp(samplePayloads(1), as: alice).count == 1)
        #expect(faulty.appends == 4)
        faulty.failure = NodeError(.storeFull, "full")
        #expect(code { _ = try ledger.stamp(samplePayloads(1), as: alice) } == "store.full")
        #expect(faulty.appends == 5)
        faulty.failure = nil
        faulty.conflicts = 1000
        #expect(code { _ = try ledger.stamp(samplePayloads(1), as: alice) } == "store.conflict")
    }

    @Test(arguments: [StampProfile.aiss21, .batch], [1e20, -1e16, 0x1p53])
    func `a number that would read back as another is refused`(profile: StampProfile, number: Double) throws {
        #expect(throws: LedgerError.self) {
            try home.ledger.stamp([["value": .array([.double(number)])]], as: alice, profile: profile)
        }
        _ = try home.ledger.stamp([["value": .double(1e21), "other": .double(0x1p53 - 1)]], as: alice, profile: profile)
        #expect(try home.audit().failures == [])
    }
}
