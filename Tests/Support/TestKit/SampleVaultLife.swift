public import ChanceryNode
public import ChanceryStorage
import ChancerySuite
public import ChanceryVault
import ChanceryWire

/// A vault in a sample home that a process fills, re-wraps, empties and re-roots, and another checks after its end.
public struct SampleVaultLife {
    static let agent = "did:pqaid:" + String(repeating: "a1", count: 32)

    public let home: SampleHome
    public let vault: Vault
    public let files: VaultFolder
    private let custody: PassphraseBackend

    /// Opens the vault in `folder`, made when there is none, and unlocks it.
    public init(_ folder: TemporaryFolder) throws {
        let home = try SampleHome(folder)
        let name = try IdentityName("vault")
        if try !home.keeper.names().contains("vault") {
            _ = try home.keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        }
        let identity = try home.keeper.open(name, .unencrypted)
        let files = try VaultFolder(
            path: folder.path + "/vault", statePath: folder.path + "/state", store: home.store.storeID())
        var secret = Array("a passphrase".utf8)
        let custody = PassphraseBackend(
            SecretBytes(erasing: &secret), parameters: try ScryptParameters(logN: 10, blockSize: 8, parallelism: 1))
        func open() throws -> Vault {
            try Vault(
                identity: identity, store: home.store, registry: home.registry, files: files, authority: nil,
                now: home.clock.now, monotonic: { 0 })
        }
        func found() throws -> Vault {
            do { return try open() } catch let error as NodeError where error.reason == .notFound {
                try Vault.create(
                    identity: identity, store: home.store, registry: home.registry, files: files, backend: custody,
                    now: home.clock.now)
                return try open()
            }
        }
        (self.home, self.files, self.custody) = (home, files, custody)
        vault = try found()
        try vault.unlock(custody, by: "test")
        try vault.setPolicy(AccessPolicy([AccessRule(.modelWeights, bundles: ["planner"], rights: [.read])]), by: "test")
    }

    /// What is in version `version` of `name`: three files, of which one spans several chunks.
    public static func contents(_ name: String, _ version: Int64) -> [String: [UInt8]] {
        let word = Array("plain \(name) \(version) ".utf8)
        return [
            "empty": [], "small": word,
            "large": (0..<40_000 / word.count).flatMap { _ in word },
        ]
    }

    public func put(_ name: String) throws -> CatalogueEntry {
        let version = try vault.catalogue { state in
            try state.artifact(named: ArtifactName(name)).map { state.versions(of: $0).last?.version ?? 0 } ?? 0
        }
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: .modelWeights, tier: .open, metadata: ArtifactMetadata(created: home.clock.now()))
        let contents = Self.contents(name, version + 1)
        return try vault.put(
            new, files: contents.map { (try FilePath($0.key), BytesContent($0.value)) }, by: "test")
    }

    public func rewrap() throws -> Vault.Rewrapped { try vault.rewrap(vault.catalogue { $0.live }, by: "test") }

    public func rotateRoot() throws { _ = try vault.rotateRoot(custody, by: "test") }

    /// Whether the version opens with the contents that were put.
    public func isWhole(_ entry: CatalogueEntry) async throws -> Bool {
        _ = try vault.grant(entry, to: Self.agent, lifetime: 60, by: "test")
        let caller = try AuthenticatedCaller(principal: Self.agent, bundle: "planner")
        let opening = try await vault.open(entry, by: caller)
        for (path, content) in Self.contents(entry.name.text, entry.version) {
            let range = 0..<UInt64(content.count)
            guard try await opening.bytes(range, of: FilePath(path)) == content else { return false }
        }
        return true
    }
}
