internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire

struct GovernanceShow: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a proposal, its six words and where the voting stands; without an id, all of them."
    )

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The proposal's id, or how it begins.") var proposal: String?

    func run(in home: Home) throws {
        let view = try home.desk.view()
        guard let proposal = try proposal.map({ try view.proposal($0) }) else { return try list(view) }
        let fingerprint = try Fingerprint(of: proposal.id)
        let now = Home.now()
        try options.show(ProposalBody.full(proposal, fingerprint, in: view, at: now)) {
            let tally = view.ballots[proposal.id].map { ballots in
                let weights = ballots.weights
                return "\nballots      \(weights.approve) approve, \(weights.reject) reject, \(weights.abstain) abstain of "
                    + "\(ballots.committee.totalWeight)"
            }
            return ProposalView.text(proposal, fingerprint) + "\nstanding     \(view.standing(of: proposal, at: now).text)"
                + (tally ?? "")
        }
    }

    private func list(_ view: FederationView) throws {
        let now = Home.now()
        try options.show(
            .array(view.proposals.map { ProposalBody.summary($0, in: view, at: now) })
        ) {
            var table = Table(["id", "kind", "standing", "title"])
            for proposal in view.proposals {
                table.add([
                    String(Hex.encode(proposal.id).prefix(16)), proposal.kind.rawValue,
                    view.standing(of: proposal, at: now).text, proposal.terms.title,
                ])
            }
            return table.text
        }
    }
}

struct GovernanceDecisions: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "decisions", abstract: "List what was decided, slot by slot; every certificate was verified again.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let decisions = try home.desk.view().decisions
        try options.show(.array(decisions.map(DecisionBody.json))) {
            var table = Table(["slot", "epoch", "time", "decided"])
            for decision in decisions {
                let kinds = decision.certifiedProposals.map { "\($0.kind.rawValue) \(Hex.encode($0.id).prefix(12))" }
                table.add([
                    String(decision.slot), String(decision.block.context.epoch), decision.block.context.time.text,
                    kinds.isEmpty ? "evidence" : kinds.joined(separator: ", "),
                ])
            }
            return table.text
        }
    }
}

struct GovernanceAuthorized: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "authorized", abstract: "Say whether a model or agent may act in a scope, and by which votes.",
        discussion: "The answer is this home's own state, with the freezes that it saw: exit code 0 for yes, 3 for no.")

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("The digest of a model's manifest.", valueName: "hex")) var manifest: String?
    @Option(help: "An agent's DID.") var agent: String?
    @Option(help: "Where.") var scope = "*"
    @Option(help: "Where work would happen: gate, vault or compute.") var room: Room?
    @Option(help: ArgumentHelp("When (RFC 3339). Default: now.", valueName: "time")) var at: String?

    func validate() throws {
        guard (manifest == nil) != (agent == nil) else { throw ValidationError("name --manifest or --agent") }
    }

    func run(in home: Home) throws {
        let subject: Subject = try UsageError.reading("the subject") {
            if let manifest { return .model(try Hex.decode(manifest, count: 32)) }
            return .agent(try DID(agent ?? ""))
        }
        let view = try home.desk.view()
        let answer = view.state.isAuthorized(
            subject, in: try Scope(scope), at: try at.map { try UTCTime($0) } ?? Home.now(), room: room, seen: view.seenFreezes)
        switch answer {
        case .granted(let authority):
            try options.show([
                "authorized": true, "chain": .array(authority.chain.map { .string(Hex.encode($0)) }),
                "constraints": authority.constraints.json, "proposal": .string(Hex.encode(authority.proposal)),
                "slot": .integer(view.head.slot),
            ]) { "yes: granted by \(Hex.encode(authority.proposal)), as of slot \(view.head.slot)" }
        case .denied(let denial):
            try options.show([
                "authorized": false, "reason": .string(denial.rawValue), "slot": .integer(view.head.slot),
            ]) { "no: \(denial.rawValue), as of slot \(view.head.slot)" }
            throw Stop(code: ExitStatus.refused)
        }
    }
}
