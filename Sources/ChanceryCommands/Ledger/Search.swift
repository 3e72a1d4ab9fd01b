internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire
internal import Foundation

struct Search: ParsableCommand {
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

    func run() throws {
        guard (1...10_000).contains(limit) else { throw UsageError("--limit lies in 1…10000") }
        let home = try Home(options)
        var query = RecordQuery(
            agent: try agent.map { try Self.agentID($0, home) }, eventType: eventType, kind: kind, session: session,
            from: try from.map(Self.time), until: try until.map(Self.time), after: after, limit: limit, newestFirst: newest)
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

    static func agentID(_ name: String, _ home: Home) throws -> String {
        guard try home.keeper.names().contains(name) else { return name }
        return try ChainChoice.agentID(name, nil, home)
    }

    private static func time(_ text: String) throws -> Int64 {
        if let seconds = Int64(text) { return UTCTime(seconds: seconds).milliseconds }
        do {
            return try UTCTime(text).milliseconds
        } catch {
            throw UsageError("`\(text)` is no time: use 2026-11-21T10:40:00.000Z or seconds since 1970")
        }
    }
}

struct History: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what an agent did, in order.", discussion: "--follow-rotation goes through all keys the identity had.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name of this home or an agent id.") var name: String
    @Flag(help: "Include the chains before key rotations.") var followRotation = false
    @Option(help: "At most this many events.") var limit = 1000

    func run() throws {
        guard (1...1_000_000).contains(limit) else { throw UsageError("--limit lies in 1…1000000") }
        let home = try Home(options)
        var left = limit
        var isFirst = true
        for agent in try agents(home) {
            var page: [StoredRecord] = []
            for record in StoredChain(home.store, agent) where left > 0 {
                page.append(record)
                left -= 1
                if page.count == 500 {
                    try RecordView.write(page, json: options.json, header: isFirst)
                    isFirst = false
                    page = []
                }
            }
            try RecordView.write(page, json: options.json, header: isFirst)
            isFirst = false
        }
    }

    private func agents(_ home: Home) throws -> [String] {
        let entry = try home.keeper.names().contains(name) ? nil : home.registry.entry(for: name)
        let history: [IdentityDocument]
        if case .identity(let document)? = entry {
            history = try home.registry.history(of: document.did)
        } else if entry != nil {
            return [name]
        } else {
            history = try home.keeper.documents(of: IdentityName(name))
        }
        let documents = followRotation ? history : Array(history.suffix(1))
        return try documents.flatMap { [$0.agentID.text, $0.classicalAgentID.text] }.filter { try home.store.chain($0) != nil }
    }
}

/// How records are listed.
enum RecordView {
    static func write(_ records: [StoredRecord], json: Bool, header: Bool) throws {
        guard !json else {
            var text = ""
            for record in records {
                text += String(decoding: try CanonicalForm.jcs.encode(Self.json(record)), as: UTF8.self) + "\n"
            }
            return FileHandle.standardOutput.write(Data(text.utf8))
        }
        var table = Table(["position", "time", "agent", "seq", "type", "hash"])
        for record in records {
            table.add([
                "\(record.position)", UTCTime(milliseconds: record.time).text, String(record.agent.prefix(32)),
                record.sequence.map(String.init) ?? "", record.eventType ?? record.kind,
                String(Hex.encode(record.id.prefix(8))) + "…",
            ])
        }
        let lines = table.text.split(separator: "\n")
        Console.write(lines.dropFirst(header ? 0 : 1).joined(separator: "\n"))
    }

    static func json(_ record: StoredRecord) -> JSONValue {
        // AISS-1 events keep number forms that RFC 8785 has not; they are shown as the text they are.
        let text = String(decoding: record.bytes, as: UTF8.self)
        let parsed = record.kind == EventProfile.aiss21.rawValue ? try? JSONParser.parse(record.bytes) : nil
        return [
            "agent": .string(record.agent), "event_type": record.eventType.map { .string($0) } ?? .null,
            "id": .string(Hex.encode(record.id)), "kind": .string(record.kind),
            "position": .integer(Int64(clamping: record.position)),
            "record": parsed ?? .string(text), "sequence": record.sequence.map { .integer(Int64($0)) } ?? .null,
            "session": record.session.map { .string($0) } ?? .null, "time": .string(UTCTime(milliseconds: record.time).text),
        ]
    }
}

struct Stats: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Count what the store holds.")
    @OptionGroup var options: GlobalOptions
    func run() throws { try StatisticsView.show(Home(options), options) }
}

/// `chancery memory …`
struct MemoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "memory", abstract: "What agents remember.", subcommands: [MemoryStats.self])
}

struct MemoryStats: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "stats", abstract: "Count what the store holds.")
    @OptionGroup var options: GlobalOptions
    func run() throws { try StatisticsView.show(Home(options), options) }
}

enum StatisticsView {
    static func show(_ home: Home, _ options: GlobalOptions) throws {
        let statistics = try home.store.statistics()
        let chains = try home.store.chains()
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
