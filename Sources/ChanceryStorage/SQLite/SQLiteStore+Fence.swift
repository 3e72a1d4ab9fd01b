public import ChanceryNode
internal import Foundation
internal import GRDB

extension SQLiteStore {
    public func storeID() throws -> StoreID { try read(Self.storeID) }

    static func storeID(_ db: Database) throws -> StoreID {
        guard let bytes = try Data.fetchOne(db, sql: "SELECT store FROM tree WHERE id = 1"), let id = StoreID(Array(bytes))
        else { throw NodeError(.storeCorrupt, "the store's id is damaged") }
        return id
    }

    public func advanceGeneration(beyond known: Int64) throws -> Int64 {
        try requireWritable()
        do {
            return try pool.write { db in
                let next = max(try Self.generation(db), known) + 1
                guard Self.generations.contains(next) else { throw Self.exhausted }
                try db.execute(sql: "UPDATE tree SET generation = ? WHERE id = 1", arguments: [next])
                return next
            }
        } catch {
            throw StorageFailure.translate(error)
        }
    }

    public func generation() throws -> Int64 { try read(Self.generation) }

    static func generation(_ db: Database) throws -> Int64 {
        guard let number = try Int64.fetchOne(db, sql: "SELECT generation FROM tree WHERE id = 1"),
            generations.contains(number)
        else { throw exhausted }
        return number
    }

    /// Far beyond any number of checkpoints, within what a high-water mark holds.
    private static let generations: ClosedRange<Int64> = 0...1 << 52
    private static var exhausted: NodeError { NodeError(.storeCorrupt, "the store's generation is damaged") }
}
