import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire

/// Searches in a store of many agents, with 50 results each, and the log over that store. Every sample is the 95th percentile of a round.
enum SearchBench {
    private static let agents = 20

    static func run(_ home: BenchHome, _ scale: Scale) throws -> [Measurement] {
        let start = home.now
        let ids = try fill(home, scale)
        let span = home.now.milliseconds - start.milliseconds
        let minute: Int64 = 60_000
        func time(_ number: Int) -> Int64 { start.milliseconds + Int64(number) &* 7_919_000 % max(span, 1) / minute * minute }
        let type = { (number: Int) in SamplePayload.types[number % SamplePayload.types.count] }
        let queries: [(String, String, (Int) -> RecordQuery)] = [
            ("type", "by type", { RecordQuery(eventType: type($0), after: UInt64($0 * 97), limit: 50) }),
            ("agent", "by agent", { RecordQuery(agent: ids[$0 % ids.count], limit: 50, newestFirst: true) }),
            ("session", "by session", { RecordQuery(session: "session-\($0 * 31 % (scale.searchableEvents / agents / 50))") }),
            ("time", "by minute", { RecordQuery(from: time($0), until: time($0) + minute, limit: 50) }),
            (
                "agent-type-time", "by agent, type and hour",
                {
                    RecordQuery(
                        agent: ids[$0 % ids.count], eventType: type($0), from: time($0), until: time($0) + 60 * minute,
                        limit: 50)
                }
            ),
        ]
        let searches = try queries.map { name, title, query in
            let samples = try (0..<scale.rounds).map { round in
                try percentile(scale.searches) { number in
                    _ = try home.store.records(query(round * scale.searches + number))
                }
            }
            return Measurement(
                "search.\(name)", "search \(title) among \(scale.searchableEvents) events, p95", .milliseconds, samples,
                target: .atMost(5))
        }
        return try searches + LogBench.run(home, scale)
    }

    /// Every agent stamps in turn, so that what belongs together lies apart on disk.
    private static func fill(_ home: BenchHome, _ scale: Scale) throws -> [String] {
        let identities = try (0..<agents).map { try home.identity("searched-\($0)") }
        let turn = 500
        for start in stride(from: 0, to: scale.searchableEvents / agents, by: turn) {
            for identity in identities {
                let payloads = (start..<min(start + turn, scale.searchableEvents / agents)).map(SamplePayload.step)
                _ = try home.ledger.stamp(payloads, as: identity, profile: .batch)
                home.advance(bySeconds: 60)
            }
        }
        return identities.map(\.document.agentID.text)
    }

    private static func percentile(_ count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
        percentile95(try (0..<count).map { number in try seconds { try body(number) } * 1000 })
    }
}
