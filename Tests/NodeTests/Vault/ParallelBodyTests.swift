import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Many cores write and read what one would.
struct ParallelBodyTests {
    private static let run = 1 << 20

    private func content(_ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 ^ $0 >> 8 ^ $0 >> 16) }
    }

    private func put(_ sample: SampleVaultHome, _ content: any VaultContent, workers: Int) throws -> CatalogueEntry {
        let new = try Vault.NewArtifact(
            name: ArtifactName("model"), kind: .modelWeights, tier: .open,
            metadata: ArtifactMetadata(created: sample.home.clock.now()))
        return try sample.vault.put(
            new, files: [(FilePath("model.bin"), content)], by: "test", options: Vault.PutOptions(workers: workers))
    }

    private func read(_ opening: VaultOpening, workers: Int) async throws -> [UInt8] {
        let all = Mutex<[UInt8]>([])
        try await opening.read(FilePath("model.bin"), workers: workers) { bytes in
            all.withLock { all in for index in bytes.indices { all.append(bytes[index]) } }
        }
        return all.withLock { $0 }
    }

    @Test(arguments: [0, 1, 16_383, 16_384, 16_385, 32_768, run - 1, run, run + 1, 11 * run + 5, 20 * run])
    func `a body of any length holds its content and the tree of the slow twin`(length: Int) async throws {
        let sample = try SampleVaultHome()
        let bytes = content(length)
        let leaves = ContentHasher().leaves(of: bytes.span, endingBody: true)
        for workers in [1, 2, 5] {
            let entry = try put(sample, BytesContent(bytes), workers: workers)
            let body = try sample.home.folder.read(sample.path(entry, "bodies/0000.body"))
            #expect(try body.count == Int(BodyGeometry(length: UInt64(length)).bodyLength))
            let tree = try sample.home.folder.read(sample.path(entry, "bodies/0000.tree"))
            #expect(tree == TreeLevels(leaves: leaves).encoded)
            let file = try #require(try sample.vault.manifest(of: entry).terms.files.first)
            try file.check(leaves)
            try sample.grant(entry)
            let opening = try await sample.vault.open(entry, by: sample.caller())
            for readers in [1, 3] { #expect(try await read(opening, workers: readers) == bytes, "\(workers), \(readers)") }
        }
    }

    @Test func `content that comes in small pieces makes the same body`() async throws {
        let sample = try SampleVaultHome()
        let bytes = content(3 * Self.run + 77)
        let entry = try put(sample, Dripping(bytes), workers: 3)
        try sample.grant(entry)
        #expect(try await sample.read(entry) == bytes)
    }

    @Test(arguments: [1, 4])
    func `content that fails on the way puts nothing and leaves no draft`(workers: Int) throws {
        let sample = try SampleVaultHome()
        for place in [0, Self.run - 1, 9 * Self.run + 3] {
            let failing = Dripping(content(12 * Self.run), failsAt: place)
            #expect(throws: Dripping.Broken.self) { try put(sample, failing, workers: workers) }
        }
        #expect(try sample.vault.status().versions == 0)
        #expect(sample.home.folder.files(under: "vault/drafts").filter { !$0.hasSuffix(".lock") } == [])
    }

    @Test(arguments: [1, 2, 6], [0, 3, 11])
    func `damage is found by any number of workers, and no later byte is given out`(workers: Int, run: Int) async throws {
        let sample = try SampleVaultHome()
        let bytes = content(12 * Self.run)
        let entry = try put(sample, BytesContent(bytes), workers: 2)
        try sample.grant(entry)
        try sample.damage(sample.path(entry, "bodies/0000.body")) { $0[56 + (run * 64 + 5) * 16_400] ^= 1 }
        let opening = try await sample.vault.open(entry, by: sample.caller())
        let given = Mutex(0)
        let code = await refusal {
            try await opening.read(FilePath("model.bin"), workers: workers) { part in given.withLock { $0 += part.count } }
        }
        #expect(code == "vault.body_altered")
        #expect(given.withLock { $0 } == run * Self.run)
        #expect(try sample.refusals().last == "vault.body_altered")
    }

    @Test func `a reader that stops leaves the opening usable`() async throws {
        struct Enough: Error {}
        let sample = try SampleVaultHome()
        let bytes = content(9 * Self.run)
        let entry = try put(sample, BytesContent(bytes), workers: 2)
        try sample.grant(entry)
        let opening = try await sample.vault.open(entry, by: sample.caller())
        await #expect(throws: Enough.self) {
            try await opening.read(FilePath("model.bin"), workers: 4) { _ in throw Enough() }
        }
        #expect(try await read(opening, workers: 4) == bytes)
    }
}

/// Content that comes some bytes at a time, and may break off.
private final class Dripping: VaultContent {
    struct Broken: Error {}
    private let bytes: [UInt8]
    private let end: Int
    private var offset = 0

    init(_ bytes: [UInt8], failsAt end: Int = .max) {
        self.bytes = bytes
        self.end = end
    }

    func read(into buffer: inout MutableSpan<UInt8>) throws -> Int {
        guard offset < end else { throw Broken() }
        let count = min(buffer.count, bytes.count - offset, 70_001, end - offset)
        for index in 0..<count { buffer[index] = bytes[offset + index] }
        offset += count
        return count
    }
}
