internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Re-verifies a whole store against itself, its tiles and its checkpoint, trusting none of them.
///
/// Records are read once in log order: each is derived again from its bytes, its chain is verified with the registry's
/// keys, and its leaf is compared with the tiles.
public struct LogAudit {
    /// What was found and what was looked at.
    public struct Report: Sendable {
        public var records: UInt64 = 0
        public var chains = 0
        public var tiles = 0
        /// The size that the checkpoint covers; nil when none was published.
        public var checkpoint: UInt64?
        /// The first of these is the first bad byte in log order.
        public var failures: [String] = []
        public var isClean: Bool { failures.isEmpty }
    }

    /// More failures than this are not collected.
    public static let maximumFailures = 20

    private let store: any RecordStore & RecordIndex & RecordAudit & SigningFence
    private let log: TransparencyLog
    private var report = Report()

    public init(store: any RecordStore & RecordIndex & RecordAudit & SigningFence, log: TransparencyLog) {
        self.store = store
        self.log = log
    }

    /// Runs the audit. `progress` is called now and then with the records done and the total.
    public static func run(
        store: any RecordStore & RecordIndex & RecordAudit & SigningFence, log: TransparencyLog,
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Report {
        var audit = LogAudit(store: store, log: log)
        try audit.run(progress)
        return audit.report
    }

    private mutating func run(_ progress: (UInt64, UInt64) -> Void) throws {
        for failure in try store.integrityFailures() { note("database: \(failure)") }
        let stored: MerkleFrontier
        do {
            stored = try store.frontier()
        } catch {
            return note("tree: \(error)")
        }
        var frontier = MerkleFrontier()
        var leaves: [Digest256] = []
        var entries: [[UInt8]] = []
        var chains = ChainAudit(registry: IdentityRegistry(store: store))
        var query = RecordQuery(limit: 2000)
        while frontier.size < stored.size, report.failures.count < Self.maximumFailures {
            let page: [StoredRecord]
            do {
                page = try store.records(query)
            } catch {
                return note("record \(frontier.size) or one after it: \(error)")
            }
            guard !page.isEmpty else { break }
            for record in page {
                let expected = check(record)
                for finding in chains.check(record) { note("record \(record.position): \(finding)") }
                frontier.append(expected?.leaf ?? record.leaf)
                leaves.append(expected?.leaf ?? record.leaf)
                if let entry = try? LogEntry(type: record.kind, id: record.id, envelope: record.bytes) {
                    entries.append(entry.encoded)
                } else {
                    entries.append([])
                }
            }
            report.records = frontier.size
            query.after = page.last?.position
            progress(frontier.size, stored.size)
        }
        for finding in try chains.finish(store.chains()) { note(finding) }
        report.chains = chains.count
        if frontier != stored { note("tree: the stored tree of \(stored.size) leaves is not that of the records") }
        try checkPublished(leaves, entries)
    }

    private mutating func check(_ record: StoredRecord) -> NewRecord? {
        do {
            let expected = try NewRecord.derive(kind: record.kind, bytes: record.bytes, sequence: record.sequence)
            if let difference = try store.difference(from: expected, at: record.position) {
                note("record \(record.position): \(difference)")
            }
            return expected
        } catch {
            note("record \(record.position): \(error)")
            return nil
        }
    }

    // MARK: what was published

    private mutating func checkPublished(_ leaves: [Digest256], _ entries: [[UInt8]]) throws {
        let head: TreeHead
        do {
            guard let published = try log.published() else { return }
            head = published.head
        } catch {
            return note("checkpoint: \(error)")
        }
        report.checkpoint = head.size
        guard head.size <= UInt64(leaves.count) else {
            return note("checkpoint: it covers \(head.size) records, the store has \(leaves.count)")
        }
        if MerkleTree.root(of: Array(leaves.prefix(Int(head.size)))) != head.root {
            note("checkpoint: the records do not give its root")
        }
        if let origin = try log.verifierKeys()?.first?.name.text {
            do {
                if let mark = try log.files.highWater(of: origin) {
                    if mark.size > UInt64(leaves.count) {
                        note("high-water mark: a tree of \(mark.size) was intended, the store has \(leaves.count)")
                    } else if MerkleTree.root(of: Array(leaves.prefix(Int(mark.size)))) != mark.root {
                        note("high-water mark: the records do not give its root")
                    }
                }
            } catch {
                note("high-water mark: \(error)")
            }
        }
        var expected = MemoryTiles()
        var grown = TreeHead.empty
        while grown.size < head.size {
            let end = min(Int(grown.size) + 8192, Int(head.size))
            let plan = try TilePlan(from: grown, appending: Array(entries[Int(grown.size)..<end]), reader: expected)
            expected.write(plan.files)
            grown = plan.new
        }
        for coordinate in TileCoordinate.all(size: head.size) {
            report.tiles += 1
            do {
                let stored = try log.files.tile(coordinate)
                let right = try expected.tile(coordinate)
                // A partial tile may stand on disk in its full form.
                if let offset = zip(stored, right).enumerated().first(where: { $1.0 != $1.1 })?.offset {
                    note("`\(coordinate.path)`: byte \(offset) differs")
                } else if stored.count < right.count {
                    note("`\(coordinate.path)`: ends at byte \(stored.count)")
                } else if stored.count > right.count, coordinate.isFull {
                    note("`\(coordinate.path)`: byte \(right.count) and those after it do not belong there")
                }
            } catch {
                note("`\(coordinate.path)`: \(error)")
            }
            if report.failures.count >= Self.maximumFailures { return }
        }
    }

    private mutating func note(_ failure: String) {
        if report.failures.count < Self.maximumFailures { report.failures.append(failure) }
    }
}
