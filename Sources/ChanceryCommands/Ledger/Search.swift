internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryWire

struct Search: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find records by agent, type, session, kind and time.",
        discussion: "Results come a page at a time; the last line says how to go on. With --json each record is a line.")

    @OptionGroup var options: GlobalOptions
    @Option(help: "A name of this home or an agent id.") var agent: String?
    @Option(name: .customLong("type"), help: "The event type.") var eventType: String?
    @Option(help: "The kind of record, for example AISS-2.1 or chancery/seal/v1.") var kind: String?
    @Option(help: "A session id.") var session: String?
    @Option(help: "From this time on: 2026-11-21T10:40:00.000Z or seconds since 1970.") var from: String?
    @Option(help: "Before this time.") var until: String?
    @Option(help: "Records a page, 1…10000.") var limit = 50
    @Option(help: "Go on after this position.") var after: UInt64?
    @Flag(help: "Newest first.") var newest = false
    @Flag(help: "All pages.") var all = false

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit lies in 1…10000") }
    }

    func run(in home: Home) throws {
        var query = RecordQuery(
            agent: try agent.map { try Self.agentID($0, home) }, eventType: eventType, kind: kind, session: session,
            from: try from.map { try UserTime.read($0).milliseconds },
            until: try until.map { try UserTime.read($0).milliseconds }, after: after, limit: limit, newestFirst: newest)
        var isFirst = true
        while true {
            let page = try home.store.records(query)
            try RecordView.write(page, json: options.json, header: isFirst)
            isFirst = false
            guard page.count == limit, let last = page.last else { return }
            query.after = last.position
            if !all { return options.remark("more: repeat with --after \(last.position)") }
        }
    }

    private static func agentID(_ name: String, _ home: Home) throws -> String {
        try home.keeper.names().contains(name) ? ChainChoice(name, home).agentID : name
    }
}
