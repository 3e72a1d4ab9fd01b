internal import ChanceryNode
internal import Foundation
internal import GRDB

/// The tables of a home. Version 1; a newer version is refused, never guessed at.
enum Schema {
    static let version = 1

    // `word` holds every short text once; records refer to it by number, so indexes stay small.
    // Rows of an index that are otherwise equal stand in position order, which is what paged searches need.
    // An agent's index holds type and time too, so narrower searches read only the rows that they return.
    // No text holds a zero byte: readers of C strings would see less of it than is there.
    // `record.position` is the leaf index in the log. `digest` is the first eight bytes of the id.
    static let statements = """
        CREATE TABLE word (
            id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE CHECK (instr(text, char(0)) = 0)
        ) STRICT;
        CREATE TABLE record (
            position INTEGER PRIMARY KEY,
            kind INTEGER NOT NULL,
            agent INTEGER NOT NULL,
            sequence INTEGER,
            time INTEGER NOT NULL,
            event_type INTEGER,
            session INTEGER,
            digest INTEGER NOT NULL,
            nonce INTEGER,
            id BLOB NOT NULL,
            leaf BLOB NOT NULL,
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE INDEX record_agent ON record (agent, position, event_type, time);
        CREATE INDEX record_type ON record (event_type) WHERE event_type IS NOT NULL;
        CREATE INDEX record_time ON record (time);
        CREATE INDEX record_kind ON record (kind, agent) WHERE sequence IS NULL;
        CREATE INDEX record_session ON record (session) WHERE session IS NOT NULL;
        CREATE INDEX record_digest ON record (digest);
        CREATE INDEX record_nonce ON record (nonce) WHERE nonce IS NOT NULL;
        CREATE TABLE chain (
            agent TEXT PRIMARY KEY CHECK (instr(agent, char(0)) = 0),
            count INTEGER NOT NULL,
            head TEXT NOT NULL CHECK (instr(head, char(0)) = 0),
            timestamp INTEGER NOT NULL,
            profile TEXT NOT NULL CHECK (instr(profile, char(0)) = 0),
            ended INTEGER NOT NULL CHECK (ended IN (0, 1)),
            seals INTEGER NOT NULL,
            last_seal TEXT NOT NULL CHECK (instr(last_seal, char(0)) = 0)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE tree (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            store BLOB NOT NULL,
            frontier BLOB NOT NULL,
            generation INTEGER NOT NULL
        ) STRICT;
        """

    /// Makes the tables in an empty database and checks the version of any other.
    static func prepare(_ db: Database, emptyFrontier: [UInt8]) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        switch found {
        case version: return
        case 0:
            try db.inTransaction(.immediate) {
                // Another process may have been first.
                if try Int.fetchOne(db, sql: "PRAGMA user_version") == version { return .commit }
                try db.execute(sql: statements)
                try db.execute(
                    sql: "INSERT INTO tree (id, store, frontier, generation) VALUES (1, ?, ?, 0)",
                    arguments: [Data(StoreID.random().bytes), Data(emptyFrontier)])
                try db.execute(sql: "PRAGMA user_version = \(version)")
                return .commit
            }
        default: try requireVersion(db)
        }
    }

    /// - Throws: `store.unavailable` for a database of another version.
    static func requireVersion(_ db: Database) throws {
        let found = try Int.fetchOne(db, sql: "PRAGMA user_version") ?? 0
        guard found == version else {
            throw NodeError(.storeUnavailable, "the store has version \(found); this binary reads version \(version)")
        }
    }

    /// What the database's own list of tables and indexes says otherwise than ``statements``.
    static func differences(_ db: Database) throws -> [String] {
        let wanted = Set(statements.split(separator: ";").map(normal).filter { !$0.isEmpty })
        let rows = try Row.fetchAll(db, sql: "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
        let found = Set(
            try rows.map { row in
                let sql = normal(try row.decode(String.self, forColumn: "sql"))
                let type = try row.decode(String.self, forColumn: "type")
                let name = try row.decode(String.self, forColumn: "name")
                let table = try row.decode(String.self, forColumn: "tbl_name")
                let start = "CREATE \(type.uppercased()) \(name) "
                return sql.hasPrefix(type == "index" ? start + "ON \(table) " : start) && (type == "index" || name == table)
                    ? sql : "\(type) `\(name)` of `\(table)`"
            })
        return wanted.symmetricDifference(found).sorted().map { "the schema differs: `\($0.prefix(80))`" }
    }

    private static func normal(_ sql: some StringProtocol) -> String {
        sql.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
