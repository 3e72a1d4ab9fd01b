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

    /// Which run of this machine ``monotonic`` counts; empty where the system does not say.
    static let boot: [UInt8] = {
        let text = FileManager.default.contents(atPath: "/proc/sys/kernel/random/boot_id") ?? Data()
        return (try? Hex.decode(String(decoding: text, as: UTF8.self).filter(\.isHexDigit))) ?? []
    }()

    func vaultFolder() throws -> VaultFolder {
        try VaultFolder(path: path + "/vault", statePath: statePath, store: store.storeID())
    }

    /// The vault of this home, locked.
    ///
    /// - Throws: `node.not_found` in a home that has none.
    func vault(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> Vault {
        let door = try vaultDoor(options)
        let protection = try passphrase.opening(door.custody(), options)
        // Without a secret there is nothing to guess.
        guard protection.isEncrypted else { return try door.open(protection) }
        return try vaultAttempts().attempt(isWhole: false) { try door.open(protection) }
    }

    /// The vault that signs with `identity`, locked.
    func vault(_ identity: OpenIdentity) throws -> Vault {
        try vaultDoor(options).vault(identity)
    }

    /// The vault of this home, unlocked with its passphrase for as long as the command runs.
    func unlockedVault(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> Vault {
        let door = try vaultDoor(options)
        let protection = try passphrase.opening(door.custody(), options)
        return try Vault.unlocked(
            custody(passphrase, options), by: VaultCaller.local, guardedBy: vaultAttempts()
        ) { try door.open(protection) }
    }

    /// The vault of this home for a process that holds it for others. It is closed, unless nothing keeps its identity.
    func vaultHost(_ options: GlobalOptions) throws -> VaultHost {
        let (door, root) = (try vaultDoor(options), try CustodyFile(home: path).read())
        let doors = VaultHost.Doors(
            identity: { secret in try door.open(KeyProtection(Self.passphrase(secret))) },
            custody: { secret in try root.backend(Self.passphrase(secret), options) })
        return VaultHost(
            doors, opened: try door.custody() == .passphrase ? nil : door.open(.unencrypted), guardedBy: try vaultAttempts(),
            store: store, now: Self.now)
    }

    private static func passphrase(_ secret: borrowing SecretBytes) throws -> Passphrase {
        var bytes = secret.copyForExport()
        return try Passphrase(erasing: &bytes)
    }

    func vaultAttempts() throws -> UnlockGuard {
        UnlockGuard(files: try vaultFolder(), monotonic: Self.monotonic, boot: Self.boot)
    }

    /// - Throws: `node.not_found` in a home without a vault.
    private func vaultDoor(_ options: GlobalOptions) throws -> VaultDoor {
        guard try keeper.names().contains(Self.vaultName) else {
            throw NodeError(.notFound, "this home has no vault; `chancery vault init` makes one")
        }
        let name = try IdentityName(Self.vaultName)
        try remarkExposure(of: name)
        return VaultDoor(
            name: name, keeper: keeper, store: store, registry: registry, files: try vaultFolder(), federation: federation,
            desk: desk, approvers: approvers)
    }

    /// The place that keeps the vault's root, as `vault/custody.json` says.
    func custody(_ passphrase: PassphraseSource, _ options: GlobalOptions) throws -> any CustodyBackend {
        try CustodyFile(home: path).read().backend(passphrase, confirm: false, options)
    }

    /// An agent of this home as the vault's caller: whoever runs a command here acts for the home.
    func caller(_ agent: String) throws -> AuthenticatedCaller {
        let (record, document) = try registry.agent(called: agent)
        guard record.status == .active else { throw NodeError(.retired, "the agent `\(record.name)` was retired") }
        return try AuthenticatedCaller(principal: document.did.text, bundle: record.name)
    }

    /// As above; an agent that is not there or was retired is on record as a refusal of `operation`.
    func caller(_ agent: String, of vault: Vault, for operation: String) throws -> AuthenticatedCaller {
        try vault.recordingRefusal(of: operation, by: VaultCaller.local) { try caller(agent) }
    }
}

/// What opening the vault of a home takes besides a secret.
private struct VaultDoor: Sendable {
    let name: IdentityName
    let keeper: IdentityKeeper
    let store: any RecordStore & RecordIndex
    let registry: IdentityRegistry
    let files: VaultFolder
    let federation: FederationKeeper
    let desk: FederationDesk
    let approvers: ApproverRegistry

    /// How the keys of the vault's identity rest.
    func custody() throws -> KeyCustody { try keeper.custody(of: name) }

    func open(_ protection: KeyProtection) throws -> Vault { try vault(keeper.open(name, protection)) }

    /// The vault that signs with `identity`, locked.
    func vault(_ identity: OpenIdentity) throws -> Vault {
        try Vault(
            identity: identity, store: store, registry: registry, files: files,
            authority: try federation.genesisIfAny() == nil ? nil : CommitteeWrits(desk),
            people: { [approvers] in try approvers.people(at: Home.now()) }, now: Home.now, monotonic: Home.monotonic,
            boot: Home.boot)
    }
}

/// Who stands behind a command.
enum VaultCaller {
    /// The user of this machine who runs it.
    static let local = "uid:\(getuid())"
}
