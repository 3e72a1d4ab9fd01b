internal import ChanceryAPI
package import ChanceryNode
package import ChanceryWire

/// The counts of a store as JSON: the same from a route and from `chancery stats --json`.
package enum StatisticsBody {
    package static func json(
        _ statistics: StoreStatistics, chains: [(agent: String, state: ChainState)], published: UInt64?
    ) -> JSONValue {
        let kinds = statistics.byKind.sorted { $0.key < $1.key }
        return [
            "agents": .integer(Int64(statistics.agents)), "bytes": .integer(Int64(clamping: statistics.bytes)),
            "chains": .array(chains.map { ChainBody.json($0.agent, $0.state) }),
            "checkpoint": published.map { .integer(Int64(clamping: $0)) } ?? .null,
            "kinds": .object(JSONObject(kinds.map { .init(name: $0.key, value: .integer(Int64(clamping: $0.value))) })),
            "newest": statistics.newest.map { .string(UTCTime(milliseconds: $0).text) } ?? .null,
            "oldest": statistics.oldest.map { .string(UTCTime(milliseconds: $0).text) } ?? .null,
            "records": .integer(Int64(clamping: statistics.records)), "sessions": .integer(Int64(statistics.sessions)),
        ]
    }

    static let schema = Schema.object([
        ("agents", .count), ("bytes", .count), ("chains", .array(ChainBody.schema)),
        ("checkpoint", .integer(0...CanonicalForm.largestSafeInteger, isOptional: true)), ("kinds", .map(.count)),
        ("newest", .time(isOptional: true)), ("oldest", .time(isOptional: true)), ("records", .count), ("sessions", .count),
    ])
}
