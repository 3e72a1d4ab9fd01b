internal import ArgumentParser
internal import ChanceryEvidence
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryWire

/// `chancery evidence …`
struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Answer one question about agents in one file, and check such a file offline.",
        subcommands: [EvidenceBuild.self, EvidenceVerify.self, EvidenceShow.self])
}

struct EvidenceBuild: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Write the answer to one question, with everything that a stranger needs to check it.",
        discussion: """
            --decision: why could this agent do that? --event: what is the record at this position? --agent with --from and \
            --until: what did it do between two times? --slot: who decided this? Only what a published checkpoint covers can be \
            shown: run `chancery log checkpoint` first. A period is about one chain: each rotation begins another, and AISS-1 \
            events have their own; those with events in the period are named. Prints the pins that a verifier should know by \
            another way, one a line: with --out to standard output, else to standard error beside the file.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var chain: ChainOptions
    @Option(help: "A decision of the gate: its id, or how it begins.") var decision: String?
    @Option(help: ArgumentHelp("The position of an event, or of something that the gate wrote.", valueName: "position"))
    var event: UInt64?
    @Option(help: "A name of this home or an agent id.") var agent: String?
    @Option(help: "From this time on: 2026-11-21T10:40:00.000Z or seconds since 1970.") var from: String?
    @Option(help: "Before this time.") var until: String?
    @Option(help: "A slot of the federation's decisions.") var slot: Int64?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func validate() throws {
        let asked = [decision != nil, event != nil, agent != nil, slot != nil].count { $0 }
        guard asked == 1 else { throw ValidationError("one of --decision, --event, --agent and --slot asks the question") }
        guard (agent != nil) == (from != nil), (agent != nil) == (until != nil) else {
            throw ValidationError("--agent goes with --from and --until")
        }
    }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let desk = try home.evidence()
        let evidence = try desk.build(request(home, desk))
        let bytes = try evidence.encoded()
        let pins = try EvidenceDesk.pins(of: evidence)
        let others = try desk.otherChains(of: evidence.question)
        try UserFile.write(bytes, to: out)
        try options.showWritten(
            [
                "bytes": .integer(Int64(bytes.count)), "grade": .string(evidence.claim.rawValue),
                "other_chains": .array(others.map { .string($0) }),
                "pins": .array(pins.map { .string($0) }), "question": .string(evidence.question.name),
                "records": .integer(Int64(evidence.records.count)),
            ], to: out)
        guard !options.json else { return }
        for other in others { options.remark("the agent has events on another chain in this time: ask with --agent \(other)") }
        options.remark("grade \(evidence.claim.rawValue) when pinned: \(evidence.claim.meaning)")
        guard let out, out != "-" else { return pins.forEach { options.remark("  --pin \($0)") } }
        try Console.print(pins.joined(separator: "\n"))
    }

    private func request(_ home: Home, _ desk: EvidenceDesk) throws -> EvidenceDesk.Request {
        if let decision { return .decision(try desk.decision(decision)) }
        if let event { return .record(event) }
        if let slot { return .slot(slot) }
        guard let agent, let from, let until else { throw UsageError("--agent goes with --from and --until") }
        return .period(
            chain: try ChainChoice(agent, chain, home).agentID, from: try UserTime.read(from), until: try UserTime.read(until))
    }
}

extension Home {
    /// Where evidence is made.
    func evidence() throws -> EvidenceDesk {
        let hasGate = try keeper.names().contains(Self.gateName)
        let gate = hasGate ? try keeper.documents(of: IdentityName(Self.gateName)).first?.did : nil
        return EvidenceDesk(store: store, registry: registry, log: log, gate: gate)
    }
}
