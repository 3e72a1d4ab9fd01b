import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import TestKit
import Testing

/// What was published, and what lies in the state folder, cannot be removed or exchanged unnoticed.
struct LogAuditPublishedTests {
    private let folder: TemporaryFolder

    init() throws { folder = try LogAuditTests.filled() }

    private func audit() throws -> [String] { try SampleHome(folder).audit().failures }

    /// Everything in the folder but what `isLeftOut` names, as a backup takes it.
    private func copy(of folder: TemporaryFolder, without isLeftOut: (String) -> Bool = { _ in false }) throws
        -> TemporaryFolder
    {
        let copy = TemporaryFolder()
        for file in folder.files() where !isLeftOut(file) && !file.hasSuffix("-shm") {
            let parent = file.split(separator: "/").dropLast().joined(separator: "/")
            try AtomicFile.makeFolder("\(copy.path)/\(parent)")
            try copy.write(folder.read(file), to: file)
        }
        return copy
    }

    private var mark: String {
        get throws { try #require(folder.files(under: "state").first { $0.hasSuffix(".json") }) }
    }

    // MARK: what is gone

    @Test func `a removed checkpoint is found, and the next one heals it`() throws {
        try folder.remove("log/checkpoint")
        #expect(try audit().contains { $0.hasPrefix("checkpoint: none is published") })
        _ = try SampleHome(folder).log.publish(protection: .unencrypted)
        #expect(try audit() == [])
    }

    @Test func `a removed log is found and not started again`() throws {
        for part in ["log", "private"] { try folder.remove(part) }
        #expect(try audit().contains { $0.contains("`log.example/audit`, which is not its log now") })
        let home = try SampleHome(folder)
        for origin in ["log.example/audit", "log.example/other"] {
            #expect(code { try home.log.start(origin: origin, protection: .unencrypted) } == "node.key_missing")
        }
        #expect(code { try home.log.restart(origin: "log.example/audit", protection: .unencrypted) } == "node.already_exists")
        try home.log.restart(origin: "log.example/other", protection: .unencrypted)
        _ = try home.log.publish(protection: .unencrypted)
        #expect(try audit() == [])
    }

    @Test func `a removed high-water mark is found, and nothing is signed without it`() throws {
        try folder.remove(mark)
        #expect(try audit() == ["high-water mark: none is there for the checkpoint"])
        let home = try SampleHome(folder)
        #expect(code { _ = try home.log.publish(protection: .unencrypted) } == "ledger.log_rollback")
        try home.log.restart(origin: "log.example/other", protection: .unencrypted)
        _ = try home.log.publish(protection: .unencrypted)
        #expect(try audit() == [])
    }

    @Test func `a log that vanished with its marks leaves the store's generation`() throws {
        for part in ["log", "private", "state"] { try folder.remove(part) }
        #expect(try audit() == ["high-water mark: the store's log signed before, and neither checkpoint nor mark is there"])
        let home = try SampleHome(folder)
        #expect(code { try home.log.start(origin: "log.example/other", protection: .unencrypted) } == "node.key_missing")
        try home.log.restart(origin: "log.example/other", protection: .unencrypted)
        _ = try home.log.publish(protection: .unencrypted)
        #expect(try audit() == [])
    }

    // MARK: what is false

    @Test func `a false high-water mark is found`() throws {
        let mark = try mark
        let golden = try folder.read(mark)
        for flip in bitFlips(of: golden, thinning: 1000) where flip.byte % 3 == 0 {
            try folder.write(golden.flipping(flip.byte, flip.bit), to: mark)
            let home = try SampleHome(folder)
            let lineage = try home.logFiles.marks(of: "log.example/audit", store: home.store.storeID())
            #expect(lineage.count == 1)
        }
        for (old, new) in [
            ("\"root\":\"", "\"root\":\"0"), ("\"size\":2", "\"size\":9"), ("\"size\":2", "\"size\":1"),
            ("log.example", "LOG.example"), ("\"generation\":", "\"generation\":9"), ("{", "["),
        ] {
            try folder.write(golden.replacing(old, by: new), to: mark)
            #expect(try audit().contains { $0.hasPrefix("high-water mark: ") }, "\(old) → \(new)")
        }
    }

    @Test func `a damaged mark stops the log and leaves a way out`() throws {
        let path = try folder.path + "/" + mark
        try folder.write(Array("{}".utf8), to: mark)
        let home = try SampleHome(folder)
        let error = #expect(throws: NodeError.self) { try home.log.publish(protection: .unencrypted) }
        #expect(error?.reason == .storeCorrupt && error?.detail.contains(path) == true)
        try home.log.restart(origin: "log.example/other", protection: .unencrypted)
        _ = try home.log.publish(protection: .unencrypted)
        let statement = try #require(try home.store.records(RecordQuery(kind: StoreStatement.logStart)).first)
        #expect(try JSONParser.parse(statement.bytes)["unreadable"] == ["high_water"])
        #expect(try audit() == [])
    }

    @Test func `a log whose verifier keys are lost says so and can go on`() throws {
        try folder.remove("log/vkeys")
        let home = try SampleHome(folder)
        #expect(code { _ = try home.log.publish(protection: .unencrypted) } == "node.key_missing")
        #expect(code { try home.log.start(origin: "log.example/x", protection: .unencrypted) } == "node.key_missing")
        #expect(try !audit().isEmpty)
        try home.log.restart(origin: "log.example/other", protection: .unencrypted)
        _ = try home.log.publish(protection: .unencrypted)
        let statement = try #require(try home.store.records(RecordQuery(kind: StoreStatement.logStart)).first)
        let members = try JSONParser.parse(statement.bytes)
        #expect(members["unreadable"] == ["verifier_keys", "checkpoint"])
        #expect(members["previous_origin"]?.string == "log.example/audit")
        #expect(try audit() == [])
    }

    @Test func `a foreign log in place of the home's own is found`() throws {
        let pinned = try SampleHome(folder).log.verifier()
        // The records are older, the log is the attacker's, and so is the state folder it was signed with.
        let fake = try copy(of: folder) { $0.hasPrefix("log/") || $0.hasPrefix("private/") || $0.hasPrefix("state/") }
        let attacker = try SampleHome(fake)
        try attacker.log.restart(origin: "fake.example", protection: .unencrypted)
        _ = try attacker.log.publish(protection: .unencrypted)
        for part in ["log", "private"] {
            try folder.remove(part)
            try FileManager.default.copyItem(atPath: "\(fake.path)/\(part)", toPath: "\(folder.path)/\(part)")
        }
        let findings = try audit()
        #expect(findings.contains { $0.contains("`log.example/audit`, which is not its log now") })
        #expect(findings.contains("high-water mark: none is there for the checkpoint"))
        #expect(code { _ = try SampleHome(folder).log.publish(protection: .unencrypted) } == "ledger.log_inconsistent")
        // With everything exchanged only somebody who knows the keys can tell.
        let report = try LogAudit.run(store: attacker.store, log: attacker.log, pinned: pinned)
        #expect(report.failures.contains { $0.hasPrefix("checkpoint: ledger.checkpoint_origin") })
    }

    @Test func `pinned keys demand their own checkpoint`() throws {
        let home = try SampleHome(folder)
        let pinned = try home.log.verifier()
        #expect(try LogAudit.run(store: home.store, log: home.log, pinned: pinned).failures == [])
        let empty = try SampleHome()
        #expect(
            try LogAudit.run(store: empty.store, log: empty.log, pinned: pinned).failures.first?.hasPrefix("checkpoint: ")
                == true)
    }

