internal import ChanceryNode
internal import Foundation
internal import GRDB

/// Texts as they lie in a column, byte for byte. Read as a C string, a text would end at its first zero byte, and what
/// follows would be in the database without anybody seeing it; so columns are selected as blobs.
enum StoredText {
    /// - Throws: `store.corrupt` for what is no UTF-8 or holds a zero byte.
    static func optional(_ row: Row, _ column: String) throws -> String? {
        guard let bytes = try row.decode(Data?.self, forColumn: column) else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw NodeError(.storeCorrupt, "a text in the column `\(column)` is damaged")
        }
        return text
    }

    static func decode(_ row: Row, _ column: String) throws -> String {
        guard let text = try optional(row, column) else {
            throw NodeError(.storeCorrupt, "a text in the column `\(column)` is missing")
        }
        return text
    }
}

extension ChainState {
    static let columns = """
        SELECT CAST(agent AS BLOB) AS agent, count, CAST(head AS BLOB) AS head, timestamp, CAST(profile AS BLOB) AS profile,
        ended, seals, CAST(last_seal AS BLOB) AS last_seal FROM chain
        """

    init(_ row: Row) throws {
        let ended = try row.decode(Int64.self, forColumn: "ended")
        self.init(
            count: try row.decode(Int.self, forColumn: "count"), head: try StoredText.decode(row, "head"),
            timestamp: try row.decode(Int64.self, forColumn: "timestamp"), profile: try StoredText.decode(row, "profile"),
            hasEnded: ended == 1, seals: try row.decode(Int.self, forColumn: "seals"),
            lastSeal: try StoredText.decode(row, "last_seal"))
        // Numbers that a chain can have; callers add to them.
        guard (0...1 << 48).contains(count), (0...1 << 48).contains(seals), (0...1 << 53).contains(timestamp),
            (0...1).contains(ended)
        else { throw NodeError(.storeCorrupt, "the state of a chain is damaged") }
    }
}
