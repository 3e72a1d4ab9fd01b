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
    static let configuration = CommandConfiguration(
        commandName: "install", abstract: "Hand a package to every custodian, with the owner's signed order.",
        discussion: """
            The constants of a package in QuorumVM's form are public: everybody who has the package reads them. With \
            --secret-consts they become secrets: a package of ours without their values is made for the custodians of the roster, \
            keeps the seed's id as its alias, and the values are installed masked, as `compute secrets` does.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var place: ComputePlace
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: ArgumentHelp("The package.", valueName: "file")) var package: String
    @Flag(help: "Turn the constants of a package in QuorumVM's form into secrets.") var secretConsts = false
    @Option(help: ArgumentHelp("The policy of the new package, with --secret-consts.", valueName: "file")) var policy: String?
    @Option(help: "The custodians' epoch, with --secret-consts.") var epoch: Int64 = 1

    func validate() throws {
        guard secretConsts || policy == nil else { throw ValidationError("--policy goes with --secret-consts") }
    }

    func run() throws {
        let bytes = try UserFile.read(package, limit: ProgramContent.maximumBytes)
        let key = try place.clientKey(passphrase, options)
        guard !secretConsts else { return try installSecretly(bytes, key) }
        let content = try install(bytes, key)
        try options.show(["program": .string(Hex.encode(content.id)), "version": .string(content.version)]) {
            Hex.encode(content.id)
        }
    }

    private func install(_ bytes: [UInt8], _ key: SigningKey<Purpose.Ticket>) throws -> ProgramContent {
        // What the custodians will find, found here first.
        let content = try ProgramContent(package: bytes)
        let (remote, roster) = (try place.remote(), try place.pinned())
        let order = try InstallOrder.sign(bytes, for: roster.set, by: key, salt: SystemRandom.bytes(16))
        let id = try Daemon.result { try await remote.install(bytes, order) }
        guard id == content.id else {
            throw CustodianError(.programRefused, "the custodians read another id than this program")
        }
        return content
    }

    private func installSecretly(_ bytes: [UInt8], _ key: SigningKey<Purpose.Ticket>) throws {
        let seed = try SeedPackage(json: JSONParser.parse(bytes, limits: .init(bytes: ProgramContent.maximumBytes, depth: 32)))
        let values = seed.program.constantValues
        guard !values.isEmpty else { throw UsageError("the program has no constants") }
        let policy =
            try policy.map { try ComputePolicy(file: $0) }
            ?? ProgramContent(package: bytes).policy
        let roster = try place.pinned()
        let salt = SystemRandom.bytes(SecretsCommitment.saltLength)
        let package = try ProgramPackage(
            ProgramPackage.Terms(
                version: seed.version, code: .seed(seed.program.withoutConstants),
                secretsCommitment: SecretsCommitment.digest(of: values, salt: salt),
                policy: JSONParser.parse(policy.bytes).object ?? JSONObject(), parties: roster.set.custodians.count,
                threshold: roster.set.threshold, custodians: roster.set.digest, epoch: epoch, alias: seed.programID))
        let content = try install(package.bytes, key)
        let (client, epoch) = (try place.client(key), epoch)
        try Daemon.run { try await client.installSecrets(content.id, values, epoch: epoch) }
        try options.show([
            "alias": .string(seed.programID), "program": .string(Hex.encode(content.id)), "salt": .string(Hex.encode(salt)),
            "secrets": .integer(Int64(values.count)),
        ]) {
            """
            program \(Hex.encode(content.id))
            alias \(seed.programID)
            \(values.count) constants are secrets now; salt of the commitment, to be kept: \(Hex.encode(salt))
            """
        }
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
        let named = try place.resolve(program, isBinding: true)
        let values = try UserFile.object("@" + file)
        let secrets = try named.content.circuit.secrets.map { try $0.element(in: values) }
        let (id, client, epoch) = (named.id, try place.client(passphrase, options), epoch)
        try Daemon.run { try await client.installSecrets(id, secrets, epoch: epoch) }
        try options.show(["program": .string(Hex.encode(id))]) { "installed" }
    }
}
