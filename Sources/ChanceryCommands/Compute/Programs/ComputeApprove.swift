internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryGovernance
internal import ChanceryOracle
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryWire

struct ComputeApprove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a program as a custodian's people (--home).",
        discussion: """
            The package is fetched and read here; what is signed are its id, version, policy, custodians and epoch, and the id of \
            the owner's statement about extraction (`compute extract --sign`), which a program with secrets needs unless its policy \
            sets no limit. With --model the attacks are run here too.

            The secrets are brought by whoever installed the package first: that owner is shown, and with --owner only this one's \
            program is approved. Without a limit on extraction nothing else ties your approval to the owner whom you mean.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id.") var program: String
    @Option(help: ArgumentHelp("The policy to approve, where it is not the package's.", valueName: "file")) var policy: String?
    @Option(help: ArgumentHelp("The owner's statement about extraction.", valueName: "file")) var report: String?
    @Option(help: ArgumentHelp("The model, where its owner is at hand: it is attacked here as well.", valueName: "file"))
    var model: String?
    @Option(
        help: ArgumentHelp(
            "The id of the owner's key: a program of which the coordinator shows another is not approved.", valueName: "hex"))
    var owner: String?
    @Option(help: "The custodians' epoch.") var epoch: Int64 = 1
    @Option(
        help: ArgumentHelp("Write the approval to a file instead of handing it in: what a gateway takes.", valueName: "file"))
    var out: String?

    func run() throws {
        let content = try place.resolve(program, isBinding: true).content
        let home = try CustodianHome(path: options.home ?? "", state: options.state ?? "/nonexistent")
        let (id, remote, roster) = (content.id, try place.remote(), try place.pinned())
        let found = try requireOwner(id, remote, roster)
        let policy = try policy.map { try ComputePolicy(file: $0) } ?? content.policy
        try content.requireCovered(by: policy)
        let report = try report.map { try UnverifiedRecord(decoding: UserFile.read($0, limit: 1 << 20)) }
        try requireWithinLimit(content, policy, report, home)
        var bundle = ActivationBundle(
            version: content.version, epoch: epoch, policy: policy, extraction: report, approvals: [])
        let approval = try Approval.sign(
            bundle.terms(of: id, by: roster.set), as: home.did(), at: Home.now(),
            by: home.approvalKey(passphrase.opening(home.approvalCustody(), options)), salt: SystemRandom.bytes(16))
        bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
        let fixed = bundle
        if let out {
            try UserFile.write(Array(Base64.url.encode(CanonicalForm.jcs.encode(fixed.json)).utf8), to: out)
            return try options.show([
                "out": .string(out), "owner": .string(Hex.encode(found.key)), "program": .string(Hex.encode(id)),
            ]) { "wrote \(out), for the program of the owner \(Hex.encode(found.key))" }
        }
        let answer = try Daemon.result { try await remote.approve(id, fixed) }
        try options.show([
            "approvals": answer["approvals"] ?? .null, "needed": answer["needed"] ?? .null,
            "owner": .string(Hex.encode(found.key)),
        ]) {
            """
            owner \(Hex.encode(found.key))
            \(answer["approvals"]?.integer ?? 0) of \(answer["needed"]?.integer ?? 0) approvals
            """
        }
    }

    /// By whose order more than t custodians say that they have the program.
    private func requireOwner(_ id: [UInt8], _ remote: RemoteCompute, _ roster: CustodianRoster) throws -> ProgramOwner {
        let wanted = try owner.map { text in try UsageError.reading("--owner") { try Hex.decode(text, count: 32) } }
        let status = try Daemon.result { try await remote.query("status") }
        let found = try ProgramOwner(of: id, in: status, by: roster)
        if let wanted { try found.require(wanted) }
        return found
    }

    private func requireWithinLimit(
        _ content: ProgramContent, _ policy: ComputePolicy, _ report: UnverifiedRecord?, _ home: CustodianHome
    ) throws {
        if let model {
            try ComputeSimulation(model: model, policy: policy, shape: OutputShape(of: content.circuit)).run()
                .requireWithinLimit()
        }
        guard content.needsExtraction(under: policy) else { return }
        guard let report else {
            throw OracleError(.extractionMissing, "the policy sets a limit on extraction: --report is the owner's statement")
        }
        guard let owner = try home.client(ExtractionStatement.statedOwner(report)), owner.isOwner else {
            throw CustodianError(.unknownClient, "the statement is not of an owner whom this custodian admitted")
        }
        try content.requireWithinLimit(ExtractionStatement.verify(report, by: owner.key), under: policy)
    }
}

struct ComputeActivate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Show the approvals to every custodian; each checks them itself.",
        discussion: """
            With --decision the federation's ACTIVATE_PROGRAM is shown instead: FILE is what `governance in-force` wrote, at most \
            as old as the custodians take it (`custodian serve --beat-age`).
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: "The program's id.") var program: String
    @Option(help: ArgumentHelp("What the federation has in force.", valueName: "file")) var decision: String?
    @Option(help: ArgumentHelp("The owner's statement about extraction, with --decision.", valueName: "file"))
    var report: String?
    @Option(help: ArgumentHelp("The policy that was decided, where it is not the package's.", valueName: "file"))
    var policy: String?

    func validate() throws {
        guard decision != nil || (report == nil && policy == nil) else {
            throw ValidationError("--report and --policy go with --decision; otherwise the approvals name them")
        }
    }

    func run() throws {
        let (content, remote) = (try place.resolve(program, isBinding: true).content, try place.remote())
        let id = content.id
        let decided = try decision.map { file in
            try show(UserFile.read(file, limit: ComputeFederationFile.mostBytes), content, remote)
        }
        let answer = try Daemon.result { try await remote.activate(id, decided: decided) }
        try options.show(answer) { "active: \(answer["activation"]?.string ?? "")" }
    }

    /// Shows the custodians what is in force.
    ///
    /// - Returns: what activates the program by it.
    private func show(_ file: [UInt8], _ content: ProgramContent, _ remote: RemoteCompute) throws -> ActivationBundle {
        let decisions = try ComputeFederationFile.decisions(file)
        let policy = try policy.map { try ComputePolicy(file: $0) } ?? content.policy
        let report = try report.map { try UnverifiedRecord(decoding: UserFile.read($0, limit: 1 << 20)) }
        _ = try Daemon.result { try await remote.govern(file) }
        let status = try Daemon.result { try await remote.query("status") }
        return ActivationBundle(
            version: content.version, epoch: status.array?.first?["epoch"]?.integer ?? 1, policy: policy, extraction: report,
            approvals: [], decisions: decisions)
    }
}
