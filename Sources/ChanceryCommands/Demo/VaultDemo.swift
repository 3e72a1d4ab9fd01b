internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation
internal import Synchronization

/// A model opens for an agent as long as a quorum says so, and for nobody who stole the disk.
struct VaultDemo {
    private static let marker = Array("weights of the demonstration ".utf8)

    private let folder: String
    private let printer: DemoPrinter
    private let weights: [UInt8]

    init(folder: String, printer: DemoPrinter) {
        self.folder = folder
        self.printer = printer
        var weights: [UInt8] = []
        while weights.count < 4 << 20 { weights += Self.marker }
        self.weights = weights
    }

    func run() throws {
        printer.title("A model opens only under a live decision")
        let cluster = try printer.step("three organisations found a federation; the vault is in the first one's home") {
            let cluster = try LocalCluster.make(
                in: folder + "/vault", nodes: 3, basePort: FreePorts.first(3), usesTLS: false)
            for number in 1...3 { try cluster.start(number) }
            return (cluster, "federation \(try cluster.home(1).federation.genesis().federation.text.prefix(32))…")
        }
        defer { _ = cluster.stop() }
        let home = try cluster.home(1)
        let custody = try Self.custody(Hex.encode(SystemRandom.bytes(16)))
        let (vault, entry) = try seal(home, custody)
        let agent = try agent(home)
        try load(vault, entry, agent, cluster)
        try rekey(vault, entry, agent, custody)
        try tiers(vault)
        try take(vault, entry, agent, cluster)
        try steal(home, entry)
        try vault.lock(by: "demo")
    }

    private static func custody(_ passphrase: String) throws -> PassphraseBackend {
        var bytes = Array(passphrase.utf8)
        return PassphraseBackend(try Passphrase(erasing: &bytes).secret())
    }

    private func seal(_ home: Home, _ custody: PassphraseBackend) throws -> (vault: Vault, entry: CatalogueEntry) {
        try printer.step("a model of 4 MiB is sealed") {
            let name = try IdentityName(Home.vaultName)
            _ = try home.keeper.create(name, protection: .unencrypted)
            let identity = try home.open(name, .unencrypted)
            try Vault.create(
                identity: identity, store: home.store, registry: home.registry, files: home.vaultFolder(),
                backend: custody, now: Home.now)
            let vault = try home.vault(identity)
            try vault.unlock(custody, by: "demo")
            try vault.setPolicy(AccessPolicy([AccessRule(.modelWeights, bundles: ["reader"], rights: [.read])]), by: "demo")
            let new = try Vault.NewArtifact(
                name: ArtifactName("credit-model"), kind: .modelWeights, tier: .open,
                metadata: ArtifactMetadata(created: Home.now(), release: "1.0.0"))
            let entry = try vault.put(new, files: [(FilePath("model.safetensors"), BytesContent(weights))], by: "demo")
            return ((vault, entry), "version 1, manifest \(entry.manifest.text.prefix(16))…; the root is under a passphrase")
        }
    }

    private func agent(_ home: Home) throws -> OpenIdentity {
        let name = try IdentityName("reader")
        _ = try home.keeper.create(name, protection: .unencrypted)
        let identity = try home.open(name, .unencrypted)
        _ = try home.ledger.register(identity, role: "reader")
        return identity
    }

    // MARK: with the quorum's word

    private func load(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity, _ cluster: LocalCluster) throws {
        try printer.attack("the agent loads the model before anybody voted", rule: "rule V5") {
            refusal(vault, entry, agent)
        }
        try printer.step("the quorum authorises the model's manifest and the agent; the agent loads it") {
            _ = try cluster.approve(
                .authorizeModel(manifest: entry.manifest.bytes, scope: .everything, constraints: .none),
                "Let the credit model run", by: 1...3)
            _ = try cluster.approve(
                .authorizeAgent(agent.document.did, role: "reader", scope: .everything, constraints: .none),
                "Let the reader read it", by: 1...3)
            try cluster.wait("the model opens") { refusal(vault, entry, agent) == nil }
            let (start, content) = (ContinuousClock.now, try read(vault, entry, agent))
            guard content == weights else { throw DemoFailure(detail: "the content is not what was sealed") }
            let time = (ContinuousClock.now - start).components
            return (
                (),
                "\(content.count) bytes, each chunk held against the manifest, in "
                    + "\(time.seconds * 1000 + time.attoseconds / 1_000_000_000_000_000) ms"
            )
        }
    }

