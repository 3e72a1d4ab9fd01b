import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

struct LogAuditTests {
    /// A home with chains of every profile, a rotation, a session and a published log, closed and in one file.
    static func filled() throws -> TemporaryFolder {
        let home = try SampleHome()
        let (alice, bob) = (try home.identity("alice"), try home.identity("bob"))
        _ = try home.ledger.stamp(samplePayloads(40), as: alice, profile: .aiss1)
        _ = try home.ledger.stamp(samplePayloads(3), as: alice, profile: .aiss21)
        _ = try home.ledger.stamp(samplePayloads(20), as: bob, profile: .batch)
        let next = try home.ledger.rotate(alice, keeper: home.keeper, protection: .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(4), as: next, profile: .aiss1)
        _ = try home.ledger.stamp([["session_id": "s-1", "event_type": "tool"]], as: bob, profile: .batch)
        let (desk, offer) = (HandshakeDesk(ledger: home.ledger), try CapabilitySet(["read"]))
        let proposal = try desk.propose(as: next, to: bob.document.did, capabilities: offer)
        _ = try desk.confirm(desk.accept(proposal.record.bytes, as: bob, capabilities: offer).record.bytes, as: next)
        try home.log.start(origin: "log.example/audit", protection: .unencrypted)
        try TransparencyLogTests.append(200, to: home)
        _ = try home.log.publish(protection: .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(1), as: bob, profile: .batch)
        // A second checkpoint: partial tiles of the first stay, and so do their files.
        _ = try home.log.publish(protection: .unencrypted)
        _ = try home.ledger.stamp(samplePayloads(1), as: bob, profile: .batch)
        return home.folder
    }

    /// Moves everything from the write-ahead log into the database file.
    private func settle(_ folder: TemporaryFolder) throws {
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
    }

    private func audit(_ folder: TemporaryFolder) -> [String] {
        do {
            return try SampleHome(folder).audit().failures
        } catch let error as any CodedError {
            return ["\(error)"]
        } catch {
            return ["untyped: \(error)"]
        }
    }

    @Test func `a clean home is clean, and everything was looked at`() throws {
        let home = try SampleHome(Self.filled())
        let report = try home.audit()
        #expect(report.failures == [] && report.isClean)
        #expect(report.records == (try home.store.frontier().size))
        #expect(report.checkpoint == (try home.log.published()?.head.size))
        #expect(report.chains == 5)
        #expect(report.tiles == home.folder.files(under: "log/tile").count)
        #expect(report.tiles > TileCoordinate.all(size: report.checkpoint ?? 0).reduce(0) { count, _ in count + 1 })
    }

    @Test func `an empty home is clean`() throws {
        #expect(try SampleHome().audit().failures == [])
    }

