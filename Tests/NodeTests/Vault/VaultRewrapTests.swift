import ChanceryLedger
import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Wrapping keys are replaced without touching what they protect, many at once.
struct VaultRewrapTests {
    @Test func `re-wrapped versions open as before, with other keys and the same bodies, manifests and grants`() async throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<20).map { try sample.put("a\($0)", ["model.bin": [UInt8($0)]], tier: .open) }
        for entry in entries { try sample.grant(entry) }
        let stays = ["bodies/0000.body", "bodies/0000.tree", "manifest.json", "sealing.json"]
        let before = try entries.map { entry in try stays.map { try sample.home.folder.read(sample.path(entry, $0)) } }
        #expect(try sample.vault.rewrap(entries, by: "test") == .init(count: 20, damaged: []))
        for (index, entry) in entries.enumerated() {
            let now = try sample.vault.entry(entry.name.text)
            #expect(now.wrappingKey != entry.wrappingKey && now.keyring > entry.keyring)
            #expect(try sample.vault.key(entry.wrappingKey).state == .destroyed)
            #expect(try sample.vault.key(now.wrappingKey).statement.predecessor == entry.wrappingKey)
            #expect(try stays.map { try sample.home.folder.read(sample.path(entry, $0)) } == before[index])
            // Also for whoever looked the version up before.
            #expect(try await sample.read(entry) == [UInt8(index)])
        }
        let other = try sample.process()
        try other.unlock(sample.backend, by: "test")
        #expect(try await sample.read(sample.vault.entry("a7"), from: other) == [7])
        // One seed and one keyring for each version, and nothing beside them.
        let files = sample.home.folder.files().filter { $0.contains("keyring-") || $0.contains("vault/seeds/") }
        #expect(files.count == 40)
        #expect(try sample.payloads("vault_rewrap").count == 1)
        #expect(try sample.home.audit().isClean)
    }

    @Test func `after the end of its wrapping key a version opens no more, until what is due was done`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        sample.home.clock.turn(by: 300 * 86_400)
        try sample.vault.unlock(sample.backend, by: "test")
        let later = try sample.put("later", ["model.bin": [4]])
        sample.home.clock.turn(by: 70 * 86_400)
        try sample.vault.unlock(sample.backend, by: "test")
        for entry in [entry, later] { try sample.grant(entry) }
        #expect(await refusal { _ = try await sample.read(entry) } == "vault.key_expired")
        #expect(try Set(sample.vault.dueKeys().map(\.step)) == [.expired])
        let work = try sample.vault.rotateDue(sample.backend, by: "test")
        #expect(work.root != nil && work.rewrapped == 1)
        #expect(try await sample.read(entry) == [1, 2, 3])
        #expect(try await sample.read(later) == [4])
        #expect(try sample.vault.dueKeys().isEmpty)
        #expect(try sample.vault.rotateDue(sample.backend, by: "test") == .init())
    }

    @Test func `a version that does not open is named, and keeps no other from its new key`() async throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<5).map { try sample.put("a\($0)") }
        for entry in entries { try sample.grant(entry) }
        try sample.damage(sample.path(entries[1], "keyring.json")) { $0[100] ^= 1 }
        try FileManager.default.removeItem(
            atPath: sample.home.folder.path + "/vault/seeds/\(entries[3].wrappingKey.text).json")
        // The keyring of one version in the place of another.
        let foreign = try sample.home.folder.read(sample.path(entries[0], "keyring.json"))
        try sample.damage(sample.path(entries[4], "keyring.json")) { $0 = foreign }
        let done = try sample.vault.rewrap(entries, by: "test")
        #expect(done == .init(count: 2, damaged: [entries[1], entries[3], entries[4]]))
        for entry in [entries[0], entries[2]] { #expect(try await sample.read(entry) == [1, 2, 3]) }
        #expect(try sample.refusals().count == 3)
        #expect(try sample.vault.entry("a3").wrappingKey == entries[3].wrappingKey)
    }

    @Test func `a key that somebody else may have opens nothing, and its version opens again when it is re-wrapped`()
        async throws
    {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        try sample.vault.compromise(entry.wrappingKey, by: "test")
        #expect(await refusal { _ = try await sample.read(entry) } == "vault.key_compromised")
        let new = try sample.vault.rotate(entry.wrappingKey, sample.backend, by: "test")
        #expect(try sample.vault.entry("llama").wrappingKey == new)
        #expect(try await sample.read(entry) == [1, 2, 3])
        #expect(try sample.vault.key(entry.wrappingKey).compromised != nil)
    }

    @Test func `the keyring names the policy in force, and a locked vault re-wraps nothing`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let policy = try SampleVaultHome.policy(rights: [.read])
        try sample.vault.setPolicy(policy, by: "test")
        _ = try sample.vault.rewrap([entry], by: "test")
        let text = String(
            decoding: try sample.home.folder.read(sample.path(sample.vault.entry("llama"), "keyring.json")), as: UTF8.self)
        #expect(text.contains("\"policy\":\"\(Hex.encode(policy.hash))\""))
        try sample.vault.lock(by: "test")
        #expect(code { _ = try sample.vault.rewrap([entry], by: "test") } == "vault.locked")
        #expect(try sample.vault.entry("llama").keyring == 2)
    }

    @Test func `readers, writers and two who re-wrap all at once lose nothing`() async throws {
        let sample = try SampleVaultHome()
        let entries = try (0..<12).map { try sample.put("a\($0)", ["model.bin": [UInt8($0)]]) }
        for entry in entries { try sample.grant(entry) }
        let other = try sample.process()
        try other.unlock(sample.backend, by: "test")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for vault in [sample.vault, other] {
                group.addTask {
                    for _ in 0..<5 {
                        let done = try vault.rewrap(entries, by: "test")
                        #expect(done.damaged.isEmpty)
                    }
                }
            }
            for (index, entry) in entries.enumerated() {
                group.addTask {
                    for _ in 0..<4 {
                        let content = try await sample.read(entry)
                        #expect(content == [UInt8(index)])
                    }
                }
            }
            group.addTask { for number in 0..<6 { try sample.put("own-\(number)") } }
            try await group.waitForAll()
        }
        #expect(try sample.vault.catalogue { $0.live.count } == 18)
        #expect(try sample.refusals() == [])
        let third = try sample.process()
        try third.unlock(sample.backend, by: "test")
        for (index, entry) in entries.enumerated() { #expect(try await sample.read(entry, from: third) == [UInt8(index)]) }
    }
}

