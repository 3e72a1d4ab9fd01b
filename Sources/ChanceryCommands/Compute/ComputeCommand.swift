internal import ArgumentParser
internal import ChanceryClient
internal import ChanceryCustodian
internal import ChanceryGovernance
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryTransport
internal import ChanceryWire
internal import Foundation

/// `chancery compute …`
struct ComputeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compute", abstract: "Run programs on values that nobody sees, with secrets that nobody holds.",
        subcommands: [
            ComputeCompile.self, ComputeImport.self, ComputeExtract.self, ComputePackage.self,
            ComputeClusterCommand.self, ComputeServe.self, ComputeClientCommand.self, ComputeInstall.self, ComputeSecrets.self,
            ComputeApprove.self, ComputeActivate.self, ComputeGovern.self, ComputeFreeze.self, ComputeEval.self,
            ComputeBatch.self, ComputeStatus.self,
            ComputePool.self,
            ComputeBudget.self, ComputeAudit.self, ComputeBlame.self, ComputeGateway.self, ComputeCompliance.self,
        ])
}

/// Where the coordinator and the pinned roster are.
struct ComputePlace: ParsableArguments {
    @Option(help: ArgumentHelp("The coordinator: http://127.0.0.1:8440 or https://HOST:PORT.", valueName: "url"))
    var coordinator: String?
    @Option(help: ArgumentHelp("The list of custodians, as you pinned it.", valueName: "file")) var roster: String?
    @Option(help: ArgumentHelp("The client's key file.", valueName: "file")) var key: String?
    @Option(help: ArgumentHelp("The federation whose decisions activate programs, as you pinned it.", valueName: "id"))
    var federation: String?
    @Option(
        name: .customLong("dir"),
        help: ArgumentHelp("A folder of `compute cluster up`: stands for the three above.", valueName: "folder"))
    var folder: String?

    func address() throws -> PeerAddress {
        if coordinator == nil, let folder { return try PeerAddress(ComputeCluster(in: folder).url) }
        let text = coordinator ?? "http://127.0.0.1:\(ComputeServe.standardPort)"
        return try UsageError.reading("--coordinator") { try PeerAddress(text) }
    }

    func pinned() throws -> CustodianRoster {
        guard let path = roster ?? folder.map({ $0 + "/roster.json" }) else {
            throw UsageError("name the custodians that you pinned: --roster FILE")
        }
        return try CustodianRoster(decoding: UserFile.read(path, limit: CustodianRoster.maximumBytes))
    }

    /// The key that `--key` names, or the file `name` in the folder of a cluster.
    func clientKey(
        _ passphrase: PassphraseSource, _ options: GlobalOptions, name: String = ComputeCluster.clientKey
    ) throws -> SigningKey<Purpose.Ticket> {
        guard let path = key ?? folder.map({ "\($0)/\(name)" }) else { throw UsageError("a client has a key: --key FILE") }
        return try ClientKeyFile.open(path, passphrase.opening(CertificateFile.custody(of: path), options))
    }

    func pinnedFederation() throws -> FederationID? {
        try federation.map { text in try UsageError.reading("--federation") { try FederationID(text) } }
    }

    func remote(_ client: SigningKey<Purpose.Ticket>? = nil) throws -> RemoteCompute {
        let address = try address()
        return try RemoteCompute(address, tls: address.isSecure ? .web : nil, client: client?.publicKey)
    }

    func client(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> ComputeClient {
        try client(clientKey(passphrase, options))
    }

    func client(_ key: SigningKey<Purpose.Ticket>) throws -> ComputeClient {
        return try ComputeClient(
            pinned(), key: key, service: remote(key), federation: pinnedFederation(), now: Home.now)
    }

    /// How an argument begins that is an alias: a name alone is an id.
    static let aliasPrefix = "alias:"

    /// The program that `text` names: by its id, or after `alias:` by the seed's id of the one that it was made from.
    ///
    /// - Parameter isBinding: whether something is signed or installed for the program, which takes its id.
    /// - Throws: `command.usage` for an alias where an id is needed; `custodian.unknown_program` for none, and when several have this
    ///   alias: then the id decides.
    func resolve(_ text: String, isBinding: Bool = false) throws -> NamedProgram {
        let remote = try self.remote()
        guard text.hasPrefix(Self.aliasPrefix) else {
            let id = try Self.program(text)
            return try Daemon.result { try await NamedProgram(id, from: remote) }
        }
        let alias = try Self.program(String(text.dropFirst(Self.aliasPrefix.count)))
        let found = Result { try Daemon.result { try await NamedProgram(aliased: alias, from: remote) } }
        guard !isBinding else {
            // Whatever the coordinator makes of it.
            let id = (try? found.get()).map { "the program \(Hex.encode($0.id)): name it by this id" }
            throw UsageError("`\(text)` is what an owner calls \(id ?? "a program: name it by its id")")
        }
        let named = try found.get()
        // Its owner's word alone: who asks sees which program it is.
        Console.remark("`\(text)` is what its owner calls the program \(Hex.encode(named.id))")
        return named
    }

    static func program(_ text: String) throws -> [UInt8] {
        try UsageError.reading("PROGRAM") { try Hex.decode(text, count: 32) }
    }
}

struct ComputeClientCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Make a client's key. Custodians admit its public half.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: ArgumentHelp("The key file to write.", valueName: "file")) var out: String

    func run() throws {
        try UserFile.requireFree(out)
        let key = try ClientKeyFile.create(out, passphrase.creating(options))
        try options.show([
            "key": .string(Base64.url.encode(key.publicKey.bytes)), "client": .string(Hex.encode(key.publicKey.id)),
        ]) {
            Base64.url.encode(key.publicKey.bytes)
        }
    }
}
