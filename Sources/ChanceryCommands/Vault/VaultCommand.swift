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

            `vault agent` holds the vault open for a time, and the other commands go to it unless they are given a passphrase \
            file; else each opens the vault itself. What an agent does not do takes the passphrase: init, several files at \
            once, resumable puts, rewrap, attest, device, replacing the root, and `chancery keys`.
            """,
        subcommands: [
            VaultInit.self, VaultStatus.self, VaultPut.self, VaultGet.self, VaultCat.self, VaultList.self, VaultShow.self,
            VaultVersions.self, VaultDelete.self, VaultRewrap.self, VaultGrant.self, VaultRevoke.self, VaultPolicy.self,
            VaultAttest.self, VaultDevice.self, VaultVerifyAttestation.self, VaultAgent.self, VaultUnlock.self,
            VaultLock.self,
        ])
}

struct VaultInit: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Make the vault of this home: its identity, and a root key.",
        discussion: """
            The root is kept by a passphrase, or by a TPM or token besides. A root that a TPM sealed is lost with the TPM, and \
            with a state of the machine that does not come back: keep what matters elsewhere too.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var custody: CustodyArguments

    var access: Home.Access { .creating("vault init") }

    func run(in home: Home) throws {
        let root = try custody.root()
        let backend = try root.backend(passphrase, confirm: true, options)
        let name = try IdentityName(Home.vaultName)
        if try !home.keeper.names().contains(Home.vaultName) {
            _ = try home.keeper.create(name, protection: passphrase.protection(confirm: true, options))
        }
        let identity = try home.open(name, passphrase.protection(options))
        try requireNone(in: home)
        // Before the root: what a crash leaves is a place that the next attempt names anew.
        try CustodyFile(home: home.path).write(root)
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: home.vaultFolder(), backend: backend,
            now: Home.now)
        let vault = try home.vault(passphrase, options)
        try options.show(["did": .string(identity.document.did.text), "vault": .string(vault.id.text)]) {
            "the vault \(vault.id.text) signs as \(identity.document.did)\nits root is kept by: \(backend.capabilities.summary)"
        }
    }

    /// A vault that is there keeps its place of custody, also when it cannot be opened.
    private func requireNone(in home: Home) throws {
        do {
            _ = try home.vault(passphrase, options)
        } catch let error as NodeError where error.reason == .notFound {
            return
        }
        throw NodeError(.alreadyExists, "this home has a vault already")
    }
}

struct VaultStatus: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show what the vault holds and how its keys stand.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(in home: Home) throws {
        try VaultView.show(standing: home.vaultDesk(passphrase, options).status(), options)
    }
}

/// Which version.
struct VersionArguments: ParsableArguments {
    @Argument(help: "The artifact's name or id.") var artifact: String
    @Option(help: "Its version; the newest without it.") var version: Int64?

    func entry(_ vault: Vault) throws -> CatalogueEntry { try vault.entry(artifact, version: version) }
    var versionText: String? { version.map { String($0) } }
    /// For people.
    var text: String { Console.printable(artifact) + (version.map { ", version \($0)," } ?? "") }

    /// As above; what is not there is on record as a refusal of `operation`.
    func entry(_ vault: Vault, for operation: String) throws -> CatalogueEntry {
        try vault.recordingRefusal(of: operation, by: VaultCaller.local) { try entry(vault) }
    }
}

struct VaultList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List what the vault holds.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "Only artifacts of this kind.") var kind: ArtifactKind?

    func run(in home: Home) throws {
        let live = try home.vaultDesk(passphrase, options).list()
        try VaultView.show(live.filter { kind == nil || $0["kind"]?.string == kind?.rawValue }, options)
    }
}

struct VaultVersions: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "versions", abstract: "List the versions of an artifact, deleted ones too.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The artifact's name or id.") var artifact: String

    func run(in home: Home) throws {
        try VaultView.show(home.vaultDesk(passphrase, options).versions(of: artifact), options)
    }
}

struct VaultShow: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a version: its files, its manifest's digest, who may open it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments

    func run(in home: Home) throws {
        let shown = try home.vaultDesk(passphrase, options).show(which)
        try options.show(shown) { VaultView.text(shown) }
    }
}

extension ArtifactKind: ExpressibleByArgument {}
