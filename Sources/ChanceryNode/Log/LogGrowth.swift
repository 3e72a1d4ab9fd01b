internal import ChanceryLedger

/// The tiles that take a log from one head to another, computed before anything is signed.
struct LogGrowth {
    /// Entries handled at a time, so that memory stays bounded.
    private static let chunk = 8192

    private(set) var files: [TileFile] = []
    private let overlay: Overlay
    private let size: UInt64

    /// - Throws: `ledger.log_inconsistent` when the store's records do not give `new`, `ledger.log_rollback` when there
    ///   are fewer of them than `old` has.
    init(from old: TreeHead, to new: TreeHead, store: any RecordIndex, files: any LogFiles) throws {
        var overlay = Overlay(FilesReader(files))
        var head = old
        var written: [TileCoordinate: TileFile] = [:]
        if new.size < old.size {
            throw LedgerError(
                .logRollback, "the store has \(new.size) leaves, but a tree of \(old.size) was signed")
        }
        while head.size < new.size {
            let count = min(UInt64(Self.chunk), new.size - head.size)
            let entries = try Self.entries(head.size..<head.size + count, store)
            let plan = try TilePlan(from: head, appending: entries, reader: overlay)
            overlay.write(plan.files)
            // Partial tiles of intermediate heads are superseded before anybody saw them.
            for file in plan.files { written[file.coordinate] = file }
            head = plan.new
        }
        guard head == new else {
            throw LedgerError(.logInconsistent, "the stored records do not give the tree that the store claims")
        }
        let final = Set(TileCoordinate.all(size: new.size))
        self.files = written.values.filter { $0.coordinate.isFull || final.contains($0.coordinate) }
            .sorted { $0.coordinate.path < $1.coordinate.path }
        self.overlay = overlay
        size = new.size
    }

    func consistency(from oldSize: UInt64, to newSize: UInt64) throws -> ConsistencyProof {
        var tree = try TiledTree(size: size, reader: overlay)
        return try tree.consistencyProof(from: oldSize, to: newSize)
    }

    private static func entries(_ range: Range<UInt64>, _ store: any RecordIndex) throws -> [[UInt8]] {
        let records = try store.records(
            RecordQuery(after: range.lowerBound == 0 ? nil : range.lowerBound - 1, limit: range.count))
        guard records.count == range.count, records.first?.position == range.lowerBound else {
            throw LedgerError(.logRollback, "the store lacks records of \(range.lowerBound)…\(range.upperBound)")
        }
        return try records.map { try LogEntry(type: $0.kind, id: $0.id, envelope: $0.bytes).encoded }
    }

    /// New tiles over those on disk.
    private struct Overlay: LogTileReader {
        private var new = MemoryTiles()
        private let disk: FilesReader

        init(_ disk: FilesReader) { self.disk = disk }

        mutating func write(_ files: [TileFile]) { new.write(files) }

        func tile(_ coordinate: TileCoordinate) throws -> [UInt8] {
            if let bytes = try? new.tile(coordinate) { return bytes }
            return try disk.tile(coordinate)
        }
    }
}
