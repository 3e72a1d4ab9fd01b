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
        let vault = try home.vault(passphrase, options)
        let (entry, caller) = (try which.entry(vault), try home.caller(agent))
        let seconds = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard (1...LocalGrant.longestLifetime).contains(seconds) else { throw UsageError("--lifetime is at most 366d") }
        let grant = try vault.grant(entry, to: caller.principal, lifetime: seconds, by: VaultCaller.local)
        try options.show([
            "agent": .string(grant.agent), "manifest": .string(grant.manifest.text), "until": .string(grant.until.text),
        ]) {
            "\(caller.bundle) may open \(entry.name), version \(entry.version), until \(grant.until.text)"
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
        let vault = try home.vault(passphrase, options)
        let (entry, (record, document)) = (try which.entry(vault), try home.registry.agent(called: agent))
        try vault.revoke(entry, from: document.did.text, by: VaultCaller.local)
        try options.show(["agent": .string(document.did.text), "manifest": .string(entry.manifest.text)]) {
            "\(record.name) may not open \(entry.name), version \(entry.version), any more"
        }
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
        let vault = try home.vault(passphrase, options)
        if let file {
            let bytes = try UserFile.read(file, limit: 1 << 20)
            let policy = try UsageError.reading("the policy") {
                try AccessPolicy(JSONParser.parse(bytes, limits: .init(bytes: 1 << 20, depth: 16)))
            }
            try vault.setPolicy(policy, by: VaultCaller.local)
        }
        let policy = try vault.policyInForce()
        try options.show(policy.json) { try Console.json(policy.json) }
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
        let vault = try home.unlockedVault(passphrase, options)
        let entry = try which.entry(vault)
        _ = try vault.delete(entry.artifact, version: all ? nil : entry.version, by: VaultCaller.local)
        if !keepRoot { _ = try vault.rotateRoot(home.custody(passphrase, options), by: VaultCaller.local) }
        let gone = try vault.catalogue { $0.versions(of: entry.artifact) }.filter { all || $0.version == entry.version }
        try VaultView.show(gone, options)
    }
}
