public import ChanceryLedger
public import ChanceryNode
public import ChancerySuite
internal import ChanceryWire
internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

/// The embedded store: one SQLite file in WAL mode with full synchronisation (rule L1).
///
/// Several processes may open it at once. Every append is one immediate transaction, so the head of the log and the
/// heads of chains move under one lock.
public final class SQLiteStore: RecordStore, RecordIndex, SigningFence, RecordAudit {
    let pool: any DatabaseWriter
    private let isReadOnly: Bool
    /// So many moments at most are under way. Their bodies wait for locks that others hold while they read, so there is always
    /// a reader that no moment has.
    private static let moments = 3
    private let momentRoom = DispatchSemaphore(value: moments)
    // By bytes: a `String` takes two spellings of one character for the same word.
    private let words = Mutex<[[UInt8]: Int64]>([:])

    /// Opens or creates the store at `path`, readable by its owner alone.
    ///
    /// - Parameter readOnly: nothing is created or written. A store that this user may not write to is read as it lies on disk.
    /// - Throws: `store.unsafe` on a network filesystem or when full synchronisation is not in force;
    ///   `store.unavailable` when the file cannot be used.
    public init(path: String, readOnly: Bool = false) throws {
        try LocalFilesystem.require(for: path)
        isReadOnly = readOnly
        let access = StoreAccess(path, readOnly: readOnly)
        var configuration = Configuration()
        configuration.busyMode = .timeout(30)
        configuration.readonly = !access.mayWriteFiles
        configuration.maximumReaderCount = Self.moments + 1
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA cache_size = -65536")
        }
        do {
            pool = readOnly ? try Self.reader(access.address, configuration) : try Self.writer(path, configuration)
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    /// Not a pool, which would write to the file in order to make a WAL.
    private static func reader(_ address: String, _ configuration: Configuration) throws -> any DatabaseWriter {
        let queue = try DatabaseQueue(path: address, configuration: configuration)
        try queue.read { try Schema.requireVersion($0) }
        return queue
    }

    private static func writer(_ path: String, _ configuration: Configuration) throws -> any DatabaseWriter {
        StoreAccess.create(path)
        let pool = try DatabasePool(path: path, configuration: configuration)
        try pool.writeWithoutTransaction { db in
            // The pool sets NORMAL on its own after opening; what counts is what the writer says afterwards.
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000")
            try Self.requireFullSync(db)
            try Schema.prepare(db, emptyFrontier: MerkleFrontier().encoded)
        }
        return pool
    }

    /// Reads the writer's setting back (rule L1).
    public func synchronousLevel() throws -> Int {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA synchronous") ?? 0 }
    }

    private static func requireFullSync(_ db: Database) throws {
        guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2,
            try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal"
        else { throw NodeError(.storeUnsafe, "the database does not synchronise every commit") }
    }

    /// - Throws: `store.unavailable` in a store that was opened for reading.
    func requireWritable() throws {
        if isReadOnly { throw NodeError(.storeUnavailable, "the store was opened for reading; nothing was stored") }
    }

    // MARK: appending

    public func append(_ records: [NewRecord], moving moves: [ChainMove]) throws -> UInt64 {
        try requireWritable()
        precondition(Moment.current?.pool !== pool, "what a moment decided is appended after it")
        do {
            var first: UInt64 = 0
            var learned: [[UInt8]: Int64] = [:]
            try pool.writeWithoutTransaction { db in
                try Self.requireFullSync(db)
                try db.inTransaction(.immediate) {
                    for move in moves { try Self.swap(move, in: db) }
                    var frontier = try Self.frontier(db)
                    first = frontier.size
                    let insertion = try Insertion(db)
                    var position = Int64(frontier.size)
                    for record in records {
                        try insertion.insert(record, at: position) { try self.word($0, in: db, &learned) }
                        frontier.append(record.leaf)
                        position += 1
                    }
                    try db.cachedStatement(sql: "UPDATE tree SET frontier = ? WHERE id = 1")
                        .execute(arguments: [Data(frontier.encoded)])
                    return .commit
                }
            }
            // Only what is committed may be remembered.
            words.withLock { $0.merge(learned) { old, _ in old } }
            return first
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    private static func swap(_ move: ChainMove, in db: Database) throws {
        guard try chain(move.agent, in: db) == move.expected else {
            throw NodeError(.storeConflict, "the chain of `\(move.agent)` has moved")
        }
        try move.requireGrowth()
        // A damaged row must not look like a chain that has not begun: its agent would fork itself.
        if move.expected == nil, try hasEvents(move.agent, in: db) {
            throw NodeError(.storeCorrupt, "the chain of `\(move.agent)` has events and no head; run `log audit`")
        }
        let state = move.new
        try db.cachedStatement(
            sql: """
                INSERT INTO chain (agent, count, head, timestamp, profile, ended, seals, last_seal)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (agent) DO UPDATE SET count = excluded.count, head = excluded.head,
                timestamp = excluded.timestamp, profile = excluded.profile, ended = excluded.ended,
                seals = excluded.seals, last_seal = excluded.last_seal
                """
        ).execute(arguments: [
            move.agent, state.count, state.head, state.timestamp, state.profile, state.hasEnded, state.seals, state.lastSeal,
        ])
    }

    private static func hasEvents(_ agent: String, in db: Database) throws -> Bool {
        try Bool.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT EXISTS (SELECT 1 FROM record JOIN word ON word.id = record.agent
                    WHERE word.text = ? AND record.sequence IS NOT NULL)
                    """), arguments: [agent]) ?? false
    }

    /// The number of `text`, given out on first use. `learned` holds what this transaction added.
    private func word(_ text: String, in db: Database, _ learned: inout [[UInt8]: Int64]) throws -> Int64 {
        let key = Array(text.utf8)
        if let known = words.withLock({ $0[key] }) ?? learned[key] { return known }
        let statement = try db.cachedStatement(sql: "SELECT id FROM word WHERE text = ?")
        let id: Int64
        if let found = try Int64.fetchOne(statement, arguments: [text]) {
            id = found
        } else {
            try db.cachedStatement(sql: "INSERT INTO word (text) VALUES (?)").execute(arguments: [text])
            id = db.lastInsertedRowID
        }
        learned[key] = id
        return id
    }

    // MARK: reading

    public func chain(_ agent: String) throws -> ChainState? {
        try readOnce { try Self.chain(agent, in: $0) }
    }

    private static func chain(_ agent: String, in db: Database) throws -> ChainState? {
        try Row.fetchOne(
            db.cachedStatement(sql: "\(ChainState.columns) WHERE agent = ?"), arguments: [agent]
        ).map { try ChainState($0) }
    }

    public func chains() throws -> [(agent: String, state: ChainState)] {
        try read { db in
            try Row.fetchAll(db, sql: "\(ChainState.columns) ORDER BY chain.agent").map {
                (try StoredText.decode($0, "agent"), try ChainState($0))
            }
        }
    }

    public func hasNonce(_ nonce: String, of agent: String) throws -> Bool {
        try read { db in
            let rows = try Row.fetchCursor(
                db.cachedStatement(
                    sql: """
                        SELECT (SELECT CAST(text AS BLOB) FROM word WHERE id = record.kind) AS kind, record.bytes
                        FROM record JOIN word ON word.id = record.agent WHERE record.nonce = ? AND word.text = ?
                        """), arguments: [ShortDigest.of(nonce), agent])
            while let row = try rows.next() {
                let bytes = Array(try row.decode(Data.self, forColumn: "bytes"))
                let record = try? NewRecord.derive(kind: StoredText.decode(row, "kind"), bytes: bytes, sequence: nil)
                // A row that cannot be read may be the one: the agent takes another nonce.
                guard let found = record?.nonce, !found.utf8.elementsEqual(nonce.utf8) else { return true }
            }
            return false
        }
    }

    public func frontier() throws -> MerkleFrontier { try readOnce(Self.frontier) }

    static func frontier(_ db: Database) throws -> MerkleFrontier {
        guard let bytes = try Data.fetchOne(db.cachedStatement(sql: "SELECT frontier FROM tree WHERE id = 1")) else {
            throw NodeError(.storeCorrupt, "the store has no tree")
        }
        do {
            let frontier = try MerkleFrontier(decoding: Array(bytes))
            // Far beyond any store, and far enough from the end of the numbers to count on.
            guard frontier.size <= 1 << 48 else { throw NodeError(.storeCorrupt, "the store's tree is damaged") }
            return frontier
        } catch let error as WireError {
            throw NodeError(.storeCorrupt, "the store's tree is damaged: \(error.detail)")
        }
    }

    public func leaves(_ range: Range<UInt64>) throws -> [Digest256] {
        guard let bounds = Self.bounds(range) else { return [] }
        return try read { db in
            let rows = try Row.fetchCursor(
                db, sql: "SELECT position, leaf FROM record WHERE position >= ? AND position < ? ORDER BY position",
                arguments: [bounds.lowerBound, bounds.upperBound])
            var leaves: [Digest256] = []
            leaves.reserveCapacity(min(bounds.count, 1 << 20))
            while let row = try rows.next() {
                let position = try row.decode(Int64.self, atIndex: 0)
                guard let leaf = Digest256(Array(try row.decode(Data.self, atIndex: 1))),
                    position == bounds.lowerBound + Int64(leaves.count)
                else {
                    throw NodeError(.storeCorrupt, "record \(position) has no usable leaf")
                }
                leaves.append(leaf)
            }
            return leaves
        }
    }

    private static func bounds(_ range: Range<UInt64>) -> Range<Int64>? {
        let limit = UInt64(Int64.max)
        let lower = min(range.lowerBound, limit)
        let upper = min(range.upperBound, limit)
        return lower < upper ? Int64(lower)..<Int64(upper) : nil
    }

    func read<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            if let moment = Moment.current, moment.pool === pool { return try body(moment.database) }
            return try pool.read(body)
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    /// Runs a single statement that reads. It sees one state of the store by itself; a transaction around it would cost more
    /// than the statement.
    private func readOnce<Value>(_ body: (Database) throws -> Value) throws -> Value {
        do {
            if let moment = Moment.current, moment.pool === pool { return try body(moment.database) }
            return try pool.unsafeRead(body)
        } catch {
            throw StorageFailure.translate(error)
        }
    }
}

extension SQLiteStore {
    /// The transaction that reads on this thread belong to.
    ///
    /// Unchecked because a connection stays on the thread that lent it: `body` of ``atOneMoment(_:)`` suspends nowhere, and the
    /// value is gone when it returns.
    private struct Moment: @unchecked Sendable {
        @TaskLocal static var current: Moment?

        let pool: any DatabaseWriter
        let database: Database
    }

    public func atOneMoment<Value>(_ body: () throws -> Value) throws -> Value {
        // One inside another is the same one; one of another store is its own.
        guard Moment.current?.pool !== pool else { return try body() }
        momentRoom.wait()
        defer { momentRoom.signal() }
        var result: Result<Value, any Error>?
        do {
            try pool.read { database in
                result = Result { try Moment.$current.withValue(Moment(pool: pool, database: database)) { try body() } }
            }
        } catch {
            throw StorageFailure.translate(error)
        }
        guard let result else { throw NodeError(.storeUnavailable, "the store gave no moment to read at") }
        return try result.get()
    }
}

/// Eight bytes that find a row; the row itself decides.
enum ShortDigest {
    static func of(_ text: String) -> Int64 { of(Digest.sha256(Array(text.utf8))) }

    static func of(_ id: [UInt8]) -> Int64 {
        Int64(bitPattern: id.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }
}
