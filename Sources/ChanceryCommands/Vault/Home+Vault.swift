internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

extension Home {
    /// The name of the identity under which the vault of a home signs.
    static let vaultName = "vault"

    /// Milliseconds since this machine started.
    static let monotonic: @Sendable () -> Int64 = {
        var time = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    func vaultFolder() throws -> VaultFolder {
        try VaultFolder(path: path + "/vault", statePath: statePath, store: store.storeID())
    }

    /// The vault of this home, locked.
    ///
    /// - Throws: `node.not_found` in a home that has none.
    func vault(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> Vault {
        guard try keeper.names().contains(Self.vaultName) else {
            throw NodeError(.notFound, "this home has no vault; `chancery vault init` makes one")
        }
        let name = try IdentityName(Self.vaultName)
        return try vault(open(name, passphrase.opening(keeper.custody(of: name), options)))
    }

    /// The vault that signs with `identity`, locked.
    func vault(_ identity: OpenIdentity) throws -> Vault {
        let authority = try federation.genesisIfAny() == nil ? nil : CommitteeWrits(desk, now: Self.now)
        return try Vault(
            identity: identity, store: store, registry: registry, files: vaultFolder(), authority: authority, now: Self.now,
            monotonic: Self.monotonic)
    }

    /// The vault of this home, unlocked with its passphrase for as long as the command runs.
    func unlockedVault(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> Vault {
        let vault = try vault(passphrase, options)
        try vault.unlock(Self.custody(passphrase, options), by: VaultCaller.local)
        return vault
    }

    /// The passphrase as the place of custody of the vault's root.
    static func custody(_ passphrase: PassphraseSource, confirm: Bool = false, _ options: GlobalOptions) throws
        -> PassphraseBackend
    {
        let text = try passphrase.text(confirm: confirm, options)
        guard !text.isBlank else { throw UsageError("the passphrase is blank: it is what keeps the vault's root") }
        return PassphraseBackend(text.secret())
    }

    /// An agent of this home as the vault's caller: whoever runs a command here acts for the home.
    func caller(_ agent: String) throws -> AuthenticatedCaller {
        let (record, document) = try registry.agent(called: agent)
        guard record.status == .active else { throw NodeError(.retired, "the agent `\(record.name)` was retired") }
        return try AuthenticatedCaller(principal: document.did.text, bundle: record.name)
    }
}

/// Who stands behind a command.
enum VaultCaller {
    /// The user of this machine who runs it.
    static let local = "uid:\(getuid())"
}
