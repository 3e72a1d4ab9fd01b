internal import ChanceryNode
internal import ChancerySuite
internal import Foundation
internal import GRDB

/// The prepared insertion of records: the hot path of the store.
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

    func insert(_ record: NewRecord, at position: Int64, word: (String) throws -> Int64) throws {
        let values: [DatabaseValue] = [
            position.databaseValue, try word(record.kind).databaseValue, try word(record.agent).databaseValue,
            record.sequence.databaseValue, record.time.databaseValue,
            try record.eventType.map(word).databaseValue, try record.session.map(word).databaseValue,
            ShortDigest.of(record.id).databaseValue, record.nonce.map { ShortDigest.of($0) }.databaseValue,
            Data(record.id).databaseValue, Data(record.leaf.bytes).databaseValue, Data(record.bytes).databaseValue,
        ]
        statement.setUncheckedArguments(StatementArguments(values))
        try statement.execute()
    }
}