/// What ends a permit and a session besides time.
struct VaultEndTests {
    @Test func `rules, a withdrawn key or a lock elsewhere end a permit that is in use`() async throws {
        for end in ["rules", "key", "lock", "root"] {
            let sample = try SampleVaultHome()
            let entry = try sample.put()
            try sample.grant(entry)
            let other = try sample.process()
            try other.unlock(sample.backend, by: "other")
            let opening = try await sample.vault.open(entry, by: sample.caller())
            try await opening.confirm()
            switch end {
            case "rules": try other.setPolicy(.closed, by: "other")
            case "key": try other.compromise(entry.wrappingKey, by: "other")
            case "lock": try other.lock(by: "test")
            default: _ = try other.rotateRoot(sample.backend, by: "other")
            }
            let code = await refusal { try await opening.confirm() }
            #expect(code == (["lock", "root"].contains(end) ? "vault.locked" : "vault.grant_changed"), "\(end)")
            guard end == "root" else { continue }
            #expect(try !sample.vault.status().isUnlocked)
            try sample.vault.unlock(sample.backend, by: "test")
            #expect(try await sample.read(entry) == [1, 2, 3])
        }
    }

    @Test func `rules that still allow leave a permit, and one's own new root leaves the session`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        try sample.vault.setPolicy(SampleVaultHome.policy(rights: [.read]), by: "test")
        _ = try sample.vault.rewrap([entry], by: "test")
        _ = try sample.vault.rotateRoot(sample.backend, by: "test")
        try await opening.confirm()
        #expect(try sample.vault.status().isUnlocked)
    }

    @Test func `a process that ends leaves the others their sessions`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let other = try sample.process()
        try other.unlock(sample.backend, by: "other")
        try other.close()
        #expect(try await sample.read(entry) == [1, 2, 3])
    }

    @Test func `a compromised key is due at once, and what is due replaces it`() throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let service = try sample.vault.createServiceKey(by: "test").id
        for id in [entry.wrappingKey, service] { try sample.vault.compromise(id, by: "test") }
        #expect(try Set(sample.vault.dueKeys().map(\.id)) == [entry.wrappingKey, service])
        #expect(try Set(sample.vault.dueKeys().map(\.step)) == [.compromised])
        let done = try sample.vault.rotateDue(sample.backend, by: "test")
        #expect(done.rewrapped == 1 && done.service.count == 1)
        #expect(try sample.vault.dueKeys().isEmpty)
    }
}