    // MARK: backups

    @Test func `a backup from before the log started is not signed anew`() throws {
        let home = try SampleHome()
        try TransparencyLogTests.append(5, to: home)
        let backup = try copy(of: home.folder)
        try home.log.start(origin: "log.example/1", protection: .unencrypted)
        try TransparencyLogTests.append(2, to: home)
        _ = try home.log.publish(protection: .unencrypted)
        try FileManager.default.copyItem(atPath: home.folder.path + "/state", toPath: backup.path + "/state")
        let back = try SampleHome(backup)
        for origin in ["log.example/1", "log.example/2"] {
            #expect(code { try back.log.start(origin: origin, protection: .unencrypted) } == "ledger.log_rollback")
        }
        #expect(try back.store.records(RecordQuery(kind: StoreStatement.logIncident)).count == 2)
        #expect(try !back.audit().isClean)
        try back.log.restart(origin: "log.example/2", protection: .unencrypted)
        _ = try back.log.publish(protection: .unencrypted)
        let report = try back.audit()
        #expect(report.failures == [] && report.notes.count == 1, "\(report)")
    }

    @Test func `a backup that lacks only intents is told apart from a lost record, and leaves a trace`() throws {
        let home = try SampleHome()
        try home.log.start(origin: "log.example/1", protection: .unencrypted)
        try TransparencyLogTests.append(5, to: home)
        let backup = try copy(of: home.folder)
        _ = try home.log.publish(protection: .unencrypted)
        for part in ["state", "log"] {
            try? backup.remove(part)
            try FileManager.default.copyItem(atPath: "\(home.folder.path)/\(part)", toPath: "\(backup.path)/\(part)")
        }
        let back = try SampleHome(backup)
        #expect(try back.audit().failures.contains { $0.contains("it was restored from a backup") })
        #expect(try back.log.publish(protection: .unencrypted).head.size == 6)
        #expect(try back.store.records(RecordQuery(kind: StoreStatement.logIncident)).count == 1)
        #expect(try back.audit().failures == [])
        let mark = try #require(try back.logFiles.marks(of: nil, store: back.store.storeID()).first).content.get()
        #expect(try mark.generation == 2 && mark.store == home.store.storeID())
    }

