import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire

/// Searches in a store of many agents, with 50 results each, and the log over that store. Each of our samples is the
/// 95th percentile of a round; each of the peer's is one search among the same events.
enum SearchBench {
    private static let agents = 20
    private static let results = 50

    static func run(_ bench: Bench) throws -> [Measurement] {
        let home = bench.home
        let scale = bench.scale
        let start = home.now
        let ids = try fill(home, scale)
        let span = home.now.milliseconds - start.milliseconds
        let minute: Int64 = 60_000
        func time(_ number: Int) -> Int64 { start.milliseconds + Int64(number) &* 7_919_000 % max(span, 1) / minute * minute }
        let eventType = { (number: Int) in SamplePayload.types[number % SamplePayload.types.count] }
        // Pages begin all over the store, and far enough from its end to be full.
        let last = scale.searchableEvents - 2 * results * SamplePayload.types.count
        try fillPeer(bench)
        var next = 0
        let byType = try bench.rounds {
            try percentile(scale.searches) { number in
                next += 1
                let page = RecordQuery(eventType: eventType(next), after: UInt64(next * 97 % last), limit: results)
                guard try home.store.records(page).count == results else {
                    throw Failure(description: "search by type among \(scale.searchableEvents) events is not full")
                }
            }
        } theirs: { peer in
            try peer.measure("search_type", ["type": .string(eventType(next))])
        }
        let sessions = scale.searchableEvents / agents / 50
        let others: [(String, String, (Int) -> RecordQuery)] = [
            ("agent", "by agent", { RecordQuery(agent: ids[$0 % ids.count], limit: results, newestFirst: true) }),
            ("session", "by session", { RecordQuery(session: "session-\($0 * 31 % sessions)", limit: results) }),
            ("time", "by minute", { RecordQuery(from: time($0), until: time($0) + minute, limit: results) }),
            (
                "agent-type-time", "by agent, type and hour",
                {
                    RecordQuery(
                        agent: ids[$0 % ids.count], eventType: eventType($0), from: time($0), until: time($0) + 60 * minute,
                        limit: results)
                }
            ),
        ]
        func title(_ what: String) -> String { "search \(what) among \(scale.searchableEvents) events, p95" }
        var measurements = [
            Measurement(
                "search.type", title("by type"), .milliseconds, byType.ours, peer: byType.theirs, target: .atMost(5))
        ]
        for (name, words, query) in others {
            var found = 0
            let samples = try bench.rounds {
                try percentile(scale.searches) { found += try home.store.records(query($0)).count }
            }
            guard found > 0 else { throw Failure(description: "search \(words) finds nothing") }
            measurements.append(Measurement("search.\(name)", title(words), .milliseconds, samples, target: .atMost(5)))
        }
        return try measurements + LogBench.run(bench)
    }

    /// Every agent stamps in turn, so that what belongs together lies apart on disk.
    private static func fill(_ home: BenchHome, _ scale: Scale) throws -> [String] {
        let identities = try (0..<agents).map { try home.identity("searched-\($0)") }
        let turn = 500
        for start in stride(from: 0, to: scale.searchableEvents / agents, by: turn) {
            for identity in identities {
                let payloads = (start..<min(start + turn, scale.searchableEvents / agents)).map(SamplePayload.step)
                _ = try home.ledger.stamp(payloads, as: identity, profile: .aiss1)
                home.advance(bySeconds: 60)
            }
        }
        return identities.map(\.document.classicalAgentID.text)
    }

    private static func fillPeer(_ bench: Bench) throws {
        guard let peer = bench.peer else { return }
        let file = try bench.write(bench.storedEvents(bench.scale.searchableEvents), "stored.json")
        guard try peer.measure("fill", ["file": .string(file)]) == Double(bench.scale.searchableEvents) else {
            throw Failure(description: "the peer does not hold the same events")
        }
    }

    private static func percentile(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
        percentile95(try (0..<count).map { number in try seconds { try body(number) } * 1000 })
    }
}
