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
    @Flag(help: "Write the proposal and its ballots alone: approved, not proof of being in force.") var certificate = false
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let view = try home.desk.view()
        let proposal = try view.proposal(proposal)
        if certificate {
            try UserFile.write(CanonicalForm.jcs.encode(view.certificate(of: proposal)), to: out)
            return try options.showWritten(["proposal": .string(Hex.encode(proposal.id)), "strength": "approved"], to: out)
        }
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

            A certificate alone (`certificate export --certificate`) is checked against the first members of the federation, \
            whom --genesis names. Says "approved", which is not proof of being in force: whether it was ordered is not in it.

            A file of `governance in-force` says "in force", when members with more than two thirds of the weight said within \
            --age seconds that its last slot is the latest.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: "The federation's id, known by another way than the file.") var federation: String
    @Option(help: "The federation's genesis; for a certificate alone.") var genesis: String?
    @Option(help: "How old beats may be, in seconds, 1…86400; for a file of `governance in-force`.") var age: Int64 = 600

    func validate() throws {
        guard (1...86_400).contains(age) else { throw ValidationError("--age lies in 1…86400") }
    }

    func run() throws {
        let pinned = try UsageError.reading("--federation") { try FederationID(federation) }
        let value = try JSONParser.parse(UserFile.read(file, limit: DecisionFile.maximumBytes), limits: .document)
        guard value["type"]?.string != BallotCertificate.type else { return try showApproval(value, pinned) }
        guard value["type"]?.string != InForceFile.type else { return try showInForce(value, pinned) }
        guard genesis == nil else { throw UsageError("--genesis goes with a certificate alone; the file has its own") }
        let file = try DecisionFile(verifying: value, federation: pinned)
        let last = file.decisions.last?.certifiedProposals ?? []
        try options.show(DecisionFileBody.json(file)) {
            let lines = last.map { "  \($0.kind.rawValue)  \(Hex.encode($0.id))  \(Console.printable($0.title))" }
            return "decided in slot \(file.head.slot) of \(pinned), recomputed from genesis\n" + lines.joined(separator: "\n")
                + "\nnot proven: that nothing later took it back"
        }
    }

    private func showInForce(_ value: JSONValue, _ pinned: FederationID) throws {
        let found = try InForceFile(verifying: value, federation: pinned).inForce(at: Home.now(), within: age)
        try options.show([
            "epoch": .integer(found.head.members.epoch),
            "freezes": .array(found.freezes.map { Hex.encode($0) }.sorted().map { .string($0) }),
            "since": .string(found.since.text), "slot": .integer(found.head.slot),
            "state_root": .string(Hex.encode(found.head.root.bytes)), "strength": "in force",
        ]) {
            "slot \(found.head.slot) of \(pinned) was in force at \(found.since.text)\n"
                + (found.freezes.isEmpty
                    ? "no freeze known to the members that say so" : "\(found.freezes.count) freezes are not lifted")
        }
    }

    private func showApproval(_ value: JSONValue, _ pinned: FederationID) throws {
        guard let genesis else { throw UsageError("a certificate alone is checked with --genesis FILE") }
        let founding = try Genesis(decoding: UserFile.read(genesis, limit: Genesis.maximumBytes))
        guard founding.federation == pinned else {
            throw GovernanceError(.genesisInvalid, "the genesis is that of `\(founding.federation)`")
        }
        let certificate = try BallotCertificate(verifying: value, in: founding.committee)
        let (proposal, total) = (certificate.proposal, founding.committee.totalWeight)
        try options.show([
            "approve": .integer(certificate.weights.approve), "id": .string(Hex.encode(proposal.id)),
            "kind": .string(proposal.kind.rawValue), "strength": "approved", "title": .string(proposal.terms.title),
            "total": .integer(total),
        ]) {
            """
            approved by \(certificate.weights.approve) of \(total) of \(pinned), epoch 0
              \(proposal.kind.rawValue)  \(Hex.encode(proposal.id))  \(Console.printable(proposal.terms.title))
            approved, not proof of being in force: that it was ordered, and not taken back, is not in it
            """
        }
    }
}

extension FederationView {
    /// The certificate of a proposal as the block has that ordered it; of one that is not ordered yet, from its ballots.
    fileprivate func certificate(of proposal: Proposal) throws -> JSONValue {
        let ordered = decisions.lazy.flatMap(\.block.items).first { item in
            item["type"]?.string == BallotCertificate.type
                && (item["proposal"]?["body"]?.object).flatMap { try? ProposalTerms($0).id } == proposal.id
        }
        if let ordered { return ordered }
        guard let ballots = ballots[proposal.id] else {
            throw GovernanceError(.proposalSuperseded, "the members changed before the proposal was decided")
        }
        return try BallotCertificate(proposal, ballots).json
    }
}