    @Test func `a mark counts every intent`() throws {
        let home = try SampleHome()
        try home.log.start(origin: "log.example/1", protection: .unencrypted)
        for number in 1...3 as ClosedRange<Int64> {
            try TransparencyLogTests.append(1, to: home)
            _ = try home.log.publish(protection: .unencrypted)
            let mark = try #require(try home.logFiles.marks(of: nil, store: home.store.storeID()).first).content.get()
            #expect(try mark.generation == number && mark.head == home.store.frontier().head)
        }
    }

    // MARK: tiles

    @Test func `files that no tree of the store has are found`() throws {
        for path in ["tile/0/x999/999", "tile/0/000.p/9x", "tile/stray", "tile/3/000", "tile/entries/001.p/255"] {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            try AtomicFile.makeFolder("\(folder.path)/log/\(parent)")
            try folder.write([UInt8](repeating: 0, count: 32), to: "log/\(path)")
            #expect(try audit() == ["`\(path)`: does not belong to the log"])
            try folder.remove("log/\(path)")
        }
    }

    @Test func `tiles that are all there but of other records are found without a checkpoint`() throws {
        try folder.remove("log/checkpoint")
        let tile = try #require(folder.files(under: "log/tile").first)
        try folder.write(folder.read(tile).flipping(3, 1), to: tile)
        #expect(try audit().contains { $0.hasPrefix("`\(tile.dropFirst("log/".count))`: byte 3") })
    }

    // MARK: others at work

    @Test func `the audit is clean while others stamp and publish`() async throws {
        let home = try SampleHome(folder)
        let folder = folder
        let writer = Task.detached {
            let other = try SampleHome(folder, clock: home.clock)
            let bob = try other.keeper.open(IdentityName("bob"), .unencrypted)
            for _ in 0..<40 {
                _ = try other.ledger.stamp(samplePayloads(20), as: bob, profile: .batch)
                _ = try other.log.publish(protection: .unencrypted)
            }
        }
        for _ in 0..<12 { #expect(try home.audit().failures == []) }
        try await writer.value
        #expect(try home.audit().failures == [])
    }
}
