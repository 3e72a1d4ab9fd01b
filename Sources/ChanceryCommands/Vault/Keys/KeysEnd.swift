internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryVault
internal import ChanceryWire

/// A command that ends one key.
protocol KeyEnding: HomeCommand {
    var passphrase: PassphraseSource { get }
    var key: String { get }
    func end(_ id: VaultKeyID, of vault: Vault) throws
}

extension KeyEnding {
    var access: Home.Access { .writing("keys \(Self.configuration.commandName ?? "")") }

    func run(in home: Home) throws {
        let id = try UsageError.reading("the key") { try VaultKeyID(key) }
        let vault = try home.vault(passphrase, options)
        try end(id, of: vault)
        let record = try vault.key(id)
        try options.show(record.json) { "\(id) is \(record.state.rawValue)" }
    }
}

struct KeysRetire: KeyEnding {
    static let configuration = CommandConfiguration(
        commandName: "retire", abstract: "Take a key out of use; it is kept, and does nothing.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The key's id.") var key: String

    func end(_ id: VaultKeyID, of vault: Vault) throws { try vault.retire(id, by: VaultCaller.local) }
}

struct KeysDestroy: KeyEnding {
    static let configuration = CommandConfiguration(
        commandName: "destroy", abstract: "Destroy a key: what it alone opens is lost.",
        discussion: "The root and the keys of live versions are refused: rotate them, or delete the version.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The key's id.") var key: String

    func end(_ id: VaultKeyID, of vault: Vault) throws { try vault.destroy(id, by: VaultCaller.local) }
}

struct KeysCompromise: KeyEnding {
    static let configuration = CommandConfiguration(
        commandName: "compromise", abstract: "Note that somebody else may have a key; it opens nothing from here on.",
        discussion: """
            A version whose wrapping key is compromised opens again when it is re-wrapped; put it anew where the content's own \
            key may be known too.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The key's id.") var key: String

    func end(_ id: VaultKeyID, of vault: Vault) throws { try vault.compromise(id, by: VaultCaller.local) }
}
