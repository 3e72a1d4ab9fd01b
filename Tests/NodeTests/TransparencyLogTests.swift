import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChancerySuite
import ChanceryWire
import TestKit
import Testing

struct TransparencyLogTests {
    private let home: SampleHome
    private let origin = "log.example/alice"

    init() throws {
        home = try SampleHome()
        try home.log.start(origin: origin, protection: .unencrypted)
    }

    private func append(_ count: Int) throws { try Self.append(count, to: home) }

    /// Adds `count` records that no other call adds.
    static func append(_ count: Int, to home: SampleHome) throws {
        let start = Int(try home.store.frontier().size)
        _ = try home.store.append(
            (start..<start + count).map {
                try StoreStatement.refusal(of: "sample \($0)", NodeError(.rejected, "sample"), at: SampleKeys.time(0)).record()
            }, moving: [])
    }

    private func publish() throws -> VerifiedCheckpoint { try home.log.publish(protection: .unencrypted) }
    private func refusal() -> String? { code { _ = try publish() } }
    private var incidents: [String] {
        get throws {
            try home.store.records(RecordQuery(kind: StoreStatement.logIncident, limit: 100)).map {
                try JSONParser.parse($0.bytes)["code"]?.string ?? ""
            }
        }
    }

    @Test func `checkpoints cover everything stored and continue each other`() throws {
        var heads: [TreeHead] = []
        for count in [0, 1, 2, 253, 1, 300] {
            try append(count)
            let checkpoint = try publish()
            #expect(try checkpoint.head == home.store.frontier().head)
            #expect(try home.log.published() == checkpoint)
            heads.append(checkpoint.head)
        }
        let leaves = try home.store.leaves(0..<1000)
        for head in heads { #expect(MerkleTree.root(of: Array(leaves.prefix(Int(head.size)))) == head.root) }
        #expect(try home.audit().failures == [])
    }

    @Test func `nothing new gives the same bytes`() throws {
        try append(3)
        let first = try publish()
        let bytes = try home.logFiles.read(.checkpoint)
        home.clock.turn(by: 10)
        #expect(try publish() == first && home.logFiles.read(.checkpoint) == bytes)
    }

    @Test func `every record is proved offline, by nobody else's keys`() throws {
        try append(300)
        _ = try publish()
        let verifier = try home.log.verifier()
        let other = try SampleHome()
        try other.log.start(origin: origin, protection: .unencrypted)
        for record in try home.store.records(RecordQuery(limit: 1000)) where record.position % 37 == 0 {
            let proof = try LogProof(decoding: home.log.prove(record.position).encoded)
            let entry = try LogEntry(type: record.kind, id: record.id, envelope: record.bytes).encoded
            #expect(try proof.verify(entry: entry, by: verifier).head.size == 300)
            #expect(throws: LedgerError.self) { try proof.verify(entry: entry + [1], by: verifier) }
            #expect(throws: LedgerError.self) { try proof.verify(entry: entry, by: other.log.verifier()) }
        }
    }

    @Test func `what is newer than the checkpoint has no proof yet`() throws {
        #expect(code { _ = try home.log.prove(0) } == "node.not_found")
        try append(2)
        _ = try publish()
        try append(1)
        _ = try home.log.prove(1)
        #expect(code { _ = try home.log.prove(2) } == "node.not_found")
        #expect(code { _ = try home.log.prove(.max) } == "node.not_found")
    }

    @Test func `a log starts once, with a passphrase if one is given`() throws {
        #expect(code { try home.log.start(origin: "other.example", protection: .unencrypted) } == "node.already_exists")
        let other = try SampleHome()
        #expect(code { _ = try other.log.publish(protection: .unencrypted) } == "node.not_found")
        let parameters = try ScryptParameters(logN: 10, blockSize: 8, parallelism: 1)
        func protection(_ text: String) throws -> KeyProtection { try KeyProtection(Passphrase(text), parameters: parameters) }
        try other.log.start(origin: origin, protection: protection("right"))
        #expect(code { _ = try other.log.publish(protection: protection("wrong")) } == "ledger.wrong_passphrase")
        #expect(code { _ = try other.log.publish(protection: .unencrypted) } == "node.passphrase_required")
        _ = try other.log.publish(protection: protection("right"))
    }

    @Test func `lost keys of a published log are not replaced under its origin`() throws {
        try append(1)
        _ = try publish()
        try home.folder.remove("private/log.key")
        #expect(refusal() == "node.key_missing")
        #expect(code { try home.log.start(origin: origin, protection: .unencrypted) } == "node.key_missing")
        try home.log.restart(origin: "log.example/2", protection: .unencrypted)
        #expect(try publish().checkpoint.origin.text == "log.example/2")
    }

    @Test func `keys of another log are refused`() throws {
        let other = try SampleHome()
        try other.log.start(origin: origin, protection: .unencrypted)
        try home.folder.write(other.folder.read("private/log.key"), to: "private/log.key")
        #expect(refusal() == "store.corrupt")
    }

    // MARK: rollback (rule L5)

    /// The files of the home around an empty database.
    private func restored() throws -> SampleHome {
        let folder = TemporaryFolder()
        for file in home.folder.files() where !file.hasPrefix("ledger.sqlite") {
            let parent = file.split(separator: "/").dropLast().joined(separator: "/")
            try AtomicFile.makeFolder("\(folder.path)/\(parent)")
            try folder.write(home.folder.read(file), to: file)
        }
        return try SampleHome(folder, clock: home.clock)
    }

    @Test(arguments: [1, 200])
    func `a restored older database is refused, with a record of it`(growth: Int) throws {
        try append(5)
        _ = try publish()
        let old = try home.store.records(RecordQuery(limit: 100))
        try append(growth)
        let last = try publish()
        // The same files around a database that holds the older records alone.
        let back = try restored()
        _ = try back.store.append(old.map { try NewRecord.derive(kind: $0.kind, bytes: $0.bytes, sequence: nil) }, moving: [])
        for attempt in 1...3 {
            let refused = code { _ = try back.log.publish(protection: .unencrypted) }
            #expect(refused == (growth == 1 && attempt > 1 ? "ledger.log_inconsistent" : "ledger.log_rollback"))
            let incidents = try back.store.records(RecordQuery(kind: StoreStatement.logIncident))
            #expect(incidents.count == attempt)
        }
        #expect(try back.log.published() == last)
        // Also when the store has grown past the old size again.
        try Self.append(300, to: back)
        #expect(code { _ = try back.log.publish(protection: .unencrypted) } == "ledger.log_inconsistent")
        #expect(try back.log.published() == last)
    }

    @Test func `the high-water mark alone tells of a rollback`() throws {
        try append(5)
        _ = try publish()
        let old = try home.store.records(RecordQuery(limit: 100))
        let checkpoint = try #require(try home.logFiles.read(.checkpoint))
        try append(4)
        _ = try publish()
        let back = try restored()
        // The checkpoint came back with the backup, the mark did not.
        try back.logFiles.write(checkpoint, as: .checkpoint)
        _ = try back.store.append(old.map { try NewRecord.derive(kind: $0.kind, bytes: $0.bytes, sequence: nil) }, moving: [])
        #expect(code { _ = try back.log.publish(protection: .unencrypted) } == "ledger.log_rollback")
        #expect(try !back.audit().isClean)
    }

    @Test func `a database with another record at an old place is refused`() throws {
        try append(5)
        _ = try publish()
        let back = try restored()
        try Self.append(9, to: back)
        #expect(code { _ = try back.log.publish(protection: .unencrypted) } == "ledger.log_inconsistent")
        #expect(try back.store.records(RecordQuery(kind: StoreStatement.logIncident)).count == 1)
    }

    @Test func `a log continues under a new origin that names the last head`() throws {
        try append(5)
        let last = try publish()
        let back = try restored()
        #expect(code { _ = try back.log.publish(protection: .unencrypted) } == "ledger.log_rollback")
        #expect(code { try back.log.restart(origin: origin, protection: .unencrypted) } == "node.already_exists")
        try back.log.restart(origin: "log.example/again", protection: .unencrypted)
        let checkpoint = try back.log.publish(protection: .unencrypted)
        #expect(checkpoint.checkpoint.origin.text == "log.example/again")
        let statement = try #require(try back.store.records(RecordQuery(kind: StoreStatement.logStart)).first)
        let members = try JSONParser.parse(statement.bytes)
        #expect(members["previous_origin"]?.string == origin && members["previous_size"]?.integer == 5)
        #expect(members["previous_root"]?.string == Hex.encode(last.head.root.bytes))
        let report = try back.audit()
        #expect(report.failures == [])
    }

    @Test func `a restart names the larger of checkpoint and mark`() throws {
        try append(5)
        _ = try publish()
        let mark = try #require(home.folder.files(under: "state").first)
        let old = try home.folder.read(mark)
        try append(4)
        let last = try publish()
        try home.folder.write(old, to: mark)
        try home.log.restart(origin: "log.example/again", protection: .unencrypted)
        let statement = try #require(try home.store.records(RecordQuery(kind: StoreStatement.logStart)).first)
        let members = try JSONParser.parse(statement.bytes)
        #expect(members["previous_size"]?.integer == 9)
        #expect(members["previous_root"]?.string == Hex.encode(last.head.root.bytes))
        #expect(members["unreadable"] == [])
        _ = try publish()
        #expect(try home.audit().failures == [])
    }

    // MARK: crashes

    @Test(arguments: [false, true])
    func `after a crash at any write the log goes on and never contradicts itself`(hasActed: Bool) throws {
        var step = 0
        while true {
            let home = try SampleHome()
            try home.log.start(origin: origin, protection: .unencrypted)
            try Self.append(250, to: home)
            _ = try home.log.publish(protection: .unencrypted)
            try Self.append(270, to: home)
            let files = CrashingLogFiles(home.logFiles, at: step, acting: hasActed)
            let crashing = TransparencyLog(store: home.store, files: files, now: home.clock.now)
            _ = code { _ = try crashing.publish(protection: .unencrypted) }
            let before = try home.log.published()
            try Self.append(7, to: home)
            let watched = CrashingLogFiles(home.logFiles)
            let log = TransparencyLog(store: home.store, files: watched, now: home.clock.now)
            let after = try log.publish(protection: .unencrypted)
            #expect(after.head.size == 527 && after.head.size >= before?.head.size ?? 0)
            // Whatever was signed, before the crash or after it, is a prefix of the store.
            let leaves = try home.store.leaves(0..<527)
            for note in files.signed + watched.signed {
                let head = try log.verifier().verify(UnverifiedCheckpoint(decoding: note)).head
                #expect(MerkleTree.root(of: Array(leaves.prefix(Int(head.size)))) == head.root, "step \(step)")
            }
            #expect(try home.audit().failures == [], "step \(step)")
            guard files.hasCrashed else { break }
            step += 1
        }
        // High-water mark, bundles, hashes of two levels, checkpoint.
        #expect(step >= 7)
    }

    @Test(arguments: [false, true])
    func `after a crash between intent and checkpoint a rollback is still seen`(hasActed: Bool) throws {
        var step = 0
        while true {
            let home = try SampleHome()
            try home.log.start(origin: origin, protection: .unencrypted)
            try Self.append(3, to: home)
            let old = try home.store.records(RecordQuery(limit: 100))
            try Self.append(3, to: home)
            let files = CrashingLogFiles(home.logFiles, at: step, acting: hasActed)
            _ = code {
                _ = try TransparencyLog(store: home.store, files: files, now: home.clock.now).publish(protection: .unencrypted)
            }
            let other = try SQLiteStore(path: home.folder.path + "/other.sqlite")
            _ = try other.append(old.map { try NewRecord.derive(kind: $0.kind, bytes: $0.bytes, sequence: nil) }, moving: [])
            let log = TransparencyLog(store: other, files: home.logFiles, now: home.clock.now)
            let refused = code { _ = try log.publish(protection: .unencrypted) }
            // Until the intent is on disk nothing can have been signed.
            #expect(refused == (step == 0 && !hasActed ? nil : "ledger.log_rollback"), "step \(step)")
            guard files.hasCrashed else { break }
            step += 1
        }
    }

    @Test(arguments: [false, true])
    func `after a crash at any write of a start or a restart the log can be brought up`(hasActed: Bool) throws {
        for isRestart in [false, true] {
            var step = 0
            while true {
                let home = try SampleHome()
                if isRestart {
                    try home.log.start(origin: "old.example", protection: .unencrypted)
                    try Self.append(3, to: home)
                    _ = try home.log.publish(protection: .unencrypted)
                }
                let files = CrashingLogFiles(home.logFiles, at: step, acting: hasActed)
                let crashing = TransparencyLog(store: home.store, files: files, now: home.clock.now)
                let crashed = code {
                    isRestart
                        ? try crashing.restart(origin: origin, protection: .unencrypted)
                        : try crashing.start(origin: origin, protection: .unencrypted)
                }
                // What a person would try next, in this order.
                let again =
                    crashed == nil
                    ? nil
                    : code { try home.log.start(origin: origin, protection: .unencrypted) }
                if isRestart, again != nil { _ = code { try home.log.restart(origin: origin, protection: .unencrypted) } }
                let checkpoint = try home.log.publish(protection: .unencrypted)
                #expect(checkpoint.checkpoint.origin.text == origin, "step \(step)")
                #expect(try home.audit().failures == [], "step \(step)")
                if isRestart {
                    #expect(try !home.store.records(RecordQuery(kind: StoreStatement.logStart)).isEmpty, "step \(step)")
                }
                guard files.hasCrashed else { break }
                step += 1
            }
            #expect(step >= 2)
        }
    }

    @Test func `several processes publish one after the other`() async throws {
        try append(20)
        let (folder, clock) = (home.folder, home.clock)
        let failures = await inParallel(Array(0..<3)) { _ -> String? in
            do {
                let other = try SampleHome(folder, clock: clock)
                for _ in 0..<5 {
                    try Self.append(3, to: other)
                    _ = try other.log.publish(protection: .unencrypted)
                }
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(failures == [])
        #expect(try publish().head.size == 65)
        #expect(try home.audit().failures == [])
    }
}
