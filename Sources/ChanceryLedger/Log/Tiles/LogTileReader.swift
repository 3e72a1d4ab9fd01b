public import ChancerySuite

/// Gives the stored bytes of tiles.
public protocol LogTileReader {
    /// The bytes of the tile or bundle at `coordinate`. A wider tile of the same place may stand in for a partial one
    /// that is gone; its first elements are used.
    ///
    /// Nothing is trusted: lengths are checked here, hashes against a root.
    func tile(_ coordinate: TileCoordinate) throws -> [UInt8]
}

extension LogTileReader {
    /// The hashes of the tile at `coordinate`.
    ///
    /// - Throws: `ledger.tile_mismatch` when the stored bytes hold fewer hashes or no whole number of them.
    public func hashes(_ coordinate: TileCoordinate) throws -> [Digest256] {
        let bytes = try tile(coordinate)
        guard bytes.count <= TileCoordinate.fullWidth * 32, let hashes = Digest256.split(bytes),
            hashes.count >= coordinate.width
        else {
            throw LedgerError(
                .tileMismatch, "`\(coordinate.path)` must hold \(coordinate.width) hashes, found \(bytes.count) bytes")
        }
        return Array(hashes.prefix(coordinate.width))
    }

    /// The entries of the bundle at `coordinate`.
    ///
    /// - Throws: `ledger.tile_mismatch` when the bundle holds fewer entries, and ``WireError`` when it is malformed.
    public func entries(_ coordinate: TileCoordinate) throws -> [[UInt8]] {
        let entries = try EntryBundle.decode(tile(coordinate))
        guard entries.count >= coordinate.width else {
            throw LedgerError(
                .tileMismatch, "`\(coordinate.path)` must hold \(coordinate.width) entries, found \(entries.count)")
        }
        return Array(entries.prefix(coordinate.width))
    }
}

/// A reader over tiles in memory, by path: for tests, demonstrations and logs that came as one file.
public struct MemoryTiles: LogTileReader, Sendable {
    public private(set) var tiles: [String: [UInt8]] = [:]

    public init() {}

    public mutating func write(_ files: [TileFile]) {
        for file in files { tiles[file.coordinate.path] = file.bytes }
    }

    public subscript(path path: String) -> [UInt8]? {
        get { tiles[path] }
        set { tiles[path] = newValue }
    }

    public func tile(_ coordinate: TileCoordinate) throws -> [UInt8] {
        if let bytes = tiles[coordinate.path] { return bytes }
        if let bytes = tiles[TileCoordinate(trusted: coordinate.row, coordinate.index, 256).path] { return bytes }
        throw LedgerError(.tileMismatch, "`\(coordinate.path)` is missing")
    }
}
