public import ChanceryAPI
internal import ChanceryNode
public import ChanceryWire
internal import Foundation
internal import GRDB

/// The nonces of genuine requests in a SQLite file of their own, which is no part of the log and may be thrown away after a
/// quiet while: until then a store that finds its file gone takes no request.
public final class SQLiteNonceStore: NonceStore {
    /// The longest time in seconds for which a signed request is fresh.
    public static let longestWindow: Int64 = 1800

    private static let tables = """
        CREATE TABLE IF NOT EXISTS nonce (
            key TEXT NOT NULL, nonce BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (key, nonce)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS nonce_until ON nonce (until);
        CREATE TABLE IF NOT EXISTS memory (
            id INTEGER PRIMARY KEY CHECK (id = 1), horizon INTEGER NOT NULL, count INTEGER NOT NULL
        ) STRICT;
        """

    private let pool: DatabasePool
    private let limit: Int

    /// Opens or makes the store at `path`.
    ///
    /// - Parameters:
    ///   - mayBeNew: whether no request can have been admitted yet. When that is false and the file is gone, its memory was
    ///     lost, and requests are refused until every one that it may have held is no longer fresh.
    ///   - limit: most nonces at once.
    public init(path: String, mayBeNew: Bool, at now: UTCTime, limit: Int = 1_000_000) throws {
        self.limit = limit
        try LocalFilesystem.require(for: path)
        StoreAccess.create(path)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { db in
                // As the ledger: what counts is what the writer says after opening.
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.inTransaction(.immediate) {
                    try db.execute(sql: Self.tables)
                    // A file without this row is none: a crash may have left it before anything was kept.
                    let horizon = mayBeNew ? 0 : now.advanced(bySeconds: Self.longestWindow).milliseconds
                    try db.execute(sql: "INSERT OR IGNORE INTO memory VALUES (1, ?, 0)", arguments: [horizon])
                    return .commit
                }
            }
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    public func insert(_ use: NonceUse, at now: UTCTime) async throws -> NonceInsertion {
        let limit = limit
        do {
            return try await pool.write { db in
                guard let memory = try Row.fetchOne(db, sql: "SELECT horizon, count FROM memory WHERE id = 1") else {
                    throw NodeError(.storeCorrupt, "the store of nonces has no memory")
                }
                // What was forgotten at some moment is not known to be new before it.
                guard use.until.milliseconds >= (try memory.decode(Int64.self, forColumn: "horizon")) else { return .full }
                let name: StatementArguments = [use.keyID, Data(use.nonce.bytes)]
                let known = try Int.fetchOne(db, sql: "SELECT 1 FROM nonce WHERE key = ? AND nonce = ?", arguments: name)
                if known != nil { return .seen }
                var count = try memory.decode(Int.self, forColumn: "count")
                if count >= limit {
                    try db.execute(sql: "DELETE FROM nonce WHERE until < ?", arguments: [now.milliseconds])
                    count -= db.changesCount
                    try db.execute(
                        sql: "UPDATE memory SET horizon = max(horizon, ?), count = ?", arguments: [now.milliseconds, count])
                    guard count < limit, use.until >= now else { return .full }
                }
                try db.execute(
                    sql: "INSERT INTO nonce (key, nonce, until) VALUES (?, ?, ?)",
                    arguments: name + [use.until.milliseconds])
                try db.execute(sql: "UPDATE memory SET count = ?", arguments: [count + 1])
                return .inserted
            }
        } catch {
            throw StorageFailure.translate(error)
        }
    }
}
