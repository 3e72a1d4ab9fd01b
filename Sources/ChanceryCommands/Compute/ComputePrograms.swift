internal import ArgumentParser
internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryNode
internal import ChanceryOracle
internal import ChancerySuite
internal import ChanceryWire

struct ComputeInstall: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "install", abstract: "Hand a package to every custodian.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: ArgumentHelp("The package.", valueName: "file")) var package: String

    func run() throws {
        let bytes = try UserFile.read(package, limit: ProgramContent.maximumBytes)
        // What the custodians will find, found here first.
        let content = try ProgramContent(package: bytes)
        let remote = try place.remote()
        let id = try Daemon.result { try await remote.install(bytes) }
        guard id == content.id else {
            throw CustodianError(.programRefused, "the custodians read another id than this program")
        }
        try options.show(["program": .string(Hex.encode(id)), "version": .string(content.version)]) { Hex.encode(id) }
    }
}

struct ComputeSecrets: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secrets", abstract: "Install a program's secrets, masked, before it is activated.",
        discussion: "FILE is a JSON object of the secrets' names and decimal numbers.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id.") var program: String
    @Argument(help: ArgumentHelp("The values.", valueName: "file")) var file: String
    @Option(help: "The custodians' epoch.") var epoch: Int64 = 1

    func run() throws {
        let id = try ComputePlace.program(program)
        let values = try UserFile.object("@" + file)
        let (remote, client, epoch) = (try place.remote(), try place.client(passphrase, options), epoch)
        try Daemon.run {
            let content = try await ProgramContent(package: remote.program(id).package)
            let secrets = try content.circuit.secrets.map { try $0.element(in: values) }
            try await client.installSecrets(id, secrets, epoch: epoch)
        }
        try options.show(["program": .string(program)]) { "installed" }
    }
}

struct ComputeApprove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Approve a program as a custodian's people (--home).",
        discussion: "The package is fetched and read here; what is signed are its id, version, policy, custodians and epoch.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The program's id.") var program: String
    @Option(help: ArgumentHelp("The policy to approve, where it is not the package's.", valueName: "file")) var policy: String?
    @Option(help: "The custodians' epoch.") var epoch: Int64 = 1
    @Option(
        help: ArgumentHelp("Write the approval to a file instead of handing it in: what a gateway takes.", valueName: "file"))
    var out: String?

    func run() throws {
        let home = try CustodianHome(path: options.home ?? "", state: options.state ?? "/nonexistent")
        let (id, remote, roster) = (try ComputePlace.program(program), try place.remote(), try place.pinned())
        let content = try Daemon.result { try await ProgramContent(package: remote.program(id).package) }
        guard content.id == id else { throw CustodianError(.programRefused, "the package has another id") }
        let policy = try policy.map { try ComputePolicy(decoding: UserFile.read($0, limit: 4096)) } ?? content.policy
        try content.requireCovered(by: policy)
        var bundle = ActivationBundle(version: content.version, epoch: epoch, policy: policy, approvals: [])
        let approval = try Approval.sign(
            bundle.terms(of: id, by: roster.set), as: home.did(), at: Home.now(),
            by: home.approvalKey(passphrase.opening(home.approvalCustody(), options)), salt: SystemRandom.bytes(16))
        bundle.approvals = [try UnverifiedRecord(decoding: approval.record.bytes)]
        let fixed = bundle
        if let out {
            try UserFile.write(Array(Base64.url.encode(CanonicalForm.jcs.encode(fixed.json)).utf8), to: out)
            return try options.show(["out": .string(out), "program": .string(program)]) { "wrote \(out)" }
        }
        let answer = try Daemon.result { try await remote.approve(id, fixed) }
        try options.show(answer) {
            "\(answer["approvals"]?.integer ?? 0) of \(answer["needed"]?.integer ?? 0) approvals"
        }
    }
}

struct ComputeActivate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Show the approvals to every custodian; each checks them itself.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @Argument(help: "The program's id.") var program: String

    func run() throws {
        let (id, remote) = (try ComputePlace.program(program), try place.remote())
        let answer = try Daemon.result { try await remote.activate(id) }
        try options.show(answer) { "active: \(answer["activation"]?.string ?? "")" }
    }
}
