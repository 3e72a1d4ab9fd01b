public import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
public import ChanceryVault
internal import ChanceryWire

/// `chancery vault …`
struct VaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault", abstract: "Keep models and credentials that open only under a live decision.",
        discussion: """
            What is put is sealed before it touches the disk; its three signed records and every access are in the log. To \
            open it takes an agent, a rule of the access policy and a writ in force: voted where the home has a committee \
            (`governance propose authorize-model` with the manifest's digest), else granted with `vault grant`. Everything \
            else is denied, and each denial is on record.
            """,
        subcommands: [
            VaultInit.self, VaultStatus.self, VaultPut.self, VaultGet.self, VaultCat.self, VaultList.self, VaultShow.self,
            VaultVersions.self, VaultDelete.self, VaultRewrap.self, VaultGrant.self, VaultRevoke.self, VaultPolicy.self,
        ])
}

struct VaultInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the vault of this home: its identity, and a root key under a passphrase.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    var access: Home.Access { .creating("vault init") }

    func run(in home: Home) throws {
        let backend = try Home.custody(passphrase, confirm: true, options)
        let name = try IdentityName(Home.vaultName)
        if try !home.keeper.names().contains(Home.vaultName) {
            _ = try home.keeper.create(name, protection: passphrase.protection(options))
        }
        let identity = try home.open(name, passphrase.protection(options))
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: home.vaultFolder(), backend: backend,
            now: Home.now)
        let vault = try home.vault(passphrase, options)
        try options.show(["did": .string(identity.document.did.text), "vault": .string(vault.id.text)]) {
            "the vault \(vault.id.text) signs as \(identity.document.did)\nits root is kept by: \(backend.capabilities.summary)"
        }
    }
}

struct VaultStatus: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the vault holds and how its keys stand.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(in home: Home) throws {
        let vault = try home.vault(passphrase, options)
        let (status, due) = (try vault.status(), try vault.dueKeys())
        try options.show([
            "due": .integer(Int64(due.count)), "keys": .integer(Int64(status.keys)), "policy": .bool(status.hasPolicy),
            "vault": .string(status.vault.text), "versions": .integer(Int64(status.versions)),
        ]) {
            """
            vault     \(status.vault.text)
            versions  \(status.versions)
            keys      \(status.keys), \(due.count) due (`chancery keys due`)
            policy    \(status.hasPolicy ? "in force" : "none: everything is denied")
            """
        }
    }
}

/// Which version.
struct VersionArguments: ParsableArguments {
    @Argument(help: "The artifact's name or id.") var artifact: String
    @Option(help: "Its version; the newest without it.") var version: Int64?

    func entry(_ vault: Vault) throws -> CatalogueEntry { try vault.entry(artifact, version: version) }
}

struct VaultList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List what the vault holds.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "Only artifacts of this kind.") var kind: ArtifactKind?

    func run(in home: Home) throws {
        let live = try home.vault(passphrase, options).catalogue { $0.live }.filter { kind == nil || $0.kind == kind }
        try VaultView.show(live, options)
    }
}

struct VaultVersions: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "List the versions of an artifact, deleted ones too.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The artifact's name or id.") var artifact: String

    func run(in home: Home) throws {
        let vault = try home.vault(passphrase, options)
        let id = try artifact.hasPrefix(ArtifactID.prefix) ? ArtifactID(artifact) : vault.entry(artifact).artifact
        try VaultView.show(vault.catalogue { $0.versions(of: id) }, options)
    }
}

struct VaultShow: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a version: its files, its manifest's digest, who may open it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments

    func run(in home: Home) throws {
        let vault = try home.vault(passphrase, options)
        let entry = try which.entry(vault)
        let manifest = try vault.manifest(of: entry)
        let grants = try vault.catalogue { $0.grants.grants(of: entry.manifest) }
        try options.show(VaultView.json(entry, manifest, grants)) { VaultView.text(entry, manifest, grants) }
    }
}

extension ArtifactKind: ExpressibleByArgument {}
