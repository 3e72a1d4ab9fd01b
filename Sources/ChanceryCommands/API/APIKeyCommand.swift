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
            """, subcommands: [APIKeyCreate.self, APIKeyRegister.self, APIKeyList.self, APIKeyRevoke.self])
}

/// What an operator says about a client.
struct APIKeyTerms: ParsableArguments {
    @Argument(help: "Whom the key is for.") var name: String
    @Option(help: "What its holder may do; may be repeated.") var role: [Role]
    @Option(help: ArgumentHelp("How long it is valid (s, m, h, d), 31d at most.", valueName: "time")) var lifetime = "31d"

    func register(_ key: VerifyingKey<Purpose.HTTP>, in home: Home, _ options: GlobalOptions, out: String? = nil) throws {
        // Before there is a key there was no request, so nothing can be missing from a new memory.
        _ = try home.nonces()
        let statement = try home.apiKeys.register(
            key, name: name, roles: Set(role.map(\.rawValue)), lifetime: TimeSpan(lifetime, option: "--lifetime").seconds)
        var json = APIKeyView.json(statement).object ?? JSONObject()
        json["out"] = out.map { .string($0) }
        try options.show(.object(json)) {
            "\(statement.keyID)  \(statement.roles.joined(separator: ", ")), until \(statement.notAfter.text)"
                + (out.map { "\nwrote \($0)" } ?? "")
        }
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
        let key = try APIKeyFile.generate()
        // The file first: a registered key that nobody holds would have to be revoked.
        try UserFile.write(APIKeyFile.encode(key, passphrase.creating(options)), to: out)
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

struct APIKeyList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the keys of clients.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let keys = try home.apiKeys.keys()
        try options.show(.array(keys.map(APIKeyView.json))) {
            var table = Table(["key", "name", "roles", "status", "until"])
            for key in keys {
                table.add([
                    key.keyID, key.name, key.roles.joined(separator: ", "), APIKeyView.status(key), key.notAfter.text,
                ])
            }
            return table.text
        }
    }
}

struct APIKeyRevoke: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Let the holder of a key in no more, at once and for good.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The key's id.") var key: String

    var access: Home.Access { .writing("api-key revoke") }

    func run(in home: Home) throws {
        let statement = try home.apiKeys.revoke(key)
        try options.show(APIKeyView.json(statement)) { "revoked \(statement.keyID)" }
    }
}

/// How keys of clients are shown.
enum APIKeyView {
    static func json(_ key: APIKeyStatement) -> JSONValue {
        [
            "key_id": .string(key.keyID), "name": .string(key.name), "not_after": .string(key.notAfter.text),
            "not_before": .string(key.notBefore.text), "roles": .array(key.roles.map { .string($0) }),
            "status": .string(status(key)),
        ]
    }

    static func status(_ key: APIKeyStatement) -> String {
        key.status == .active && key.notAfter < Home.now() ? "expired" : key.status.rawValue
    }
}

extension Role: ExpressibleByArgument {}
