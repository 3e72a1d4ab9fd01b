internal import ChanceryLedger
public import ChanceryNode
internal import ChancerySuite
internal import Foundation
internal import GRDB

extension SQLiteStore {
    public func records(_ query: RecordQuery) throws -> [StoredRecord] {
        try read { db in
            guard let filter = try Filter(query, db) else { return [] }
            let sql = """
                \(Self.columns) FROM record AS r WHERE \(filter.conditions.joined(separator: " AND "))
                ORDER BY r.position \(query.newestFirst ? "DESC" : "ASC") LIMIT \(query.limit)
                """
            return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: filter.arguments).map(StoredRecord.init)
        }
    }

    public func headings(after position: UInt64?, limit: Int) throws -> [RecordHeading] {
        try read { db in
            // The bytes stay on the pages they lie on.
            let sql = "\(Self.headingColumns) FROM record AS r WHERE r.position > ? ORDER BY r.position LIMIT ?"
            let first = position.map { Int64(min($0, UInt64(Int64.max))) } ?? -1
            return try Row.fetchAll(db.cachedStatement(sql: sql), arguments: [first, min(max(limit, 1), 10_000)])
                .map(RecordHeading.init)
        }
    }

    public func record(id: [UInt8]) throws -> StoredRecord? {
        try read { db in
            try Row.fetchOne(
                db.cachedStatement(sql: "\(Self.columns) FROM record AS r WHERE r.digest = ? AND r.id = ?"),
                arguments: [ShortDigest.of(id), Data(id)]
            ).map(StoredRecord.init)
        }
    }

    static let columns = "\(headingColumns), r.bytes, r.leaf"

    private static let headingColumns = """
        SELECT r.position, (SELECT CAST(text AS BLOB) FROM word WHERE id = r.kind) AS kind, r.id,
        (SELECT CAST(text AS BLOB) FROM word WHERE id = r.agent) AS agent, r.sequence, r.time,
        (SELECT CAST(text AS BLOB) FROM word WHERE id = r.event_type) AS event_type,
        (SELECT CAST(text AS BLOB) FROM word WHERE id = r.session) AS session
        """

    public func statistics() throws -> StoreStatistics {
        try read { db in
            let totals = try Row.fetchOne(
                db,
                sql: """
                    SELECT count(*) AS records, coalesce(sum(length(bytes)), 0) AS bytes, min(time) AS oldest,
                    max(time) AS newest FROM record
                    """)
            let sessions = try Int.fetchOne(
                db,
                sql: """
                    SELECT count(*) FROM (SELECT DISTINCT session FROM record WHERE session IS NOT NULL) AS found
                    JOIN word ON word.id = found.session WHERE length(CAST(word.text AS BLOB)) < ?
                    """, arguments: [StoreStatistics.decisionBytes])
            var byKind: [String: UInt64] = [:]
            let kinds = try Row.fetchAll(
                db, sql: "SELECT word.text AS kind, count(*) AS n FROM record JOIN word ON word.id = record.kind GROUP BY 1")
            for row in kinds {
                byKind[try row.decode(String.self, forColumn: "kind")] = UInt64(try row.decode(Int64.self, forColumn: "n"))
            }
            return StoreStatistics(
                records: UInt64(try totals?.decode(Int64.self, forColumn: "records") ?? 0),
                bytes: UInt64(try totals?.decode(Int64.self, forColumn: "bytes") ?? 0),
                agents: try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM chain WHERE instr(agent, ':') = 0") ?? 0,
                sessions: sessions ?? 0, byKind: byKind,
                oldest: try totals?.decode(Int64?.self, forColumn: "oldest"),
                newest: try totals?.decode(Int64?.self, forColumn: "newest"))
        }
    }
}

/// The conditions of a query in SQL.
private struct Filter {
    private(set) var conditions = ["1"]
    private(set) var arguments = StatementArguments()

    /// Nil when a text of the query is not in the store at all.
    init?(_ query: RecordQuery, _ db: Database) throws {
        // From the narrowest index to the widest: the first that applies is used, `+` keeps SQLite from the others,
        // which it cannot rank without statistics.
        var hasIndex = false
        for (column, text) in [
            ("session", query.session), ("agent", query.agent), ("event_type", query.eventType), ("kind", query.kind),
        ] {
            guard let text else { continue }
            let known = try Int64.fetchOne(
                db.cachedStatement(sql: "SELECT id FROM word WHERE text = ?"), arguments: [text])
            guard let known else { return nil }
            add("\(hasIndex && column != "kind" ? "+" : "")r.\(column) = ?", known)
            hasIndex = true
        }
        // Records that are not events are few and have an index of their own.
        if let kind = query.kind, !Self.isEvent(kind) { conditions.append("r.sequence IS NULL") }
        let time = hasIndex ? "+r.time" : "r.time"
        if let from = query.from { add("\(time) >= ?", from) }
        if let until = query.until { add("\(time) < ?", until) }
        if let after = query.after {
            add("r.position \(query.newestFirst ? "<" : ">") ?", Int64(min(after, UInt64(Int64.max))))
        }
    }

    private static func isEvent(_ kind: String) -> Bool { EventProfile(rawValue: kind) != nil || kind == BatchEvent.version }

    private mutating func add(_ condition: String, _ value: Int64) {
        conditions.append(condition)
        arguments += [value]
    }
}

extension StoredRecord {
    init(_ row: Row) throws {
        let heading = try RecordHeading(row)
        guard let leaf = Digest256(Array(try row.decode(Data.self, forColumn: "leaf"))) else {
            throw NodeError(.storeCorrupt, "record \(heading.position) is damaged")
        }
        self.init(
            position: heading.position, kind: heading.kind, id: heading.id,
            bytes: Array(try row.decode(Data.self, forColumn: "bytes")), leaf: leaf, agent: heading.agent,
            sequence: heading.sequence, time: heading.time, eventType: heading.eventType, session: heading.session)
    }
}

extension RecordHeading {
    init(_ row: Row) throws {
        // A damaged file gives any type in any column, and a plain subscript would trap.
        let position = try row.decode(Int64.self, forColumn: "position")
        guard let place = UInt64(exactly: position), let kind = try StoredText.optional(row, "kind"),
            let agent = try StoredText.optional(row, "agent")
        else { throw NodeError(.storeCorrupt, "record \(position) is damaged") }
        self.init(
            position: place, kind: kind, id: Array(try row.decode(Data.self, forColumn: "id")), agent: agent,
            sequence: try row.decode(Int?.self, forColumn: "sequence"), time: try row.decode(Int64.self, forColumn: "time"),
            eventType: try StoredText.optional(row, "event_type"), session: try StoredText.optional(row, "session"))
    }
}
