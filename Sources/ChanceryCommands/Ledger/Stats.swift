internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
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
        let json = StatisticsBody.json(statistics, chains: chains, published: published)
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
