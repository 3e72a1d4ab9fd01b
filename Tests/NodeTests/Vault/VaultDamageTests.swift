import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import TestKit
import Testing

/// Who changes the vault's files or brings back old ones gets nothing opened.
struct VaultDamageTests {
    @Test func `every flipped bit of a body or its tree is found before a byte of that run is given out`() async throws {
        let sample = try SampleVaultHome()
        let content = [UInt8](repeating: 9, count: 40_000)
        let entry = try sample.put("llama", ["model.bin": content])
        try sample.grant(entry)
        let body = sample.path(entry, "bodies/0000.body")
        let count = try sample.home.folder.read(body).count
        for place in [0, 23, 24, 55, 56, 57, 16_400, 16_456, 20_000, count - 17, count - 1] {
            try sample.damage(body) { $0[place] ^= 0x10 }
            let code = await refusal { _ = try await sample.read(entry) }
            #expect(code == "vault.body_altered", "byte \(place)")
            try sample.damage(body) { $0[place] ^= 0x10 }
        }
        #expect(try await sample.read(entry) == content)
        let tree = sample.path(entry, "bodies/0000.tree")
        try sample.damage(tree) { $0[40] ^= 1 }
        let opening = try await sample.vault.open(entry, by: sample.caller())
        let code = await refusal { _ = try await opening.bytes(0..<1, of: FilePath("model.bin")) }
        #expect(code == "vault.content_mismatch")
    }

    @Test(arguments: [0, 1, 100, 16_456, 39_000])
    func `a body that was cut off is found`(length: Int) async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put("llama", ["model.bin": [UInt8](repeating: 9, count: 40_000)])
        try sample.grant(entry)
        try sample.damage(sample.path(entry, "bodies/0000.body")) { $0 = Array($0.prefix(length)) }
        let code = await refusal { _ = try await sample.read(entry) }
        #expect(code?.hasPrefix("vault.body") == true, "\(code ?? "opened")")
    }

    @Test func `a body that the system does not give is a refusal on record, whole or in part`() async throws {
        let sample = try SampleVaultHome()
        let entry = try sample.put()
        try sample.grant(entry)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        let bodies = sample.home.folder.path + "/" + sample.path(entry, "bodies")
        try FileManager.default.moveItem(atPath: bodies, toPath: bodies + ".away")
        try FileManager.default.createSymbolicLink(atPath: bodies, withDestinationPath: bodies + ".away")
        #expect(await refusal { _ = try await SampleVaultHome.read(opening, "model.bin") } == "store.corrupt")
        #expect(await refusal { _ = try await opening.bytes(0..<1, of: FilePath("model.bin")) } == "store.corrupt")
        #expect(try sample.refusals() == ["store.corrupt", "store.corrupt"])
    }

    @Test(arguments: ["manifest.json", "sealing.json", "keyring.json"])
    func `a record of another version in the place of one is found`(record: String) async throws {
        let sample = try SampleVaultHome()
        let first = try sample.put("llama", ["model.bin": [1]])
        let second = try sample.put("llama", ["model.bin": [2]])
        for entry in [first, second] { try sample.grant(entry) }
        #expect(second.version == 2 && second.artifact == first.artifact)
        let old = try sample.home.folder.read(sample.path(first, record))
        try sample.damage(sample.path(second, record)) { $0 = old }
        let code = await refusal { _ = try await sample.read(second) }
        #expect(code == "vault.record_mismatch")
        // The other one is as it was.
        #expect(try await sample.read(first) == [1])
        #expect(try sample.refusals().last == "vault.record_mismatch")
    }

    @Test func `the whole of an older version in the place of a newer one is found`() async throws {
        let sample = try SampleVaultHome()
        let first = try sample.put("llama", ["model.bin": [1]])
        let second = try sample.put("llama", ["model.bin": [2]])
        try sample.grant(second)
        for name in ["manifest.json", "sealing.json", "keyring.json", "bodies/0000.body", "bodies/0000.tree"] {
            let old = try sample.home.folder.read(sample.path(first, name))
            try sample.damage(sample.path(second, name)) { $0 = old }
        }
        let code = await refusal { _ = try await sample.read(second) }
        #expect(code == "vault.record_mismatch")
    }

    @Test func `a store that is older than what was seen is found`() async throws {
        let sample = try SampleVaultHome()
        try sample.put()
        let old = TemporaryFolder()
        for name in sample.home.folder.files() where name.hasPrefix("ledger.sqlite") && !name.hasSuffix("-shm") {
            try old.write(sample.home.folder.read(name), to: name)
        }
        try sample.put("second", ["model.bin": [1]])
        // The older store under the same files and the same mark.
        let restored = try SampleHome(old, clock: sample.home.clock)
        let code = await refusal {
            let vault = try Vault(
                identity: sample.identity, store: restored.store, registry: restored.registry, files: sample.files,
                authority: nil, now: sample.home.clock.now, monotonic: { 0 })
            _ = try vault.status()
        }
        #expect(code == "vault.rolled_back")
    }

    @Test func `making the vault is done again after a crash, and only once`() throws {
        let home = try SampleHome()
        let files = try VaultFolder(
            path: home.folder.path + "/vault", statePath: home.folder.path + "/state", store: home.store.storeID())
        let identity = try home.identity("vault")
        func create() throws {
            try Vault.create(
                identity: identity, store: home.store, registry: home.registry, files: files, backend: MemoryBackend(),
                now: home.clock.now)
        }
        // What a crash between file and event leaves: a root that no event names.
        let stray = VaultKeyID(.root, publicKey: [1])
        try files.write([1, 2, 3], as: .root(stray), replacing: false)
        try create()
        #expect(code { try create() } == "node.already_exists")
    }

    @Test func `nothing of what was put can be read on the disk`() throws {
        let sample = try SampleVaultHome()
        let secret = Array("the password is swordfish and nobody may know it".utf8)
        try sample.put("key", ["secret": secret + [UInt8](repeating: 0, count: 20_000)], kind: .credential)
        for path in sample.home.folder.files() {
            let bytes = try sample.home.folder.read(path)
            #expect(Data(bytes).range(of: Data(secret.prefix(16))) == nil, "\(path)")
        }
    }
}
