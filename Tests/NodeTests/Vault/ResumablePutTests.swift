import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryVault
import ChanceryWire
import Foundation
import Synchronization
import TestKit
import Testing

/// Rule V2: a put that was interrupted anywhere goes on, and nothing is ever sealed twice under one key and nonce.
struct ResumablePutTests {
    private let sample: SampleVaultHome
    private let watched: WatchedFiles
    private let vault: Vault
    private static let mebibyte = 1 << 20

    init() throws {
        sample = try SampleVaultHome()
        watched = WatchedFiles(sample.files)
        let clock = sample.home.clock
        vault = try Vault(
            identity: sample.identity, store: sample.home.store, registry: sample.home.registry, files: watched,
            authority: nil, now: clock.now, monotonic: { Int64(clock.now().milliseconds) })
        try vault.unlock(sample.backend, by: "test")
    }

    private static func content(_ count: Int, _ seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// Puts under one name, stopped at a step when one is given.
    @discardableResult
    private func put(
        _ contents: [any VaultContent], _ name: String = "llama", stopAt: Int? = nil, workers: Int = 2,
        kind: ArtifactKind = .modelWeights
    ) throws -> CatalogueEntry {
        watched.seen.withLock { ($0.steps, $0.stopAt) = (0, stopAt) }
        let new = try Vault.NewArtifact(
            name: ArtifactName(name), kind: kind, tier: .open, metadata: ArtifactMetadata(created: sample.home.clock.now()))
        let files = try contents.enumerated().map { (try FilePath("part-\($0.offset)"), $0.element) }
        return try vault.put(
            new, files: files, by: "test", options: Vault.PutOptions(isResumable: true, workers: workers))
    }

    private func interrupt(_ bytes: [UInt8], at step: Int, _ name: String = "llama", workers: Int = 2) {
        #expect(throws: WatchedFiles.Stop.self) { try put([BytesContent(bytes)], name, stopAt: step, workers: workers) }
    }

    private func read(_ entry: CatalogueEntry, _ part: Int = 0) async throws -> [UInt8] {
        try sample.grant(entry)
        return try await sample.read(entry, "part-\(part)")
    }

    private var drafts: [String] { sample.home.folder.files(under: "vault/drafts").filter { !$0.hasSuffix(".lock") } }
    private var salts: Int { watched.seen.withLock { $0.salts.count } }
    private func draft(_ name: String) throws -> String { try #require(drafts.first { $0.hasSuffix("/" + name) }) }

    private func expectNoViolation() { #expect(watched.seen.withLock { $0.violations } == []) }

    @Test func `a put that was stopped at any step goes on to its end, without a nonce used twice`() async throws {
        let contents = [Self.content(2 * Self.mebibyte + 70_000), Self.content(16_384, 2)]
        try put(contents.map { BytesContent($0) }, "whole", workers: 1)
        let steps = watched.seen.withLock { $0.steps }
        #expect(steps > 15)
        var stopped = 0
        for stop in 1...steps {
            let name = "model-\(stop)"
            do {
                try put(contents.map { BytesContent($0) }, name, stopAt: stop, workers: stop % 3 + 1)
                // Several workers need fewer steps, as their records are synced together.
                continue
            } catch is WatchedFiles.Stop {}
            stopped += 1
            // The same content, and every other time another one from the middle of the first file on.
            var second = contents
            if stop % 2 == 0 { second[0][Self.mebibyte + 40_000] ^= 1 }
            let entry = try put(second.map { BytesContent($0) }, name, workers: (stop + 1) % 3 + 1)
            #expect(entry.version == 1)
            if stop % 7 == 0 {
                for part in 0..<2 { #expect(try await read(entry, part) == second[part], "stopped at \(stop)") }
            }
            #expect(drafts == [], "stopped at \(stop)")
        }
        expectNoViolation()
        #expect(stopped > steps * 3 / 4)
        #expect(try vault.status().versions == steps + 1)
    }

    @Test func `it goes on under the same salt, whatever the number of workers, and writes the same bytes`() async throws {
        let bytes = Self.content(5 * Self.mebibyte)
        for (stop, workers) in [(9, 1), (12, 4), (10, 2), (14, 3)] { interrupt(bytes, at: stop, workers: workers) }
        let entry = try put([BytesContent(bytes)])
        #expect(salts == 1)
        #expect(try await read(entry) == bytes)
        expectNoViolation()
    }

    @Test(arguments: [0, 16_383, 16_384, 1_048_576, 2_000_000])
    func `other content takes a new salt from the start`(place: Int) async throws {
        var bytes = Self.content(2_000_001)
        interrupt(bytes, at: 10)
        bytes[place] ^= 0x80
        let entry = try put([BytesContent(bytes)])
        #expect(try await read(entry) == bytes)
        // What was never sealed may differ.
        #expect(salts == (place < 1_048_576 ? 2 : salts))
        expectNoViolation()
    }

    @Test(arguments: [0, 1, 16_384, 1_048_576, 1_500_000])
    func `shorter content takes a new salt, or ends where nothing was sealed yet`(length: Int) async throws {
        let bytes = Self.content(2_000_001)
        interrupt(bytes, at: 12)
        let entry = try put([BytesContent(Array(bytes[..<length]))])
        #expect(try await read(entry) == Array(bytes[..<length]))
        expectNoViolation()
    }

    @Test func `other content that cannot be read again is refused once, and then put anew`() async throws {
        interrupt(Self.content(1_500_000), at: 10)
        let other = Self.content(1_500_000, 5)
        #expect(code { _ = try put([StreamContent(other)]) } == "vault.resume_invalid")
        let entry = try put([StreamContent(other)])
        #expect(try await read(entry) == other)
        expectNoViolation()
    }

    @Test(arguments: ["cut", "gone", "flipped header", "flipped entry", "attempt", "attempt gone"])
    func `a damaged record of the attempt is not gone on with`(damage: String) async throws {
        let bytes = Self.content(3 * Self.mebibyte)
        // After the ciphertext of some runs.
        interrupt(bytes, at: 14)
        let ledger = try draft("ledgers/0000.ledger")
        let attempt = try draft("attempt.json")
        #expect(try sample.home.folder.read(draft("bodies/0000.body")).count > 16_456)
        switch damage {
        case "cut": try sample.damage(ledger) { $0.removeLast($0.count - ResumeHeader.byteCount - 48) }
        case "gone": try sample.home.folder.remove(ledger)
        case "flipped header": try sample.damage(ledger) { $0[20] ^= 1 }
        case "flipped entry": try sample.damage(ledger) { $0[ResumeHeader.byteCount + 50] ^= 1 }
        case "attempt": try sample.damage(attempt) { $0[$0.count / 2] ^= 1 }
        default: try sample.home.folder.remove(attempt)
        }
        // The worst case: content that differs behind the records that are left, so that a reused salt would give both away.
        let other = bytes[..<40_000] + Self.content(bytes.count - 40_000, 9)
        let entry = try put([BytesContent(Array(other))])
        #expect(salts == 2)
        #expect(try await read(entry) == Array(other))
        expectNoViolation()
    }

    @Test func `an attempt to put something else under the name is not gone on with`() throws {
        let bytes = Self.content(40_000)
        interrupt(bytes, at: 8)
        let first = try sample.home.folder.read(draft("attempt.json"))
        #expect(throws: WatchedFiles.Stop.self) {
            try put([BytesContent(bytes), BytesContent([1])], stopAt: 9)
        }
        #expect(try sample.home.folder.read(draft("attempt.json")) != first)
        try put([BytesContent(bytes)], kind: .credential)
        #expect(salts == 3 && drafts == [])
        expectNoViolation()
    }

    @Test func `an attempt from before the root was replaced is not gone on with`() async throws {
        let bytes = Self.content(40_000)
        interrupt(bytes, at: 8)
        watched.seen.withLock { $0.stopAt = nil }
        _ = try vault.rotateRoot(sample.backend, by: "test")
        let entry = try put([BytesContent(bytes)])
        #expect(salts == 2)
        try sample.vault.lock(by: "test")
        try sample.vault.unlock(sample.backend, by: "test")
        #expect(try await read(entry) == bytes)
    }

    @Test func `two attempts never share a draft`() throws {
        let bytes = Self.content(40_000)
        var inner: String?
        try put([StreamContent(bytes) { inner = code { try put([BytesContent(bytes)]) } }])
        #expect(inner == "store.busy")
        var other: String? = "not run"
        try put([StreamContent(bytes) { other = code { try put([BytesContent(bytes)], "other") } }])
        #expect(other == nil)
        expectNoViolation()
    }

    @Test func `between attempts nothing is on the disk that opens or is plain, and nothing of it after the put`() throws {
        let bytes = Array("the password is swordfish and nobody may know it".utf8) + Self.content(40_000)
        #expect(throws: WatchedFiles.Stop.self) { try put([BytesContent(bytes)], stopAt: 11, kind: .credential) }
        let attempt = try draft("attempt.json")
        for path in sample.home.folder.files() {
            #expect(Data(try sample.home.folder.read(path)).range(of: Data(bytes.prefix(16))) == nil, "\(path)")
        }
        // A thief who came earlier holds on to the file.
        let held = sample.home.folder.path + "/held"
        try FileManager.default.linkItem(atPath: sample.home.folder.path + "/" + attempt, toPath: held)
        try put([BytesContent(bytes)], kind: .credential)
        #expect(drafts == [])
        #expect(try sample.home.folder.read("held").allSatisfy { $0 == 0 })
    }

    @Test func `an interrupted put is kept for seven days and goes when it is discarded`() throws {
        let bytes = Self.content(40_000)
        func age(_ days: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -days * 86_400)],
                ofItemAtPath: sample.home.folder.path + "/" + draft("lock"))
        }
        interrupt(bytes, at: 8)
        try age(6.9)
        try put([BytesContent(bytes)], "other")
        #expect(drafts.count > 2)
        try age(7.1)
        // Leftovers are looked for once an hour.
        sample.home.clock.turn(by: 3600)
        try vault.unlock(sample.backend, by: "test")
        try put([BytesContent(bytes)], "other")
        #expect(drafts == [])
        interrupt(bytes, at: 8)
        #expect(try Vault.discardPut(sample.files.resumableDraft(of: ArtifactName("llama"))) == .overwritten)
        #expect(try drafts == [] && Vault.discardPut(sample.files.resumableDraft(of: ArtifactName("llama"))) == .nothing)
    }
}
