internal import ArgumentParser
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

struct APIKeyList: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the keys of clients: active, due, replaced, expired or revoked.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let keys = try home.apiKeys.keys()
        try options.show(.array(keys.map(APIKeyView.json))) { APIKeyView.table(keys) }
    }
}

struct APIKeyDue: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "due",
        abstract: "List the keys that need a successor; ends with 3 when one is past its end and nothing took its place.",
        discussion: "A key is due half a week before its end, or half of its life if it lives less than a week.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let time = Home.now()
        let keys = try home.apiKeys.keys().filter { key in
            key.replacedBy == nil && [.due, .expired].contains(key.state(at: time))
        }
        try options.show(.array(keys.map(APIKeyView.json))) { APIKeyView.table(keys) }
        if keys.contains(where: { $0.state(at: time) == .expired }) { throw Stop(code: ExitStatus.refused) }
    }
}

struct APIKeyRotate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Make a key that takes the place of another, with its name, roles and quotas.",
        discussion: """
            The old key counts until the end of the overlap, and never longer than before; the two share their quotas. A client \
            whose private key lies elsewhere sends its public half for --key.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "The id of the key to replace.") var old: String
    @Option(help: ArgumentHelp("The new private key's file; it must not exist.", valueName: "file")) var out: String?
    @Option(help: ArgumentHelp("The ML-DSA-65 public key, 1952 bytes in base64url, instead of --out.", valueName: "text"))
    var key: String?
    @Option(help: ArgumentHelp("How long both count (s, m, h, d), 7d at most.", valueName: "time")) var overlap = "84h"
    @Option(help: ArgumentHelp("How long the new one is valid, 31d at most.", valueName: "time")) var lifetime = "31d"

    var access: Home.Access { .writing("api-key rotate") }

    func validate() throws {
        guard (out == nil) != (key == nil) else { throw ValidationError("either --out or --key") }
    }

    func run(in home: Home) throws {
        let overlap = try TimeSpan(overlap, option: "--overlap").seconds
        let lifetime = try TimeSpan(lifetime, option: "--lifetime").seconds
        // Nobody needs a key file whose key then takes no place.
        try home.apiKeys.requireReplaceable(old)
        let client = try newKey()
        let (new, replaced) = try home.apiKeys.rotate(old, to: client, overlap: overlap, lifetime: lifetime)
        try APIKeyView.show(new, out: out, replacing: replaced, options)
    }

    private func newKey() throws -> VerifyingKey<Purpose.HTTP> {
        if let key {
            return try UsageError.reading("--key") { try VerifyingKey<Purpose.HTTP>(.mlDSA65, Base64.url.decode(key)) }
        }
        guard let out else { throw UsageError("--out is missing") }
        try UserFile.requireFree(out)
        let key = try APIKeyFile.generate()
        try UserFile.write(APIKeyFile.encode(key, passphrase.creating(options)), to: out, mode: 0o600)
        return key.publicKey
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
