public import ArgumentParser
public import ChanceryAPI
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire

/// `chancery api-key …`
struct APIKeyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api-key", abstract: "Keys with which clients sign their requests to `chancery serve`.",
        discussion: """
            A key is ML-DSA-65, has roles (node, operator, approver, agent, auditor, vault_admin) and lives 31 days at most. Whoever has \
            no key is let in nowhere but /health, /ready, /metrics and /openapi.json.

            `api-key init` makes the identity `api`, under which `serve` signs each minute what every key was used for \
            (`api-key usage`). Keys may have quotas then.
            """,
        subcommands: [
            APIKeyInit.self, APIKeyCreate.self, APIKeyRegister.self, APIKeyList.self, APIKeyDue.self, APIKeyRotate.self,
            APIKeyRevoke.self, APIKeyUsage.self,
        ])
}

/// What an operator says about a client.
struct APIKeyTerms: ParsableArguments {
    @Argument(help: "Whom the key is for.") var name: String
    @Option(help: "What its holder may do; may be repeated.") var role: [Role]
    @Option(help: ArgumentHelp("How long it is valid (s, m, h, d), 31d at most.", valueName: "time")) var lifetime = "31d"
    @Option(
        help: ArgumentHelp(
            "Requests or bytes of bodies within a time that slides: 1000/1h, 64MiB/1d; may be repeated.", valueName: "quota"))
    var quota: [String] = []

    func register(_ key: VerifyingKey<Purpose.HTTP>, in home: Home, _ options: GlobalOptions, out: String? = nil) throws {
        let quotas = try quotas(in: home)
        // Before there is a key there was no request, so nothing can be missing from a new memory.
        _ = try home.nonces()
        let statement = try home.apiKeys.register(
            key, name: name, roles: Set(role.map(\.rawValue)), quotas: quotas,
            lifetime: TimeSpan(lifetime, option: "--lifetime").seconds)
        try APIKeyView.show(statement, out: out, options)
    }

    /// - Throws: `node.not_found` for a quota in a home that keeps no usage to hold against it.
    func quotas(in home: Home) throws -> [APIKeyQuota] {
        let quotas = try quota.map { try APIKeyQuota(option: $0) }
        guard try quotas.isEmpty || home.keepsUsage else {
            throw NodeError(.notFound, "this home keeps no usage to hold a quota against; `chancery api-key init` begins it")
        }
        return quotas
    }
}

struct APIKeyCreate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key for a client of this machine, and register it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var terms: APIKeyTerms
    @Option(help: "The private key's file; it must not exist.") var out: String

    var access: Home.Access { .creating("api-key create") }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        _ = try terms.quotas(in: home)
        let key = try APIKeyFile.generate()
        // The file first: a registered key that nobody holds would have to be revoked.
        try UserFile.write(APIKeyFile.encode(key, passphrase.creating(options)), to: out, mode: 0o600)
        try terms.register(key.publicKey, in: home, options, out: out)
    }
}

struct APIKeyRegister: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Let a client in whose private key lies elsewhere.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var terms: APIKeyTerms
    @Option(help: ArgumentHelp("The ML-DSA-65 public key, 1952 bytes in base64url.", valueName: "text")) var key: String

    var access: Home.Access { .creating("api-key register") }

    func run(in home: Home) throws {
        let client = try UsageError.reading("--key") {
            try VerifyingKey<Purpose.HTTP>(.mlDSA65, Base64.url.decode(key))
        }
        try terms.register(client, in: home, options)
    }
}

extension Role: ExpressibleByArgument {}
