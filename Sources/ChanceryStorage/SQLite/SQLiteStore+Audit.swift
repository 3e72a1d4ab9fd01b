public import ChanceryNode
internal import ChancerySuite
internal import Foundation
internal import GRDB

extension SQLiteStore {
    public func integrityFailures() throws -> [String] {
        do {
            return try pool.read { db in
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                let gaps = try Row.fetchOne(
                    db,
                    sql:
                        "SELECT count(*) AS n, coalesce(max(position), -1) AS last, coalesce(min(position), 0) AS first FROM record"
                )
                let (count, last, first): (Int64, Int64, Int64) = (gaps?["n"] ?? 0, gaps?["last"] ?? -1, gaps?["first"] ?? 0)
                let sequence = count == last + 1 && first == 0 ? [] : ["record positions 0…\(last) have gaps: \(count) records"]
                return found + sequence
            }
        } catch let error as DatabaseError {
            return ["\(StorageFailure.translate(error))"]
        }
    }

    public func difference(from expected: NewRecord, at position: UInt64) throws -> String? {
        try read { db in
            let row = try Row.fetchOne(
                db.cachedStatement(sql: "\(Self.columns), r.digest, r.nonce FROM record AS r WHERE r.position = ?"),
                arguments: [Int64(clamping: position)])
            guard let row else { return "the record is missing" }
            let nonce: Int64? = row["nonce"]
            let digest: Int64 = row["digest"]
            let stored = try StoredRecord(row)
            if stored.bytes != expected.bytes { return "the bytes differ" }
            if stored.kind != expected.kind { return "kind is `\(stored.kind)`, the bytes say `\(expected.kind)`" }
            if stored.id != expected.id { return "the id is not the hash of the bytes" }
            if stored.leaf != expected.leaf { return "the leaf is not the hash of the entry" }
            if stored.agent != expected.agent { return "agent is `\(stored.agent)`, the bytes say `\(expected.agent)`" }
            if stored.sequence != expected.sequence { return "the sequence does not fit the chain" }
            if stored.time != expected.time { return "time is \(stored.time), the bytes say \(expected.time)" }
            if stored.eventType != expected.eventType { return "the event type differs from the bytes" }
            if stored.session != expected.session { return "the session differs from the bytes" }
            if digest != ShortDigest.of(expected.id) { return "the index of ids differs from the bytes" }
            if nonce != expected.nonce.map({ ShortDigest.of($0) }) { return "the index of nonces differs from the bytes" }
            return nil
        }
    }
}