    /// What a reader can see of a database: every row of every table, and of every index in its order.
    private func contents(_ path: String) throws -> [String] {
        var configuration = Configuration()
        configuration.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? queue.close() }
        return try queue.read { db in
            // The generation is a counter for processes; no reader depends on its value.
            try [
                "SELECT * FROM sqlite_schema", "SELECT * FROM word", "SELECT * FROM word ORDER BY text", "SELECT * FROM record",
                "SELECT * FROM chain", "SELECT id, store, frontier FROM tree",
                "SELECT agent, position FROM record INDEXED BY record_agent ORDER BY agent",
                "SELECT event_type, position FROM record INDEXED BY record_type WHERE event_type IS NOT NULL ORDER BY event_type",
                "SELECT time, position FROM record INDEXED BY record_time ORDER BY time",
                "SELECT kind, position FROM record INDEXED BY record_kind WHERE sequence IS NULL ORDER BY kind",
                "SELECT session, position FROM record INDEXED BY record_session WHERE session IS NOT NULL ORDER BY session",
                "SELECT digest, position FROM record INDEXED BY record_digest ORDER BY digest",
                "SELECT nonce, position FROM record INDEXED BY record_nonce WHERE nonce IS NOT NULL ORDER BY nonce",
            ].map { try Row.fetchAll(db, sql: $0).description }
        }
    }

    @Test func `a flipped bit anywhere in the database is found, or nothing depends on it`() throws {
        let folder = try Self.filled()
        try settle(folder)
        let path = folder.path + "/ledger.sqlite"
        let golden = try folder.read("ledger.sqlite")
        let before = try contents(path)
        #expect(audit(folder) == [])
        try settle(folder)
        var numbers = Numbers("flipped bits of a database")
        var (found, unused, missed) = (0, 0, [String]())
        // The first hundred bytes are the header: counters and settings, some of which nothing reads.
        for _ in 0..<250 {
            let (byte, bit) = (numbers.next(100..<golden.count), UInt8(numbers.next(0..<8)))
            for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
            try folder.write(golden.flipping(byte, bit), to: "ledger.sqlite")
            let failures = audit(folder)
            if let first = failures.first {
                found += 1
                if first.hasPrefix("untyped") { missed.append("byte \(byte) bit \(bit): \(first)") }
            } else if (try? contents(path)) == before {
                unused += 1
            } else {
                missed.append("byte \(byte) bit \(bit)")
            }
        }
        #expect(missed == [], "seed \(numbers.seed)")
        #expect(found > 100, "\(found) found, \(unused) unused")
        print("flipped bits of a database: \(found) found, \(unused) unused")
    }

    @Test(arguments: [
        ("UPDATE record SET bytes = x'00' WHERE position = 7", "record 7"),
        ("UPDATE record SET bytes = (SELECT bytes FROM record WHERE position = 9) WHERE position = 8", "record 8"),
        ("UPDATE record SET time = time + 1 WHERE position = 7", "record 7"),
        ("UPDATE record SET sequence = 99 WHERE position = 7", "record 7"),
        ("UPDATE record SET session = 1 WHERE position = 7", "record 7"),
        ("UPDATE record SET event_type = NULL WHERE position = 7", "record 7"),
        ("UPDATE record SET digest = digest + 1 WHERE position = 7", "record 7"),
        ("UPDATE record SET nonce = 1 WHERE position = 7", "record 7"),
        ("UPDATE record SET leaf = zeroblob(32) WHERE position = 7", "record 7"),
        ("UPDATE record SET id = zeroblob(32) WHERE position = 7", "record 7"),
        ("UPDATE record SET agent = agent + 1 WHERE position = 7", "record 7"),
        ("DELETE FROM record WHERE position = (SELECT max(position) FROM record)", "tree: "),
        ("DELETE FROM record WHERE position = 7", "database: "),
        ("UPDATE chain SET head = 'x' WHERE profile = 'AISS-1.0'", "chain of"),
        ("UPDATE chain SET ended = 1 - ended", "chain of"), ("UPDATE chain SET count = count + 1", "chain of"),
        ("DELETE FROM chain", "chain of"), ("UPDATE chain SET last_seal = ''", "chain of"),
        ("UPDATE tree SET frontier = zeroblob(8)", "tree: "),
        ("UPDATE word SET text = text || 'x' WHERE text = 'step'", "record "),
    ])
    func `an edit of the database is named by what it broke`(sql: String, finding: String) throws {
        let folder = try Self.filled()
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: sql) }
        try queue.close()
        let failures = audit(folder)
        #expect(failures.contains { $0.hasPrefix(finding) }, "\(failures)")
        #expect(!failures.contains { $0.hasPrefix("untyped") })
    }

    @Test func `two records exchanged consistently still break the tree`() throws {
        let folder = try Self.filled()
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { db in
            let last = try #require(try Int64.fetchOne(db, sql: "SELECT max(position) FROM record"))
            for (from, to) in [(100, last + 1), (101, 100), (last + 1, 101)] as [(Int64, Int64)] {
                try db.execute(sql: "UPDATE record SET position = ? WHERE position = ?", arguments: [to, from])
            }
        }
        try queue.close()
        let failures = audit(folder)
        #expect(
            failures.contains { $0.hasPrefix("tree: ") } && failures.contains { $0.hasPrefix("checkpoint: ") }, "\(failures)")
    }

    @Test func `every damaged tile is named with its first bad byte`() throws {
        let folder = try Self.filled()
        let tiles = folder.files(under: "log/tile")
        #expect(tiles.count >= 6)
        let size = try #require(try SampleHome(folder).log.published()).head.size
        var numbers = Numbers("flipped bits of tiles")
        for tile in tiles {
            let golden = try folder.read(tile)
            for _ in 0..<4 {
                let byte = numbers.next(0..<golden.count)
                try folder.write(golden.flipping(byte, UInt8(numbers.next(0..<8))), to: tile)
                let expected = "`\(tile.dropFirst("log/".count))`: byte \(byte) differs"
                #expect(audit(folder) == [expected], "seed \(numbers.seed)")
            }
            for damaged in [Array(golden.dropLast()), golden + [0], []] {
                try folder.write(damaged, to: tile)
                #expect(audit(folder).contains { $0.hasPrefix("`\(tile.dropFirst("log/".count))`") }, "\(damaged.count) bytes")
            }
            try folder.remove(tile)
            // Old partial tiles are of use to readers of old checkpoints and may go.
            let isNeeded = TileCoordinate.all(size: size).contains { "log/\($0.path)" == tile }
            #expect(audit(folder).contains { $0.hasPrefix("`\(tile.dropFirst("log/".count))`") } == isNeeded)
            try folder.write(golden, to: tile)
        }
        #expect(audit(folder) == [])
    }

    @Test(arguments: ["log/checkpoint", "log/vkeys"])
    func `every flipped bit of the checkpoint and its keys is found`(file: String) throws {
        let folder = try Self.filled()
        let home = try SampleHome(folder)
        let golden = try folder.read(file)
        for flip in bitFlips(of: golden) where flip.byte % (golden.count > 1000 ? 5 : 1) == 0 {
            try folder.write(golden.flipping(flip.byte, flip.bit), to: file)
            // The log's part of the audit; the records were audited elsewhere.
            let found = code { _ = try home.log.published() }
            #expect(found != nil && found?.hasPrefix("untyped") == false, "byte \(flip.byte) bit \(flip.bit)")
        }
        try folder.write(golden.flipping(golden.count / 2, 1), to: file)
        #expect(audit(folder).first?.hasPrefix("checkpoint: ") == true)
    }

    @Test func `events without a seal and an edited seal are found`() throws {
        let home = try SampleHome()
        let bob = try home.identity("bob")
        _ = try home.ledger.stamp(samplePayloads(3), as: bob, profile: .batch)
        let state = try #require(try home.store.chain(bob.document.agentID.text))
        let event = try BatchEvent(
            agentID: bob.document.agentID, timestamp: 5, nonce: "n", payload: JSONObject(), previousHash: state.head)
        _ = try home.store.append([NewRecord(event, sequence: 3)], moving: [])
        #expect(try home.audit().failures.contains { $0.contains("1 events have no seal") })
    }

    @Test func `a forged event is named by its position`() throws {
        let home = try SampleHome()
        let (alice, bob) = (try home.identity("alice"), try home.identity("bob"))
        _ = try home.ledger.stamp(samplePayloads(2), as: alice, profile: .aiss1)
        // An event of Bob's key in the chain of Alice, stored as a damaged or hostile process would.
        let stamper = try EventStamper(bob.keys.aiss, agentID: bob.document.classicalAgentID)
        let state = try #require(try home.store.chain(alice.document.classicalAgentID.text))
        let stamped = try stamper.stamp(
            JSONObject(), profile: .aiss1, timestamp: 1_800_000_000, nonce: "n", previousHash: state.head)
        let text = String(decoding: stamped.bytes, as: UTF8.self).replacingOccurrences(
            of: bob.document.classicalAgentID.text, with: alice.document.classicalAgentID.text)
        let forged = try NewRecord.derive(kind: "AISS-1.0", bytes: Array(text.utf8), sequence: 2)
        let position = try home.store.append([forged], moving: [])
        #expect(try home.audit().failures.contains { $0.hasPrefix("record \(position): ledger.event_signature_invalid") })
    }

    @Test func `no more failures are collected than are read`() throws {
        let folder = try Self.filled()
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: "UPDATE record SET time = time + 1") }
        try queue.close()
        #expect(audit(folder).count == LogAudit.maximumFailures)
    }
}

/// Numbers from `CHANCERY_SEED` or a fixed seed, printed so that a failure can be repeated.
private struct Numbers {
    let seed: UInt64
    private var state: UInt64

    init(_ name: String) {
        seed = ProcessInfo.processInfo.environment["CHANCERY_SEED"].flatMap { UInt64($0) } ?? 0x5eed_2026
        state = seed
        print("\(name): seed \(seed)")
    }

    mutating func next(_ range: Range<Int>) -> Int {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return range.lowerBound + Int((mixed ^ mixed >> 31) % UInt64(range.count))
    }
}
