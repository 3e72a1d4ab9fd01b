internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode

struct History: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what an agent did, in order.",
        discussion: "--follow-rotation goes through all keys the identity had. With --json each record is a line.")

    private static let pageSize = 500

    @OptionGroup var options: GlobalOptions
    @Argument(help: "A name of this home or an agent id.") var name: String
    @Flag(help: "Include the chains before key rotations.") var followRotation = false
    @Option(help: "At most this many events; the last line says how to go on.") var limit = 1000
    @Option(help: "Go on after this position.") var after: UInt64?

    func validate() throws {
        guard (1...1_000_000).contains(limit) else { throw ValidationError("--limit lies in 1…1000000") }
    }

    func run(in home: Home) throws {
        var records = ChainRecords(home.store, try agents(home), after: after)
        var page: [StoredRecord] = []
        var isFirst = true
        var left = limit
        var last: UInt64 = 0
        while let record = try records.next() {
            guard left > 0 else {
                if !page.isEmpty { try RecordView.write(page, json: options.json, header: isFirst) }
                return options.remark("more: repeat with --after \(last)")
            }
            page.append(record)
            left -= 1
            last = record.position
            if page.count == Self.pageSize {
                try RecordView.write(page, json: options.json, header: isFirst)
                isFirst = false
                page = []
            }
        }
        if isFirst || !page.isEmpty { try RecordView.write(page, json: options.json, header: isFirst) }
    }

    private func agents(_ home: Home) throws -> [String] {
        let entry = try home.keeper.names().contains(name) ? nil : home.registry.entry(for: name)
        let history: [IdentityDocument]
        if case .identity(let document)? = entry {
            let all = try home.registry.history(of: document.did)
            history = followRotation ? all : all.filter { $0.number == document.number }
        } else if entry != nil {
            return [name]
        } else {
            let all = try home.keeper.documents(of: IdentityName(name))
            history = followRotation ? all : all.suffix(1)
        }
        return try history.flatMap { [$0.agentID.text, $0.classicalAgentID.text] }.filter { try home.store.chain($0) != nil }
    }
}
