internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryVault
internal import ChanceryWire

struct VaultRewrap: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "rewrap", abstract: "Give versions new wrapping keys and destroy the old ones; no body is touched.",
        discussion: """
            All live versions where no name is given. Wrapping keys end after 366 days; `chancery keys rotate --due` re-wraps \
            what is near its end. Writs and grants stay; keyrings name the access policy in force now.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The artifact's name or id.") var name: String?
    @Option(help: "Only this version.") var version: Int64?

    var access: Home.Access { .writing("vault rewrap") }

    func run(in home: Home) throws {
        guard name != nil || version == nil else { throw UsageError("--version needs the artifact's name") }
        let vault = try home.unlockedVault(passphrase, options)
        let versions = try versions(vault)
        var progress = Progress("re-wrapping", quiet: options.quiet)
        var done: UInt64 = 0
        let rewrapped = try vault.rewrap(versions, by: VaultCaller.local) { count in
            done += UInt64(count)
            progress.update(done, of: UInt64(versions.count))
        }
        try options.show([
            "damaged": .array(rewrapped.damaged.map(VaultBody.json)), "rewrapped": .integer(Int64(rewrapped.count)),
        ]) {
            let damaged = rewrapped.damaged.map { "\n\($0.name), version \($0.version), does not open" }
            return "\(rewrapped.count) versions were re-wrapped" + damaged.joined()
        }
        if !rewrapped.damaged.isEmpty { throw Stop(code: ExitStatus.refused) }
    }

    private func versions(_ vault: Vault) throws -> [CatalogueEntry] {
        guard let name else { return try vault.catalogue { $0.live } }
        let entry = try vault.entry(name, version: version)
        guard version == nil else { return [entry] }
        return try vault.catalogue { $0.versions(of: entry.artifact) }.filter { $0.status == .live }
    }
}
