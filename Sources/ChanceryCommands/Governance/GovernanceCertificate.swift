internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire

/// `chancery governance certificate …`
struct GovernanceCertificate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "certificate", abstract: "Give a decision to a stranger, and check one offline.",
        subcommands: [CertificateExport.self, CertificateVerify.self])
}

struct CertificateExport: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write the decision of a proposal with everything that a stranger needs to check it.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The proposal's id, or how it begins.") var proposal: String
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let view = try home.desk.view()
        let proposal = try view.proposal(proposal)
        guard let slot = view.slot(of: proposal.id) else {
            throw GovernanceError(
                .notPassed, "the proposal is not decided: \(view.standing(of: proposal, at: Home.now()).text)")
        }
        let file = try DecisionFile.json(view.genesis, view.decisions.prefix(Int(slot)))
        try UserFile.write(CanonicalForm.jcs.encode(file), to: out)
        try options.showWritten(["proposal": .string(Hex.encode(proposal.id)), "slot": .integer(slot)], to: out)
    }
}

struct CertificateVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Recompute a decision from its file alone, against the federation's id.",
        discussion: """
            Checks the genesis against --federation, then every decision: votes, ballots, roster, thresholds, state. Says \
            "decided", which is no proof of being in force now: what was decided later is not in the file.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: "The federation's id, known by another way than the file.") var federation: String

    func run() throws {
        let pinned = try UsageError.reading("--federation") { try FederationID(federation) }
        let value = try JSONParser.parse(UserFile.read(file, limit: DecisionFile.maximumBytes), limits: .document)
        let file = try DecisionFile(verifying: value, federation: pinned)
        let last = file.decisions.last?.certifiedProposals ?? []
        try options.show(DecisionFileBody.json(file)) {
            let lines = last.map { "  \($0.kind.rawValue)  \(Hex.encode($0.id))  \(Console.printable($0.title))" }
            return "decided in slot \(file.head.slot) of \(pinned), recomputed from genesis\n" + lines.joined(separator: "\n")
                + "\nnot proven: that nothing later took it back"
        }
    }
}
