internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

struct Stats: HomeCommand {
    static let configuration = CommandConfiguration(abstract: "Count what the store holds.")
    @OptionGroup var options: GlobalOptions
    func run(in home: Home) throws { try StatisticsView.show(home, options) }
}

/// `chancery memory …`
struct MemoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "What agents remember.", subcommands: [MemoryStats.self])
}

struct MemoryStats: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "stats", abstract: "Count what the store holds.")
    @OptionGroup var options: GlobalOptions
    func run(in home: Home) throws { try StatisticsView.show(home, options) }
}

enum StatisticsView {
    static func show(_ home: Home, _ options: GlobalOptions) throws {
        let statistics = try home.store.statistics()
        let chains = try home.store.chains().filter { ChainState.isAgent($0.agent) }
        let kinds = statistics.byKind.sorted { $0.key < $1.key }
        let published = try home.log.published()?.head.size
        let json: JSONValue = [
            "agents": .integer(Int64(statistics.agents)), "bytes": .integer(Int64(clamping: statistics.bytes)),
            "chains": .array(chains.map { ChainView.json($0.agent, $0.state) }),
            "checkpoint": published.map { .integer(Int64(clamping: $0)) } ?? .null,
            "kinds": .object(JSONObject(kinds.map { .init(name: $0.key, value: .integer(Int64(clamping: $0.value))) })),
            "newest": statistics.newest.map { .string(UTCTime(milliseconds: $0).text) } ?? .null,
            "oldest": statistics.oldest.map { .string(UTCTime(milliseconds: $0).text) } ?? .null,
            "records": .integer(Int64(clamping: statistics.records)), "sessions": .integer(Int64(statistics.sessions)),
        ]
        try options.show(json) {
            var table = Table(["kind", "records"])
            for (kind, count) in kinds { table.add([kind, "\(count)"]) }
            let head = """
                records     \(statistics.records) (\(statistics.bytes) bytes)
                agents      \(statistics.agents) with chains
                sessions    \(statistics.sessions)
                newest      \(statistics.newest.map { UTCTime(milliseconds: $0).text } ?? "-")
                checkpoint  \(published.map { "\($0) records" } ?? "none")

                """
            return head + "\n" + table.text
        }
    }
}
