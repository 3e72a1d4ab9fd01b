internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Synchronization

/// The product's vault over a store in memory, with an agent that its policy and a grant for each version let in.
struct MemoryVault: SequenceVault {
    private static let now: @Sendable () -> UTCTime = { UTCTime(seconds: 1_790_000_000) }
    private static let agent = "did:pqaid:" + String(repeating: "0", count: 64)

    private let store = MemoryStore()
    private let files = MemoryVaultFiles()
    private let backend = MemoryBackend()
    private let registry: IdentityRegistry
    private let identity: OpenIdentity
    private let caller: AuthenticatedCaller
    private var vault: Vault
    private var refs: [String: CatalogueEntry] = [:]

    init() throws {
        registry = IdentityRegistry(store: store)
        let keeper = IdentityKeeper(files: MemoryIdentityFiles(), registry: registry, now: Self.now)
        let name = try IdentityName("vault")
        _ = try keeper.create(name, suite: .mlDSA65, protection: .unencrypted)
        identity = try keeper.open(name, .unencrypted)
        caller = try AuthenticatedCaller(principal: Self.agent, bundle: "reader")
        try Vault.create(
            identity: identity, store: store, registry: registry, files: files, backend: backend, now: Self.now)
        vault = try Self.open(identity, store, registry, files)
        try vault.setPolicy(AccessPolicy([AccessRule(.other, bundles: ["reader"], rights: [.read])]), by: "vectors")
    }

    private static func open(
        _ identity: OpenIdentity, _ store: MemoryStore, _ registry: IdentityRegistry, _ files: MemoryVaultFiles
    ) throws -> Vault {
        try Vault(
            identity: identity, store: store, registry: registry, files: files, authority: nil, now: now, monotonic: { 0 })
    }

    mutating func take(_ act: SequenceStep.Act) async throws -> String {
        do {
            return try await answer(act)
        } catch let error as VaultError {
            return switch error.reason {
            case .unknownArtifact: "raises UnknownArtifactError"
            case .locked: "raises EnclaveLockedError"
            default: "raises \(error.code)"
            }
        }
    }

    private mutating func answer(_ act: SequenceStep.Act) async throws -> String {
        switch act {
        case .unlock(let seconds): try vault.unlock(backend, seconds: seconds, by: "vectors")
        case .lock: try vault.lock(by: "vectors")
        // Whatever was put is durable: there is nothing to save.
        case .save: break
        case .newVault: vault = try Self.open(identity, store, registry, files)
        case .isUnlocked: return try "\(vault.status().isUnlocked)"
        case .list: return try "names:" + vault.catalogue { $0.live.map(\.name.text) }.sorted().joined(separator: ",")
        case .put(let ref, let name, let content): try put(ref, name, content)
        case .get(let target): return try await "content:" + Hex.encode(content(of: entry(target)))
        case .delete(let target):
            let entry = try entry(target)
            try vault.delete(entry.artifact, version: entry.version, by: "vectors")
        case .rollback(let name, let ref): try rollBack(name, to: ref)
        }
        return "ok"
    }

    private mutating func put(_ ref: String, _ name: String, _ content: [UInt8]) throws {
        let name = try ArtifactName(resolved(name)?.artifact.text ?? name)
        let new = Vault.NewArtifact(
            name: name, kind: .other, tier: .open, metadata: try ArtifactMetadata(created: Self.now()))
        let entry = try vault.put(new, files: [(FilePath("content"), BytesContent(content))], by: "vectors")
        refs[ref] = entry
        _ = try vault.grant(entry, to: Self.agent, lifetime: 86_400, by: "vectors")
    }

    /// `@ref` is an id: that of the artifact with its version.
    private func resolved(_ target: String) -> CatalogueEntry? {
        target.hasPrefix("@") ? refs[String(target.dropFirst())] : nil
    }

    private func entry(_ target: String) throws -> CatalogueEntry {
        guard let known = resolved(target) else { return try vault.entry(target) }
        return try vault.entry(known.artifact.text, version: known.version)
    }

    private func content(of entry: CatalogueEntry) async throws -> [UInt8] {
        let opening = try await vault.open(entry, by: caller)
        return try await opening.bytes(0..<UInt64(entry.length), of: FilePath("content"))
    }

    /// As somebody who can write to the store, and sign nothing.
    private func rollBack(_ name: String, to ref: String) throws {
        let new = try vault.entry(name)
        guard let old = refs[ref] else { throw MissingStatement(path: "to") }
        for (from, to) in [
            (VaultFile.manifest(old.artifact, version: old.version), VaultFile.manifest(new.artifact, version: new.version)),
            (.sealing(old.artifact, version: old.version), .sealing(new.artifact, version: new.version)),
            (
                .keyring(old.artifact, version: old.version, counter: old.keyring),
                .keyring(new.artifact, version: new.version, counter: new.keyring)
            ),
        ] {
            try files.write(files.read(from) ?? [], as: to, replacing: true)
        }
    }
}