/// Keys that are made and ended one by one.
struct VaultKeyLifeTests {
    @Test func `a service key opens while it serves, and for the overlap after it was replaced`() throws {
        let sample = try SampleVaultHome()
        let key = try sample.vault.createServiceKey(by: "test")
        #expect(key.id.text.hasPrefix("sk_"))
        let sealed = try EncapsulationKey(.xWing, key.publicKey).encapsulate()
        func opens(_ id: VaultKeyID) throws -> Bool {
            let secret = try sample.vault.serviceKey(id).decapsulate(sealed.ciphertext)
            return secret.copyForExport() == sealed.sharedSecret.copyForExport()
        }
        #expect(try opens(key.id))
        let next = try sample.vault.rotate(key.id, sample.backend, by: "test")
        #expect(try opens(key.id) && !opens(next))
        _ = try sample.vault.rotateRoot(sample.backend, by: "test")
        #expect(try opens(key.id))
        sample.home.clock.turn(by: VaultKeyKind.service.standardOverlap)
        try sample.vault.unlock(sample.backend, by: "test")
        #expect(code { _ = try opens(key.id) } == "vault.key_expired")
        #expect(try sample.vault.rotateDue(sample.backend, by: "test").retired == 1)
        #expect(try sample.vault.key(key.id).state == .destroyed)
        #expect(!sample.home.folder.files().contains { $0.contains(key.id.text) })
        sample.home.clock.turn(by: 91 * 86_400)
        try sample.vault.unlock(sample.backend, by: "test")
        #expect(try sample.vault.rotateDue(sample.backend, by: "test").service.count == 1)
    }

    @Test func `the root and the keys of live versions are not ended, other keys are`() throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let service = try sample.vault.createServiceKey(by: "test").id
        let root = try #require(try sample.vault.keys().first { $0.kind == .root }).id
        for id in [root, entry.wrappingKey] {
            #expect(code { try sample.vault.destroy(id, by: "test") } == "vault.key_in_use")
            #expect(code { try sample.vault.retire(id, by: "test") } == "vault.key_in_use")
        }
        try sample.vault.retire(service, by: "test")
        #expect(code { _ = try sample.vault.serviceKey(service) } == "vault.key_state")
        try sample.vault.destroy(service, by: "test")
        #expect(code { try sample.vault.destroy(service, by: "test") } == "vault.key_state")
        let unknown = try VaultKeyID("sk_" + String(repeating: "0", count: 32))
        #expect(code { try sample.vault.destroy(unknown, by: "test") } == "vault.key_unknown")
        #expect(try sample.refusals().count == 6)
    }

    @Test func `what a crash left before its event is gone after the next put`() throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        let strays = [
            "vault/seeds/mk_" + String(repeating: "a", count: 32) + ".json",
            "vault/roots/rk_" + String(repeating: "b", count: 32) + ".chss", sample.path(entry, "keyring-99.json"),
        ]
        for path in strays { try sample.home.folder.write([1, 2], to: path) }
        let other = try sample.process()
        try other.unlock(sample.backend, by: "test")
        _ = try other.rewrap([entry], by: "test")
        #expect(Set(sample.home.folder.files()).isDisjoint(with: strays))
        #expect(try sample.vault.keys().filter { $0.kind == .root }.count == 1)
    }
}
