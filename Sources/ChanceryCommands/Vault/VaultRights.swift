internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

struct VaultGrant: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Let an agent open a version for a time, in a home without a committee.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @Option(help: "The agent: name, DID or agent id.") var agent: String
    @Option(help: ArgumentHelp("How long (s, m, h, d), 366d at most.", valueName: "time")) var lifetime = "1d"

    var access: Home.Access { .writing("vault grant") }

    func run(in home: Home) throws {
        let seconds = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard (1...LocalGrant.longestLifetime).contains(seconds) else { throw UsageError("--lifetime is at most 366d") }
        let grant = try home.vaultDesk(passphrase, options).grant(which, to: agent, seconds: seconds)
        try options.show(grant) {
            "\(Console.printable(agent)) may open \(which.text) until \(VaultView.text(grant, "until"))"
        }
    }
}

struct VaultRevoke: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take back what an agent was granted; whoever reads stops at once.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @Option(help: "The agent: name, DID or agent id.") var agent: String

    var access: Home.Access { .writing("vault revoke") }

    func run(in home: Home) throws {
        let revoked = try home.vaultDesk(passphrase, options).revoke(which, from: agent)
        try options.show(revoked) { "\(Console.printable(agent)) may not open \(which.text) any more" }
    }
}

struct VaultPolicy: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show the access policy, or put another one in force.",
        discussion: """
            A policy is JSON: {"type":"chancery/vault-policy/v1","rules":[{"kind","bundles","rights","presence","limit"}]}. All \
            rules of a kind hold together; a kind without one is denied. `bundles` are names of agents, `rights` are `read` \
            and `export`, `limit` is null or {"uses","seconds"} (docs/spec/vault-access.md).
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: ArgumentHelp("The new policy; - for standard input.", valueName: "file")) var file: String?

    var access: Home.Access { file == nil ? .reading : .writing("vault policy") }

    func run(in home: Home) throws {
        let desk = home.vaultDesk(passphrase, options)
        if let file {
            let bytes = try UserFile.read(file, limit: 1 << 20)
            let policy = try UsageError.reading("the policy") {
                try AccessPolicy(JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 16)))
            }
            try desk.setPolicy(policy)
        }
        let policy = try desk.policy()
        try options.show(policy) { try Console.json(policy) }
    }
}

struct VaultDelete: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Delete a version, or an artifact with all its versions, and destroy the keys.",
        discussion: """
            Bodies, keyrings and seeds are overwritten and removed. Backups of them could still be opened by the root, so the \
            root is replaced and the old one destroyed; --keep-root leaves that to `chancery keys rotate`, and until then the \
            versions are `unlinked`, not `destroyed`.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @Flag(help: "All versions.") var all = false
    @Flag(help: "Do not replace the root now.") var keepRoot = false

    var access: Home.Access { .writing("vault delete") }

    func run(in home: Home) throws {
        let desk = home.vaultDesk(passphrase, options, needsSecret: !keepRoot)
        try VaultView.show(desk.delete(which, all: all, keepsRoot: keepRoot), options)
    }
}
