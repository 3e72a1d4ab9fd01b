import ChanceryNode
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
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
