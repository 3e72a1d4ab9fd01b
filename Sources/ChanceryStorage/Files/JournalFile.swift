internal import ChanceryNode
internal import Foundation
internal import GRDB
internal import Synchronization

/// What one signer must not forget: one value, replaced in place. A SQLite file of its own in WAL mode with full
/// synchronisation, so that a write costs one flush of the disk instead of the two of a file that is renamed.
final class JournalFile: Sendable {
    private let queue: DatabaseQueue

    /// Opens or makes the file at `path`.
    init(_ path: String) throws {
        do {
            StoreAccess.create(path)
            queue = try DatabaseQueue(path: path)
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA journal_mode = WAL")
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(
                    sql:
                        "CREATE TABLE IF NOT EXISTS journal (id INTEGER PRIMARY KEY CHECK (id = 1), bytes BLOB NOT NULL) STRICT"
                )
                // What counts is what the connection says afterwards (rule L1).
                guard try Int.fetchOne(db, sql: "PRAGMA synchronous") == 2,
                    try String.fetchOne(db, sql: "PRAGMA journal_mode") == "wal"
                else { throw NodeError(.storeUnsafe, "the journal does not synchronise every write") }
            }
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    /// Nil before the first write.
    func read() throws -> [UInt8]? {
        do {
            return try queue.read { try Data.fetchOne($0, sql: "SELECT bytes FROM journal WHERE id = 1").map { Array($0) } }
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    func write(_ bytes: [UInt8]) throws {
        do {
            try queue.write { db in
                try db.execute(
                    sql: "INSERT INTO journal VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET bytes = excluded.bytes",
                    arguments: [Data(bytes)])
            }
        } catch {
            throw StorageFailure.translate(error)
        }
    }
}

/// The journals that this process has open.
final class OpenJournals: Sendable {
    private let open = Mutex<[String: JournalFile]>([:])

    func journal(at path: String) throws -> JournalFile {
        try open.withLock { open in
            if let known = open[path] { return known }
            let journal = try JournalFile(path)
            open[path] = journal
            return journal
        }
    }
}
