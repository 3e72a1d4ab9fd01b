internal import ChanceryNode
internal import ChancerySuite
internal import GRDB
internal import GRDBSQLite

/// The prepared insertion of records: the hot path of the store.
///
/// Values are bound through SQLite's own interface, in place: the store takes tens of thousands of records a second,
/// and a copy of each value would cost more than its insertion.
struct Insertion {
    private let statement: Statement

    init(_ db: Database) throws {
        statement = try db.cachedStatement(
            sql: """
                INSERT INTO record
                (position, kind, agent, sequence, time, event_type, session, digest, nonce, id, leaf, bytes)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
    }

    /// Inserts `record`; `word` gives the number of a text.
    func insert(_ record: NewRecord, at position: Int64, word: (String) throws -> Int64) throws {
        let numbers: [Int64?] = [
            position, try word(record.kind), try word(record.agent), record.sequence.map(Int64.init), record.time,
            try record.eventType.map(word), try record.session.map(word), ShortDigest.of(record.id),
            record.nonce.map { ShortDigest.of($0) },
        ]
        let blobs = [record.id, record.leaf.bytes, record.bytes]
        let handle = unsafe statement.sqliteStatement
        for (index, number) in numbers.enumerated() {
            try unsafe bind(number, to: Int32(index + 1), of: handle)
        }
        let code = try unsafe blobs[0].withUnsafeBytes { id in
            try unsafe blobs[1].withUnsafeBytes { leaf in
                try unsafe blobs[2].withUnsafeBytes { bytes in
                    try unsafe bind(id, to: 10, of: handle)
                    try unsafe bind(leaf, to: 11, of: handle)
                    try unsafe bind(bytes, to: 12, of: handle)
                    let code = unsafe sqlite3_step(handle)
                    // The bytes are only lent to SQLite until here.
                    unsafe sqlite3_reset(handle)
                    unsafe sqlite3_clear_bindings(handle)
                    return code
                }
            }
        }
        guard code == SQLITE_DONE else { throw unsafe failure(code, handle) }
    }

    private func bind(_ number: Int64?, to index: Int32, of handle: SQLiteStatement) throws {
        let code = unsafe number.map { unsafe sqlite3_bind_int64(handle, index, $0) } ?? sqlite3_bind_null(handle, index)
        guard code == SQLITE_OK else { throw unsafe failure(code, handle) }
    }

    private func bind(_ bytes: UnsafeRawBufferPointer, to index: Int32, of handle: SQLiteStatement) throws {
        let code = unsafe sqlite3_bind_blob64(handle, index, bytes.baseAddress, UInt64(bytes.count), nil)
        guard code == SQLITE_OK else { throw unsafe failure(code, handle) }
    }

    private func failure(_ code: Int32, _ handle: SQLiteStatement) -> DatabaseError {
        let message = unsafe String(cString: sqlite3_errmsg(sqlite3_db_handle(handle)))
        return DatabaseError(resultCode: ResultCode(rawValue: code), message: message)
    }
}
