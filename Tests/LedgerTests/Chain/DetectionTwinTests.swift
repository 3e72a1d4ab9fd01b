import ChanceryLedger
import ChanceryWire
import Testing

/// Linear detection against slow, obvious twins.
struct DetectionTwinTests {
    /// Events with few distinct values, so that replays and forks are many. Signatures play no part here.
    private func events(seed: UInt64) throws -> [Event] {
        var generator = SplitMix(state: seed)
        let template = try Event(decoding: Golden.aiss1).object
        let agents = ["Gvm8i5UuTd3r8Qf22Z3YQATiszFGnQn3", "DRHzpMKEXDESv6L3vcNmK27V8vr8Z2n3"]
        return try (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            var object = template
            object["agent_id"] = .string(agents[Int.random(in: 0..<2, using: &generator)])
            object["nonce"] = .string("n\(Int.random(in: 0..<12, using: &generator))")
            let previous = Int.random(in: 0..<12, using: &generator)
            object["previous_hash"] = previous == 0 ? .null : .string("h\(previous)")
            return try Event(object)
        }
    }

    @Test(arguments: UInt64(1)...200)
    func `replays and forks are those of the obvious definition`(seed: UInt64) throws {
        let events = try events(seed: seed)
        var replays: [Int] = []
        for (index, event) in events.enumerated()
        where events[..<index].contains(where: { $0.nonce == event.nonce && $0.agentID == event.agentID }) {
            replays.append(index)
        }
        #expect(Replay.find(in: events).map(\.index) == replays, "seed \(seed)")
        var forks: [[Int]] = []
        for (index, event) in events.enumerated() {
            guard let previous = event.previousHash, !events[..<index].contains(where: { $0.previousHash == previous }) else {
                continue
            }
            let same = events.indices.filter { events[$0].previousHash == previous }
            if same.count > 1 { forks.append(same) }
        }
        #expect(Fork.find(in: events).map(\.indices) == forks, "seed \(seed)")
    }

    @Test func `ten times the events take about ten times as long, not a hundred`() throws {
        let template = try Event(decoding: Golden.aiss1).object
        let events = try (0..<20_000).map { number in
            var object = template
            object["nonce"] = .string("n\(number)")
            return try Event(object)
        }
        let clock = ContinuousClock()
        let small = clock.measure { _ = Replay.find(in: Array(events[..<2_000])) }
        let large = clock.measure { _ = Replay.find(in: events) }
        #expect(large < small * 60 + .milliseconds(20))
    }
}

struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
