internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

struct Forks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find what an agent signed twice, and say which history is canonical.",
        discussion: """
            Reads events, lists of events, exports, sealed events and seals, several files if need be; without a file, the \
            chains of this home. Every signature is verified first, with keys from --identity files, or from this home when \
            there are none.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Histories to compare, each in a file of its own or as a JSON array of lists.") var files: [String] = []
    @Option(help: ArgumentHelp("A public identity document to rely on; may be repeated.", valueName: "file"))
    var identity: [String] = []

    func run() throws {
        let keys = try PinnedKeys(files: identity, or: options)
        var search = ForkSearch(keys: keys)
        var resolution: ForkResolution?
        if files.isEmpty {
            try add(Home(options, .reading), to: &search)
        } else {
            var branches: [[Event]] = []
            for file in files {
                let content = try BranchFile(UserFile.read(file))
                try search.add(content.seals)
                branches += content.branches
            }
            try search.add(branches.flatMap(\.self))
            // Without verified timestamps the rule falls to length and hash.
            let isOneAgent = Set(branches.joined().map { Array($0.agentID.text.utf8) }).count == 1
            if branches.count > 1, isOneAgent { resolution = ForkResolution(branches) { _ in nil } }
        }
        try show(search, resolution)
    }

    private func add(_ home: Home, to search: inout ForkSearch) throws {
        for (agent, state) in try home.store.chains() where ChainState.isAgent(agent) {
            if EventProfile(rawValue: state.profile) != nil {
                var records = ChainRecords(home.store, [agent])
                var events: [Event] = []
                while let record = try records.next() {
                    events.append(try Event(decoding: record.bytes))
                    if events.count == 2000 {
                        try search.add(events)
                        events = []
                    }
                }
                try search.add(events)
            } else {
                var query = RecordQuery(agent: agent, kind: BatchSeal.type, limit: 2000)
                while true {
                    let page = try home.store.records(query)
                    try search.add(page.map { try UnverifiedRecord(decoding: $0.bytes) })
                    guard page.count == query.limit else { break }
                    query.after = page.last?.position
                }
            }
        }
    }

    private func show(_ search: ForkSearch, _ resolution: ForkResolution?) throws {
        let findings = search.findings
        let json: JSONValue = [
            "canonical": resolution.map { .integer(Int64($0.canonical)) } ?? .null,
            "classification": findings.isEmpty ? .null : resolution.map { .string($0.classification.rawValue) } ?? .null,
            "count": .integer(Int64(search.count)),
            "forks": .array(
                findings.map { finding in
                    [
                        "agent_id": .string(finding.agent), "place": .string(finding.place),
                        "signed": .array(finding.members.map { .string($0.hash) }),
                    ]
                }),
        ]
        try options.show(json) {
            let lines = findings.map { finding in
                "\(finding.agent) signed \(finding.members.count) times \(finding.place)\n"
                    + finding.members.map { Console.printable("    \($0.hash)  \($0.eventType ?? "")") }.joined(separator: "\n")
            }
            let verdict =
                resolution.map {
                    "\ncanonical branch: \($0.canonical)" + (findings.isEmpty ? "" : " (\($0.classification.rawValue))")
                } ?? ""
            return (findings.isEmpty ? "no forks among \(search.count) signed events and seals" : lines.joined(separator: "\n"))
                + verdict
        }
        if !findings.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }
}
