internal import ArgumentParser
internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryWire

/// What a proposal says, as options.
struct ProposalOptions: ParsableArguments {
    @Option(help: "What voters read first. Default: the kind.") var title: String?
    @Option(help: "Why.") var description = ""
    @Option(help: ArgumentHelp("How long it can be decided (s, m, h, d).", valueName: "time")) var lifetime = "1d"
    @Option(help: ArgumentHelp("Not to be decided before (RFC 3339).", valueName: "time")) var notBefore: String?
    @Option(help: ArgumentHelp("The digest of a model's manifest.", valueName: "hex")) var manifest: String?
    @Option(help: "An agent's DID.") var agent: String?
    @Option(help: "The role an agent is authorised for.") var role: String?
    @Option(help: "Where it applies: a path such as prod/eu, or * for everything.") var scope = "*"
    @Option(help: "A constraint: the environment.") var environment: String?
    @Option(help: ArgumentHelp("A constraint: the most requests a second.", valueName: "n")) var maxRateQps: Int64?
    @Option(help: ArgumentHelp("When a grant or delegation ends (RFC 3339).", valueName: "time")) var until: String?
    @Option(help: ArgumentHelp("The hash of a policy.", valueName: "hex")) var policy: String?
    @Option(help: ArgumentHelp("The enrolment of a member.", valueName: "file")) var enrolment: String?
    @Option(help: "The weight of a new member.") var weight: Int64 = 1
    @Option(help: ArgumentHelp("A member.", valueName: "did")) var member: String?
    @Option(help: "A room to stop: gate, vault or compute; may be repeated. Default: all.") var room: [Room] = []
    @Option(help: "Why work is stopped.") var reason = ""
    @Option(help: ArgumentHelp("A freeze to lift, by the id of its proposal; may be repeated.", valueName: "id"))
    var freeze: [String] = []
    @Option(help: ArgumentHelp("The agent that delegates.", valueName: "did")) var delegator: String?
    @Option(help: ArgumentHelp("The agent that may act for it.", valueName: "did")) var delegate: String?
    @Option(help: "How often the delegate may delegate further.") var depth: Int64 = 0
    @Option(help: ArgumentHelp("The hash of a program.", valueName: "hex")) var program: String?
    @Option(help: "The version of a program's package.") var version = ""
    @Option(help: ArgumentHelp("A custodian; may be repeated.", valueName: "did")) var custodian: [String] = []
    @Option(help: ArgumentHelp("How many custodians run a program.", valueName: "k")) var threshold: Int64 = 0

    /// The parameters of a proposal of `kind`.
    func parameters(_ kind: ProposalKind) throws -> ProposalParameters {
        try UsageError.reading("the proposal") { try read(kind) }
    }

    private func read(_ kind: ProposalKind) throws -> ProposalParameters {
        switch kind {
        case .authorizeModel:
            .authorizeModel(manifest: try hash(manifest, "--manifest"), scope: try Scope(scope), constraints: try constraints)
        case .revokeModel: .revokeModel(manifest: try hash(manifest, "--manifest"), scope: try Scope(scope))
        case .authorizeAgent:
            .authorizeAgent(
                try did(agent, "--agent"), role: try given(role, "--role"), scope: try Scope(scope),
                constraints: try constraints)
        case .revokeAgent: .revokeAgent(try did(agent, "--agent"), scope: try Scope(scope))
        case .updatePolicy: .updatePolicy(try hash(policy, "--policy"))
        case .addNode: .addNode(try EnrolmentFile.read(given(enrolment, "--enrolment")), weight: weight)
        case .removeNode: .removeNode(try did(member, "--member"))
        case .rotateKey: .rotateKey(try EnrolmentFile.read(given(enrolment, "--enrolment")))
        case .emergencyFreeze:
            .emergencyFreeze(
                scope: try Scope(scope), rooms: room.isEmpty ? Set(Room.allCases) : Set(room), reason: reason)
        case .unfreeze:
            .unfreeze(
                try freeze.map { try Hex.decode($0, count: 32) }.sorted { $0.lexicographicallyPrecedes($1) })
        case .delegation:
            .delegation(
                try DelegationTerms(
                    from: did(delegator, "--delegator"), to: did(delegate, "--delegate"), scope: Scope(scope),
                    constraints: Constraints(environment: environment, maxRateQPS: maxRateQps),
                    until: UTCTime(given(until, "--until")), depth: depth))
        case .activateProgram:
            .activateProgram(
                try ProgramTerms(
                    program: hash(program, "--program"), version: version, policy: hash(policy, "--policy"),
                    custodians: custodian.map { try DID($0) }, threshold: threshold))
        }
    }

    /// Signs the proposal and prints what was signed.
    func propose(
        _ parameters: ProposalParameters, _ home: Home, _ passphrase: PassphraseOptions, _ options: GlobalOptions
    ) throws {
        let desk = home.desk
        let key = try desk.keeper.openBallotKey(passphrase.opening(desk.keeper.custody(of: .ballotKey), options))
        let proposal = try desk.propose(
            parameters, title: title ?? parameters.kind.rawValue, description: description,
            notBefore: notBefore.map { try UTCTime($0) }, lifetime: TimeSpan(lifetime, option: "--lifetime").seconds,
            key: key)
        let fingerprint = try Fingerprint(of: proposal.id)
        try options.show(.object(ProposalBody.proposed(proposal.terms, fingerprint))) {
            ProposalView.text(proposal, fingerprint)
        }
    }

    private var constraints: Constraints {
        get throws {
            try Constraints(environment: environment, maxRateQPS: maxRateQps, notAfter: until.map { try UTCTime($0) })
        }
    }

    private func given(_ text: String?, _ option: String) throws -> String {
        guard let text else { throw UsageError("this kind of proposal needs \(option)") }
        return text
    }

    private func did(_ text: String?, _ option: String) throws -> DID { try DID(given(text, option)) }

    private func hash(_ text: String?, _ option: String) throws -> [UInt8] { try Hex.decode(given(text, option), count: 32) }
}

/// How proposals are shown.
enum ProposalView {
    static func text(_ proposal: Proposal, _ fingerprint: Fingerprint) -> String {
        "\(proposal.terms.rendering)\n\nfingerprint  \(fingerprint.text)"
    }
}
