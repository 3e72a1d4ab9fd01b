import ChanceryLedger
import ChanceryNode
import ChanceryStorage
import ChanceryWire
import Foundation
import GRDB
import TestKit
import Testing

/// Nothing in the database can be changed without the audit saying so: every column of every table, in turn.
struct LogAuditColumnTests {
    private let folder: TemporaryFolder
    private let golden: [UInt8]

    init() throws {
        folder = try LogAuditTests.filled()
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        try queue.close()
        golden = try folder.read("ledger.sqlite")
    }

    /// The findings after `sql` ran in the golden database, without regard to the constraints of the tables.
    private func findings(after sql: String, constrained: Bool = false) throws -> [String] {
        for suffix in ["-wal", "-shm"] { try? folder.remove("ledger.sqlite" + suffix) }
        try folder.write(golden, to: "ledger.sqlite")
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        try queue.writeWithoutTransaction { db in
            if !constrained { try db.execute(sql: "PRAGMA ignore_check_constraints = ON") }
            try db.execute(sql: sql)
            try #require(db.changesCount > 0, "\(sql)")
        }
        try queue.close()
        do {
            return try SampleHome(folder).audit().failures
        } catch {
            return ["\(error)"]
        }
    }

    private struct Column {
        let table: String
        let name: String
        let type: String
        let isOptional: Bool
    }

    private func columns() throws -> [Column] {
        let queue = try DatabaseQueue(path: folder.path + "/ledger.sqlite")
        defer { try? queue.close() }
        return try queue.read { db in
            try String.fetchAll(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'").flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM pragma_table_info(?)", arguments: [table]).map {
                    Column(table: table, name: $0["name"], type: $0["type"], isOptional: $0["notnull"] == 0 && $0["pk"] == 0)
                }
            }
        }
    }

    /// What may happen to a value of this column.
    private func changes(_ column: Column) -> [String] {
        var changes: [String]
        switch (column.table, column.name) {
        // Keys must stay unique; a larger generation only says that some intents came to nothing.
        case ("tree", "generation"): changes = ["generation - 1", "-1"]
        case ("tree", "id"): changes = ["7"]
        case ("record", "position"), ("word", "id"): changes = ["\(column.name) + 100000", "-1"]
        default:
            changes =
                switch column.type {
                case "INTEGER": ["\(column.name) + 1", "\(column.name) - 1", "\(column.name) + 4294967296", "-1"]
                case "TEXT":
                    [
                        "\(column.name) || char(0) || 'y'", "\(column.name) || char(0)", "char(0) || \(column.name)",
                        "\(column.name) || 'x'", "substr(\(column.name), 1, length(\(column.name)) - 1)", "''",
                    ]
                default:
                    [
                        "CAST(\(column.name) || x'00' AS BLOB)", "substr(\(column.name), 2)",
                        "CAST(x'fe' || substr(\(column.name), 2) AS BLOB)", "x''", "zeroblob(length(\(column.name)))",
                    ]
                }
        }
        return changes + (column.isOptional ? ["NULL"] : [])
    }

    @Test func `every change of every column is found`() throws {
        let columns = try columns()
        #expect(columns.count >= 25)
        var missed: [String] = []
        for column in columns {
            for change in changes(column) {
                // The first and the last row whose value it changes.
                for end in ["min", "max"] {
                    let key = column.table == "record" ? "position" : column.table == "chain" ? "agent" : "id"
                    let sql = """
                        UPDATE \(column.table) SET \(column.name) = \(change) WHERE \(key) =
                        (SELECT \(end)(\(key)) FROM \(column.table) WHERE \(column.name) IS NOT (\(change)))
                        """
                    if try findings(after: sql).isEmpty { missed.append(sql) }
                }
            }
        }
        #expect(missed == [])
    }

    @Test(arguments: [
        "INSERT INTO word (text) VALUES ('nobody says this')",
        "INSERT INTO chain VALUES ('x', 1, 'h', 1, 'AISS-1.0', 0, 0, '')",
        "INSERT INTO chain SELECT agent || 'x', count, head, timestamp, profile, ended, seals, last_seal FROM chain LIMIT 1",
        "UPDATE record SET event_type = kind WHERE event_type IS NULL",
        "UPDATE record SET session = kind WHERE session IS NULL",
        "UPDATE record SET nonce = 1 WHERE nonce IS NULL",
        "UPDATE record SET sequence = 0 WHERE sequence IS NULL",
    ])
    func `what was added is found`(sql: String) throws {
        #expect(try !findings(after: sql).isEmpty)
    }

    @Test func `the database itself refuses a zero byte in a text`() throws {
        for column in try columns() where column.type == "TEXT" {
            let sql = "UPDATE \(column.table) SET \(column.name) = \(column.name) || char(0) || 'y'"
            #expect(throws: DatabaseError.self, "\(sql)") { try findings(after: sql, constrained: true) }
        }
    }

    @Test func `an agent whose head cannot be found does not fork itself`() throws {
        _ = try findings(after: "UPDATE chain SET agent = agent || char(0) || 'y'")
        let home = try SampleHome(folder)
        let bob = try home.keeper.open(IdentityName("bob"), .unencrypted)
        #expect(code { _ = try home.ledger.stamp(samplePayloads(1), as: bob, profile: .batch) } == "store.corrupt")
    }
}
