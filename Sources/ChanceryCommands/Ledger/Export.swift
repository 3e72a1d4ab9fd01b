internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryWire

struct Export: HomeCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write an agent's chain to one file that a stranger can verify.",
        discussion: """
            signed: everything, with a signature over the whole content (default). audit: AISS-1.0-AUDIT, which AISS readers \
            take. sealed-event: one event of a batch chain with its seal and path. After a rotation --document N, or the old \
            agent id, names an earlier chain; the identity's latest keys sign it.
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case signed, audit
        case sealedEvent = "sealed-event"
    }

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var chain: ChainOptions
    @Option(help: "The agent: a name of this home or an agent id.") var agent: String
    @Option var format = Form.signed
    @Option(help: "The event of a sealed-event export.") var sequence: Int?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    // The signature of an export is a record.
    var access: Home.Access { format == .signed ? .writing("export") : .reading }

    func validate() throws {
        guard (format == .sealedEvent) == (sequence != nil) else {
            throw ValidationError("--sequence N names the event of --format sealed-event")
        }
    }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let choice = try ChainChoice(agent, chain, home)
        try UserFile.write(bytes(choice, home), to: out)
        try options.showWritten(["agent_id": .string(choice.agentID), "format": .string(format.rawValue)], to: out)
    }

    private func bytes(_ choice: ChainChoice, _ home: Home) throws -> [UInt8] {
        switch format {
        case .signed:
            var progress = Progress("exporting", quiet: options.quiet)
            return try home.exporter.signedExport(
                of: home.open(choice.owner(), passphrase), agentID: choice.agentID
            ) { progress.update(UInt64($0), of: UInt64($1)) }
        case .audit: return try home.exporter.auditExport(agentID: choice.agentID)
        case .sealedEvent: return try home.exporter.sealedEvent(agentID: choice.agentID, sequence: sequence ?? 0)
        }
    }
}
