import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit

/// A home with a vault that is unlocked, a policy that lets `planner` read models, and a clock for each purpose.
final class SampleVaultHome: Sendable {
    static let planner = "did:pqaid:" + String(repeating: "a1", count: 32)

    let home: SampleHome
    let files: VaultFolder
    let identity: OpenIdentity
    let backend = MemoryBackend()
    let vault: Vault

    /// - Parameter isGoverned: whether a committee votes, which says yes to everything but when it is frozen.
    init(isGoverned: Bool = false) throws {
        home = try SampleHome()
        files = try VaultFolder(
            path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
        identity = try home.identity("vault")
        try Vault.create(
            identity: identity, store: home.store, registry: home.registry, files: files, backend: backend,
            now: home.clock.now)
        vault = try Self.open(home, identity, files, isGoverned ? Committee() : nil)
        try vault.unlock(backend, by: "test")
        try vault.setPolicy(Self.policy(), by: "test")
    }

    private static func open(
        _ home: SampleHome, _ identity: OpenIdentity, _ files: VaultFolder,
        _ authority: @autoclosure @escaping @Sendable () -> (any VaultAuthority)?, monotonic: (@Sendable () -> Int64)? = nil
    ) throws -> Vault {
        try Vault(
            identity: identity, store: home.store, registry: home.registry, files: files, authority: authority(),
            now: home.clock.now, monotonic: monotonic ?? { Int64(home.clock.now().milliseconds) })
    }

    /// Another process on the same files.
    func process() throws -> Vault { try Self.open(SampleHome(home.folder, clock: home.clock), identity, files, nil) }

    /// Another process, with a running time of its own, which may find a committee.
    func process(
        _ authority: @escaping @Sendable () -> (any VaultAuthority)?, monotonic: (@Sendable () -> Int64)? = nil
    ) throws -> Vault {
        try Self.open(SampleHome(home.folder, clock: home.clock), identity, files, authority(), monotonic: monotonic)
    }

    static func policy(rights: Set<AccessRight> = [.read, .export], limit: RateLimit? = nil) throws -> AccessPolicy {
        try AccessPolicy(
            [.modelWeights, .credential].map { try AccessRule($0, bundles: ["planner"], rights: rights, limit: limit) })
    }

    @discardableResult
    func put(
        _ name: String = "llama", _ contents: [String: [UInt8]] = ["model.bin": [1, 2, 3]], kind: ArtifactKind = .modelWeights,
        tier: PrivacyTier = .open
    ) throws -> CatalogueEntry {
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: kind, tier: tier, metadata: ArtifactMetadata(created: home.clock.now()))
        return try vault.put(
            new, files: contents.map { (try FilePath($0.key), BytesContent($0.value)) }, by: "test")
    }

    func caller(_ bundle: String = "planner") throws -> AuthenticatedCaller {
        try AuthenticatedCaller(principal: Self.planner, bundle: bundle)
    }

    func grant(_ entry: CatalogueEntry, lifetime: Int64 = 3600) throws {
        _ = try vault.grant(entry, to: Self.planner, lifetime: lifetime, by: "test")
    }

    /// The whole content of a file, as `planner` gets it.
    func read(_ entry: CatalogueEntry, _ path: String = "model.bin", from vault: Vault? = nil) async throws -> [UInt8] {
        let opening = try await (vault ?? self.vault).open(entry, by: caller())
        return try await Self.read(opening, path)
    }

    static func read(_ opening: VaultOpening, _ path: String) async throws -> [UInt8] {
        let collected = Mutex<[UInt8]>([])
        try await opening.read(FilePath(path)) { bytes in
            collected.withLock { all in for index in bytes.indices { all.append(bytes[index]) } }
        }
        return collected.withLock { $0 }
    }

    /// The codes of all refusals on record, in order.
    func refusals() throws -> [String] {
        try payloads("vault_refused").flatMap { $0["codes"]?.array?.compactMap(\.string) ?? [] }
    }

    func payloads(_ type: String) throws -> [JSONObject] {
        try home.store.records(
            RecordQuery(
                agent: identity.document.agentID.text, eventType: type, kind: BatchEvent.version, limit: 10_000)
        ).map { try BatchEvent(decoding: $0.bytes).payload }
    }

    /// Where a file of a version lies; the keyring has its number in its name.
    func path(_ entry: CatalogueEntry, _ name: String) -> String {
        let name = name == "keyring.json" ? "keyring-\(entry.keyring).json" : name
        let id = entry.artifact.text.dropFirst(ArtifactID.prefix.count)
        return "vault/artifacts/\(id)/\(entry.version)/\(name)"
    }

    /// Changes a file behind the vault's back.
    func damage(_ path: String, _ change: (inout [UInt8]) -> Void) throws {
        var bytes = try home.folder.read(path)
        change(&bytes)
        try Data(bytes).write(to: URL(fileURLWithPath: home.folder.path + "/" + path))
    }
}

/// Votes for everything, until somebody freezes it.
struct Committee: VaultAuthority {
    static let writ = AccessStanding.Writ(
        id: [UInt8](repeating: 7, count: 32), generation: 1, leaseEnd: SampleKeys.time(1_000_000))

    func word(on manifest: ManifestDigest, for agent: String, at _: UTCTime) async throws -> VaultWord {
        VaultWord(writ: Self.writ, isFrozen: false)
    }
}
