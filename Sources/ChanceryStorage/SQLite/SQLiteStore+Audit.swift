public import ChanceryNode
internal import ChancerySuite
internal import Foundation
internal import GRDB

extension SQLiteStore {
    public func integrityFailures() throws -> [String] {
        do {
            return try pool.read { db in
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM record") ?? 0
                let last = try Int64.fetchOne(db, sql: "SELECT coalesce(max(position), -1) FROM record") ?? -1
                let first = try Int64.fetchOne(db, sql: "SELECT coalesce(min(position), 0) FROM record") ?? 0
                // Not `last + 1`: a damaged row may stand at the largest number.
                let sequence =
                    count - 1 == last && first == 0 ? [] : ["record positions \(first)…\(last) have gaps: \(count) records"]
                return try found + sequence + Self.unusedWords(db) + Schema.differences(db)
            }
        } catch {
            return ["\(StorageFailure.translate(error))"]
        }
    }

    /// Words come with the record that uses them first, so a word that none uses was put there or lost its record.
    private static func unusedWords(_ db: Database) throws -> [String] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT id FROM word WHERE id NOT IN (SELECT kind FROM record UNION SELECT agent FROM record
                UNION SELECT event_type FROM record WHERE event_type IS NOT NULL
                UNION SELECT session FROM record WHERE session IS NOT NULL) LIMIT 20
                """)
        return try rows.map { "no record uses word \(try $0.decode(Int64.self, atIndex: 0))" }
    }

    public func snapshot() throws -> StoreSnapshot {
        try read { db in
            let last = try Int64.fetchOne(db, sql: "SELECT max(position) FROM record") ?? -1
            return StoreSnapshot(
                id: try Self.storeID(db), frontier: try Self.frontier(db), records: UInt64(clamping: min(last, 1 << 48) + 1),
                generation: try Self.generation(db),
                chains: try Row.fetchAll(db, sql: "\(ChainState.columns) ORDER BY chain.agent").map { row in
                    let agent = try? StoredText.decode(row, "agent")
                    return (agent ?? "a damaged name", agent == nil ? nil : try? ChainState(row))
                })
        }
    }

    public func difference(from expected: NewRecord, at position: UInt64) throws -> String? {
        try read { db in
            let row = try Row.fetchOne(
                db.cachedStatement(
                    sql:
                        "\(Self.columns), r.digest, r.nonce, r.event_type AS type_word, r.session AS session_word FROM record AS r WHERE r.position = ?"
                ),
                arguments: [Int64(clamping: position)])
            guard let row else { return "the record is missing" }
            let nonce = try row.decode(Int64?.self, forColumn: "nonce")
            let digest = try row.decode(Int64.self, forColumn: "digest")
            let stored = try StoredRecord(row)
            // A number that no word has reads as an absent text.
            let words = (
                try row.decode(Int64?.self, forColumn: "type_word"), try row.decode(Int64?.self, forColumn: "session_word")
            )
            guard (words.0 == nil) == (stored.eventType == nil), (words.1 == nil) == (stored.session == nil) else {
                return "it refers to a word that is not there"
            }
            if stored.bytes != expected.bytes { return "the bytes differ" }
            if !same(stored.kind, expected.kind) { return "kind is `\(stored.kind)`, the bytes say `\(expected.kind)`" }
            if stored.id != expected.id { return "the id is not the hash of the bytes" }
            if stored.leaf != expected.leaf { return "the leaf is not the hash of the entry" }
            if !same(stored.agent, expected.agent) { return "agent is `\(stored.agent)`, the bytes say `\(expected.agent)`" }
            if stored.sequence != expected.sequence { return "the sequence does not fit the chain" }
            if stored.time != expected.time { return "time is \(stored.time), the bytes say \(expected.time)" }
            if !same(stored.eventType, expected.eventType) { return "the event type differs from the bytes" }
            if !same(stored.session, expected.session) { return "the session differs from the bytes" }
            if digest != ShortDigest.of(expected.id) { return "the index of ids differs from the bytes" }
            if nonce != expected.nonce.map({ ShortDigest.of($0) }) { return "the index of nonces differs from the bytes" }
            return nil
        }
    }

    /// As bytes: a `String` takes two spellings of one character for the same.
    private func same(_ left: String?, _ right: String?) -> Bool { left.map { Array($0.utf8) } == right.map { Array($0.utf8) } }
}
