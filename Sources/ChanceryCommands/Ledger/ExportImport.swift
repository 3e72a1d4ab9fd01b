internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write an agent's chain to one file that a stranger can verify.",
        discussion: """
            signed: everything, with a signature over the whole content (default). audit: AISS-1.0-AUDIT, which AISS readers \
            take. sealed-event: one event of a batch chain with its seal and path.
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case signed, audit
        case sealedEvent = "sealed-event"
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The agent: a name of this home.") var agent: String
    @Option(help: "The chain to export when there are several: aiss-2.1, batch or aiss-1.") var profile: StampProfile?
    @Option var format = Form.signed
    @Option(help: "The event of a sealed-event export.") var sequence: Int?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run() throws {
        let home = try Home(options)
        let agentID = try ChainChoice.agentID(agent, profile, home)
        switch format {
        case .signed:
            try UserFile.write(home.exporter.signedExport(of: home.open(agent, passphrase), agentID: agentID), to: out)
        case .audit: try UserFile.write(home.exporter.auditExport(agentID: agentID), to: out)
        case .sealedEvent:
            guard let sequence else { throw UsageError("name the event: --sequence N") }
            try UserFile.write(home.exporter.sealedEvent(agentID: agentID, sequence: sequence), to: out)
        }
        if let out { options.remark("wrote \(out)") }
    }
}

/// Which chain of an identity is meant.
enum ChainChoice {
    static func agentID(_ name: String, _ profile: StampProfile?, _ home: Home) throws -> String {
        guard let document = try home.keeper.documents(of: IdentityName(name)).last else {
            throw NodeError(.notFound, "there is no identity `\(name)`")
        }
        let (hybrid, classical) = (document.agentID.text, document.classicalAgentID.text)
        if let profile { return profile == .aiss1 ? classical : hybrid }
        if try home.store.chain(hybrid) != nil { return hybrid }
        return try home.store.chain(classical) != nil ? classical : hybrid
    }
}

struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify a chain, export or identity from elsewhere and take it into the store.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: ArgumentHelp("A public identity document to rely on and register; may be repeated.", valueName: "file"))
    var identity: [String] = []

    func run() throws {
        let home = try Home(options)
        let bytes = try UserFile.read(file)
        var keys = PinnedKeys()
        for path in identity { try keys.add(UserFile.read(path, limit: 16 << 20)) }
        var progress = Progress("importing", quiet: options.quiet)
        let outcome = try home.recordingRefusal(of: "import") {
            try ChainImporter(store: home.store, registry: home.registry).run(bytes, pinned: keys) {
                progress.update($0, of: $1)
            }
        }
        let json: JSONValue = [
            "agent_id": outcome.agentID.map { .string($0) } ?? .null, "events": .integer(Int64(outcome.events)),
            "identities": .integer(Int64(outcome.identities)), "known": .integer(Int64(outcome.known)),
        ]
        try options.show(json) {
            "imported \(outcome.events) events (\(outcome.known) known before), \(outcome.identities) identity documents"
        }
    }
}

struct Forks: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Find events that claim the same predecessor, and say which history is canonical.",
        discussion: "Reads a file of branches or one list of events; without a file, the chains of this home.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "Events as a JSON array, or an array of branches.") var file: String?

    func run() throws {
        let events: [Event]
        var resolution: ForkResolution?
        if let file {
            let value = try JSONParser.parse(UserFile.read(file), limits: .document)
            let branches = try (value.array ?? []).filter { $0.array != nil }.map { try ($0.array ?? []).map { try Event($0) } }
            events =
                branches.isEmpty
                ? try (value.array ?? value["events"]?.array ?? []).map { try Event($0) } : branches.flatMap(\.self)
            // Without verified timestamps the rule falls to length and hash.
            resolution = branches.isEmpty ? nil : ForkResolution(branches) { _ in nil }
        } else {
            let home = try Home(options)
            events = try home.store.chains().flatMap { agent, state in
                EventProfile(rawValue: state.profile) == nil
                    ? [] : try StoredChain(home.store, agent).map { try Event(decoding: $0.bytes) }
            }
        }
        // The same event in two branches is no fork.
        var seen: Set<String> = []
        let distinct = events.filter { seen.insert($0.hash).inserted }
        let forks = Fork.find(in: distinct)
        let json: JSONValue = [
            "canonical": resolution.map { .integer(Int64($0.canonical)) } ?? .null,
            "classification": resolution.map { .string($0.classification.rawValue) } ?? .null,
            "forks": .array(
                forks.map { fork in
                    [
                        "events": .array(fork.indices.map { .string(distinct[$0].hash) }),
                        "previous_hash": .string(fork.previousHash),
                    ]
                }),
        ]
        try options.show(json) {
            let lines = forks.map { fork in
                "after \(fork.previousHash)\n"
                    + fork.indices.map { "    \(distinct[$0].hash)  \(distinct[$0].eventType ?? "")" }.joined(separator: "\n")
            }
            let verdict = resolution.map { "\ncanonical branch: \($0.canonical) (\($0.classification.rawValue))" } ?? ""
            return (forks.isEmpty ? "no forks among \(distinct.count) events" : lines.joined(separator: "\n")) + verdict
        }
        if !forks.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

/// The events of one chain, page by page.
struct StoredChain: Sequence, IteratorProtocol {
    private let store: any RecordIndex
    private var query: RecordQuery
    private var page: ArraySlice<StoredRecord> = []
    private var isDone = false
    private(set) var failure: (any Error)?

    init(_ store: any RecordIndex, _ agent: String) {
        self.store = store
        query = RecordQuery(agent: agent, limit: 2000)
    }

    mutating func next() -> StoredRecord? {
        while true {
            if let record = page.popFirst() {
                if record.sequence != nil { return record }
                continue
            }
            guard !isDone, let next = try? store.records(query) else { return nil }
            isDone = next.count < query.limit
            query.after = next.last?.position
            page = next[...]
            if next.isEmpty { return nil }
        }
    }
}