    private func rekey(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity, _ custody: PassphraseBackend) throws {
        try printer.step("the model is re-keyed: new wrapping key, new root, the same manifest, so the vote still stands") {
            let done = try vault.rewrap([entry], by: "demo")
            let root = try vault.rotateRoot(custody, by: "demo")
            guard done.count == 1, try read(vault, entry, agent) == weights else {
                throw DemoFailure(detail: "the model does not open after it was re-keyed")
            }
            return ((), "\(root.root) is the root; no byte of the sealed body was touched")
        }
    }

    private func tiers(_ vault: Vault) throws {
        try printer.attack("a model of tier 2 is put on a host that has no evidence of a trusted environment", rule: "rule V7")
        {
            DemoAttacks.refusal {
                let new = try Vault.NewArtifact(
                    name: ArtifactName("confidential"), kind: .modelWeights, tier: .attested,
                    metadata: ArtifactMetadata(created: Home.now()))
                _ = try vault.put(new, files: [(FilePath("model.safetensors"), BytesContent([1]))], by: "demo")
            }
        }
    }

    // MARK: without it

    private func take(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity, _ cluster: LocalCluster) throws {
        try printer.step("an emergency: everything is frozen, the vault too, and then released again") {
            let freeze = try cluster.approve(
                .emergencyFreeze(scope: .everything, rooms: Set(Room.allCases), reason: "drill"), "Stop", by: 1...2)
            try cluster.wait("the vault denies") { refusal(vault, entry, agent)?.contains("vault.frozen") == true }
            _ = try cluster.approve(.unfreeze([freeze.id]), "Go on", by: 1...3)
            try cluster.wait("the vault opens again") { refusal(vault, entry, agent) == nil }
            return ((), "vault.frozen while it lasted; each denial is on record")
        }
        try printer.attack("the quorum revokes the model, and the agent loads it again", rule: "rule V5") {
            _ = try cluster.approve(.revokeModel(manifest: entry.manifest.bytes, scope: .everything), "Withdraw", by: 1...3)
            try cluster.wait("the revocation counts") { refusal(vault, entry, agent) != nil }
            return refusal(vault, entry, agent)
        }
    }

    /// Whoever has every file of the home, but not the passphrase.
    private func steal(_ home: Home, _ entry: CatalogueEntry) throws {
        let copy = folder + "/vault/stolen"
        try FileManager.default.copyItem(atPath: home.path, toPath: copy)
        try printer.attack("a thief copies the disk and searches it for the weights", rule: "rule V4") {
            guard let files = FileManager.default.enumerator(atPath: copy) else { return nil }
            let marker = Data(Self.marker)
            var count = 0
            for case let path as String in files {
                guard let bytes = FileManager.default.contents(atPath: copy + "/" + path) else { continue }
                if bytes.range(of: marker) != nil { return nil }
                count += 1
            }
            return "\(count) files, none of which holds a word of them"
        }
        try printer.attack("the thief brings the copy to life and guesses the passphrase", rule: "rule V5") {
            DemoAttacks.refusal {
                let stolen = try Home(path: copy, state: folder + "/vault/stolen-state")
                let vault = try stolen.vault(stolen.open(IdentityName(Home.vaultName), .unencrypted))
                try vault.unlock(Self.custody("a guess"), by: "thief")
            }
        }
    }

    // MARK: the agent

    private func refusal(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity) -> String? {
        DemoAttacks.refusal { _ = try open(vault, entry, agent) }
    }

    private func open(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity) throws -> VaultOpening {
        let caller = try AuthenticatedCaller(principal: agent.document.did.text, bundle: "reader")
        return try Daemon.result { try await vault.open(entry, by: caller) }
    }

    private func read(_ vault: Vault, _ entry: CatalogueEntry, _ agent: OpenIdentity) throws -> [UInt8] {
        let opening = try open(vault, entry, agent)
        return try Daemon.result {
            let content = Mutex<[UInt8]>([])
            try await opening.read(FilePath("model.safetensors")) { bytes in
                content.withLock { content in
                    for index in bytes.indices { content.append(bytes[index]) }
                }
            }
            return content.withLock { $0 }
        }
    }
}
