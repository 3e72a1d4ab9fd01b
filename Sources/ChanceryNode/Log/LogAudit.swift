public import ChanceryLedger
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
        /// What is no damage and should be known.
        public var notes: [String] = []
        /// The first of these is the first bad byte in log order.
        public var failures: [String] = []
        public var isClean: Bool { failures.isEmpty }
    }

    /// More failures than this are not collected.
    public static let maximumFailures = 20

    let log: TransparencyLog
    let pinned: CheckpointVerifier?
    var report = Report()
    private let store: any RecordStore & RecordIndex & RecordAudit & SigningFence

    private init(
        store: any RecordStore & RecordIndex & RecordAudit & SigningFence, log: TransparencyLog, pinned: CheckpointVerifier?
    ) {
        self.store = store
        self.log = log
        self.pinned = pinned
    }

    /// Runs the audit. `progress` is called now and then with the records done and the total.
    ///
    /// - Parameter pinned: the log's keys as the caller knows them from elsewhere. Without them the audit trusts the
    ///   keys beside the checkpoint, which whoever exchanges the whole home exchanges too.
    public static func run(
        store: any RecordStore & RecordIndex & RecordAudit & SigningFence, log: TransparencyLog,
        pinned: CheckpointVerifier? = nil, progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) throws -> Report {
        var audit = LogAudit(store: store, log: log, pinned: pinned)
        try audit.run(progress)
        return audit.report
    }

    private mutating func run(_ progress: (UInt64, UInt64) -> Void) throws {
        // What was published comes first: the records that are read after it cover it, whoever appends meanwhile.
        let published = PublishedLog(log)
        for failure in try store.integrityFailures() { note("database: \(failure)") }
        let snapshot: StoreSnapshot
        do {
            snapshot = try store.snapshot()
        } catch {
            return note("tree: \(error)")
        }
        let stored = snapshot.frontier
        var frontier = MerkleFrontier()
        var entries: [[UInt8]] = []
        var statements: [LogStartStatement] = []
        var chains = ChainAudit(registry: IdentityRegistry(store: store))
        var query = RecordQuery(limit: 2000)
        while frontier.size < snapshot.records, report.failures.count < Self.maximumFailures {
            let page: [StoredRecord]
            do {
                page = try store.records(query).filter { $0.position < snapshot.records }
            } catch {
                return note("record \(frontier.size) or one after it: \(error)")
            }
            guard !page.isEmpty else { break }
            for record in page {
                let expected = check(record)
                for finding in chains.check(record) { note("record \(record.position): \(finding)") }
                frontier.append(expected?.leaf ?? record.leaf)
                let entry = try? LogEntry(
                    type: expected?.kind ?? record.kind, id: expected?.id ?? record.id, envelope: record.bytes)
                entries.append(entry?.encoded ?? [])
                if record.kind == StoreStatement.logStart, let statement = LogStartStatement(record.bytes) {
                    statements.append(statement)
                }
            }
            report.records = frontier.size
            query.after = page.last?.position
            progress(frontier.size, snapshot.records)
        }
        for finding in chains.finish(snapshot.chains) { note(finding) }
        report.chains = chains.count
        if frontier != stored { note("tree: the stored tree of \(stored.size) leaves is not that of the records") }
        let rows = TileRows(entries: entries)
        let head = checkCheckpoint(published, rows)
        checkMarks(published, rows, snapshot, statements)
        checkTiles(published, rows, head)
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

    mutating func note(_ failure: String) {
        if report.failures.count < Self.maximumFailures { report.failures.append(failure) }
    }
}
