import ChanceryInference
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Keys are replaced and destroyed without touching what they protect, and what was destroyed does not come back.
struct VaultKeyTests {
    @Test func `a new root opens all that is there, also for the next process`() async throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<5).map { try sample.put("a\($0)", ["model.bin": [UInt8($0)]]) }
        for entry in entries { try sample.grant(entry) }
        let bodies = try entries.map { try sample.home.folder.read(sample.path($0, "bodies/0000.body")) }
        let (root, moved) = try sample.vault.rotateRoot(sample.backend, by: "test")
        #expect(moved == 5)
        for (index, entry) in entries.enumerated() {
            #expect(try await sample.read(entry) == [UInt8(index)])
            #expect(try sample.home.folder.read(sample.path(entry, "bodies/0000.body")) == bodies[index])
        }
        let other = try sample.process()
        try other.unlock(sample.backend, by: "test")
        #expect(try await sample.read(entries[3], from: other) == [3])
        let roots = try sample.vault.keys().filter { $0.kind == .root }
        #expect(roots.filter { $0.state == .active }.map(\.id) == [root])
        #expect(roots.filter { $0.state == .destroyed }.count == 1)
        #expect(sample.home.folder.files().filter { $0.hasPrefix("vault/roots/") }.count == 1)
    }

    @Test func `after the vault's own keys were rotated everything is there, and an older store is still found`() async throws {
        let sample = try SampleVaultHome()
        let old = try sample.put("old", ["model.bin": [1]])
        try sample.grant(old)
        let renewed = try sample.home.ledger.rotate(sample.identity, keeper: sample.home.keeper, protection: .unencrypted)
        func vault() throws -> Vault {
            let vault = try Vault(
                identity: renewed, store: sample.home.store, registry: sample.home.registry, files: sample.files,
                authority: nil, now: sample.home.clock.now, monotonic: { 0 })
            try vault.unlock(sample.backend, by: "test")
            return vault
        }
        let first = try vault()
        #expect(try await sample.read(old, from: first) == [1])
        let new = try Vault.NewArtifact(
            name: ArtifactName("new"), kind: .modelWeights, tier: .open,
            metadata: ArtifactMetadata(created: sample.home.clock.now()))
        let entry = try first.put(new, files: [(FilePath("model.bin"), BytesContent([2]))], by: "test")
        _ = try first.grant(entry, to: SampleVaultHome.planner, lifetime: 60, by: "test")
        let second = try vault()
        #expect(try await sample.read(old, from: second) == [1])
        #expect(try await sample.read(entry, from: second) == [2])
        #expect(try second.catalogue { $0.live.count } == 2)
        // Whoever holds the keys of before writes nothing any more.
        #expect(code { try sample.put("late") } == "node.rejected")
    }

    @Test func `what was deleted is unlinked, and destroyed with the root, and in no file afterwards`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put("gone", ["model.bin": [1]])
        let kept = try sample.put("kept", ["model.bin": [2]])
        for entry in [entry, kept] { try sample.grant(entry) }
        let keyring = try sample.home.folder.read(sample.path(entry, "keyring.json"))
        let seed = try sample.home.folder.read("vault/seeds/\(entry.wrappingKey.text).json")
        #expect(try sample.vault.delete(entry.artifact, by: "test").map(\.version) == [1])
        #expect(try sample.vault.catalogue { $0.versions(of: entry.artifact) }.map(\.status) == [.unlinked])
        let code = await refusal { _ = try sample.vault.entry("gone") }
        #expect(code == "vault.unknown_artifact")
        _ = try sample.vault.rotateRoot(sample.backend, by: "test")
        #expect(try sample.vault.catalogue { $0.versions(of: entry.artifact) }.map(\.status) == [.destroyed])
        // Neither the wrapped data key nor the wrapped seed is anywhere, the database and its journal included.
        let wraps = try [keyring, seed].map { bytes -> [UInt8] in
            let text = String(decoding: bytes, as: UTF8.self)
            let start = try #require(text.range(of: "\"encapsulated\":\""))
            return Array(text[start.upperBound...].prefix(64).utf8)
        }
        for path in sample.home.folder.files() {
            let bytes = Data(try sample.home.folder.read(path))
            for wrap in wraps { #expect(bytes.range(of: Data(wrap)) == nil, "\(path)") }
        }
        #expect(try await sample.read(kept) == [2])
        // Bringing the files back opens nothing.
        try Data(seed).write(
            to: URL(fileURLWithPath: sample.home.folder.path + "/vault/seeds/\(entry.wrappingKey.text).json"))
        let again = await refusal { _ = try await sample.vault.open(entry, by: sample.caller()) }
        #expect(again != nil)
        #expect(try sample.home.audit().isClean)
    }

    @Test func `a root that is replaced while content is sealed takes nothing away`() async throws {
        let sample = try SampleVaultHome()
        let turning = TurningContent { _ = try sample.vault.rotateRoot(sample.backend, by: "test") }
        let new = try Vault.NewArtifact(
            name: ArtifactName("llama"), kind: .modelWeights, tier: .open,
            metadata: ArtifactMetadata(created: sample.home.clock.now()))
        let entry = try sample.vault.put(new, files: [(FilePath("model.bin"), turning)], by: "test")
        try sample.grant(entry)
        #expect(try await sample.read(entry) == [5])
    }

    @Test func `a seed that was altered stops a rotation before it begins, one that is gone is not counted`() throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<3).map { try sample.put("a\($0)") }
        let paths = entries.map { "vault/seeds/\($0.wrappingKey.text).json" }
        let other = try sample.home.folder.read(paths[1])
        let own = try sample.home.folder.read(paths[0])
        try sample.damage(paths[0]) { $0 = other }
        #expect(code { _ = try sample.vault.rotateRoot(sample.backend, by: "test") } == "vault.unwrap_failed")
        #expect(try sample.vault.keys().filter { $0.kind == .root }.count == 1)
        try sample.damage(paths[0]) { $0 = own }
        try FileManager.default.removeItem(atPath: sample.home.folder.path + "/" + paths[1])
        #expect(try sample.vault.rotateRoot(sample.backend, by: "test").moved == 2)
    }

    @Test func `a root past its end opens nothing, and can be replaced`() async throws {
        let sample = try SampleVaultHome()
        sample.home.clock.turn(by: 365 * 86_400)
        try sample.vault.lock(by: "test")
        try sample.vault.unlock(sample.backend, by: "test")
        let entry = try sample.put()
        try sample.grant(entry, lifetime: 30 * 86_400)
        #expect(try await sample.read(entry) == [1, 2, 3])
        sample.home.clock.turn(by: 2 * 86_400)
        try sample.vault.unlock(sample.backend, by: "test")
        let code = await refusal { _ = try await sample.read(entry) }
        #expect(code == "vault.key_expired")
        _ = try sample.vault.rotateRoot(sample.backend, by: "test")
        #expect(try await sample.read(entry) == [1, 2, 3])
    }

    @Test func `a clock that was ahead once makes no later grant worthless`() async throws {
        let sample = try SampleVaultHome()
        sample.home.clock.turn(by: 1000)
        let entry = try sample.put()
        sample.home.clock.turn(by: -900)
        try sample.grant(entry)
        #expect(try await sample.read(entry) == [1, 2, 3])
    }

    @Test func `a clock that was ahead once lets leases end when they would have`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let running = Mutex<Int64>(1_000_000)
        let vault = try sample.process({ nil }, monotonic: { running.withLock { $0 } })
        try vault.unlock(sample.backend, by: "test")
        sample.home.clock.turn(by: 3600)
        try vault.setPolicy(.closed, by: "test")
        try vault.setPolicy(SampleVaultHome.policy(), by: "test")
        sample.home.clock.turn(by: -3600)
        _ = try vault.grant(entry, to: SampleVaultHome.planner, lifetime: 5, by: "test")
        running.withLock { $0 += 4000 }
        #expect(try await sample.read(entry, from: vault) == [1, 2, 3])
        running.withLock { $0 += 2000 }
        #expect(await refusal { _ = try await sample.read(entry, from: vault) } == "vault.writ_required")
        // Another process knows how long this machine has run since.
        _ = try vault.grant(entry, to: SampleVaultHome.planner, lifetime: 5, by: "test")
        running.withLock { $0 += 6000 }
        let next = try sample.process({ nil }, monotonic: { running.withLock { $0 } })
        try next.unlock(sample.backend, by: "test")
        #expect(await refusal { _ = try await sample.read(entry, from: next) } == "vault.writ_required")
        // After a restart of the machine time goes on from what was seen.
        let late = try sample.process({ nil }, monotonic: { running.withLock { $0 } - 1_000_000 })
        try late.unlock(sample.backend, by: "test")
        _ = try late.grant(entry, to: SampleVaultHome.planner, lifetime: 5, by: "test")
        #expect(try await sample.read(entry, from: late) == [1, 2, 3])
        running.withLock { $0 += 6000 }
        #expect(await refusal { _ = try await sample.read(entry, from: late) } == "vault.writ_required")
    }

    @Test func `a committee that comes while the vault is open decides from then on`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let isGoverned = Mutex(false)
        let vault = try sample.process({ isGoverned.withLock { $0 } ? FreezingCommittee() : nil })
        try vault.unlock(sample.backend, by: "test")
        _ = try vault.grant(entry, to: SampleVaultHome.planner, lifetime: 3600, by: "test")
        let opening = try await vault.open(entry, by: sample.caller())
        isGoverned.withLock { $0 = true }
        let code = code { _ = try vault.grant(entry, to: SampleVaultHome.planner, lifetime: 60, by: "test") }
        #expect(code == "vault.committee_decides")
        #expect(await refusal { try await opening.confirm() } == "vault.grant_changed")
    }

    @Test func `a root replaced beside a service whose keys come and go leaves one root`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let keys = try sample.vault.temporaryServiceKeys(for: entry, lifetime: 100)
        _ = try await keys.current(at: sample.home.clock.now())
        let backend = HookedBackend(sample.backend) { try? keys.end() }
        _ = try sample.vault.rotateRoot(backend, by: "test")
        let roots = try sample.vault.keys().filter { $0.kind == .root }
        #expect(roots.count == 2 && roots.count { $0.state == .destroyed } == 1)
    }

    @Test func `a policy whose file is gone is replaced by another`() throws {
        let sample = try SampleVaultHome()
        for path in sample.home.folder.files() where path.hasPrefix("vault/policies/") {
            try FileManager.default.removeItem(atPath: sample.home.folder.path + "/" + path)
        }
        #expect(code { _ = try sample.vault.policyInForce() } == "vault.policy_malformed")
        try sample.vault.setPolicy(.closed, by: "test")
        #expect(try sample.vault.policyInForce() == .closed)
    }

    @Test func `a put that fails leaves no version and no file`() throws {
        let sample = try SampleVaultHome()
        let before = sample.home.folder.files().filter { !$0.hasSuffix(".lock") && !$0.contains("sqlite") }
        let code = code { _ = try sample.put("bad", ["a": [1], "A": [2]]) }
        #expect(code == "vault.invalid_record")
        #expect(try sample.vault.catalogue { $0.live }.isEmpty)
        let after = sample.home.folder.files().filter { !$0.hasSuffix(".lock") && !$0.contains("sqlite") }
        #expect(after == before)
        #expect(try sample.refusals() == ["vault.invalid_record"])
    }

    @Test func `versions count up, and each has a key of its own`() throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<3).map { _ in try sample.put() }
        #expect(entries.map(\.version) == [1, 2, 3])
        #expect(Set(entries.map(\.wrappingKey)).count == 3)
        #expect(Set(entries.map(\.artifact)).count == 1)
        #expect(try sample.vault.entry("llama").version == 3)
        #expect(try sample.vault.entry(entries[0].artifact.text, version: 2).manifest == entries[1].manifest)
        let other = code { try sample.put("llama", ["a": [1]], kind: .credential) }
        #expect(other == "vault.catalogue_conflict")
    }

    @Test func `32 readers and writers at once lose nothing`() async throws {
        let sample = try SampleVaultHome()
        let first = try sample.put("shared", ["model.bin": [7]])
        try sample.grant(first)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<32 {
                group.addTask {
                    if number % 2 == 0 {
                        try sample.put("own-\(number)", ["model.bin": [UInt8(number)]])
                    } else {
                        #expect(try await sample.read(first) == [7])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try sample.vault.catalogue { $0.live }.count == 17)
        #expect(try sample.payloads("vault_access").count == 16)
        #expect(try sample.home.audit().isClean)
    }
}

/// Content in whose middle something happens.
private final class TurningContent: VaultContent {
    private let turn: () throws -> Void
    private var isDone = false

    init(_ turn: @escaping () throws -> Void) { self.turn = turn }

    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        guard !isDone else { return 0 }
        isDone = true
        try turn()
        buffer[0] = 5
        return 1
    }
}

/// Does something else before it seals.
private struct HookedBackend: CustodyBackend {
    let backend: MemoryBackend
    let hook: @Sendable () -> Void

    init(_ backend: MemoryBackend, _ hook: @escaping @Sendable () -> Void) {
        (self.backend, self.hook) = (backend, hook)
    }

    var capabilities: CustodyCapabilities { backend.capabilities }

    func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        hook()
        return try backend.seal(secret, label: label)
    }

    func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try backend.unseal(sealed, label: label)
    }
}
