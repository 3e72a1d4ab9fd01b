public import ChanceryWire

/// Where a tile or an entry bundle stands in a published log (c2sp.org/tlog-tiles).
public struct TileCoordinate: Sendable, Hashable {
    /// What the tiles of a row hold.
    public enum Row: Sendable, Hashable {
        /// The entries themselves, as bundles.
        case entries
        /// Hashes of subtrees of 256^level leaves; level 0…7.
        case hashes(level: Int)
    }

    public let row: Row
    /// The tile's place in its row, from 0.
    public let index: UInt64
    /// The number of hashes or entries, 1…256; below 256 the tile is partial.
    public let width: Int

    /// Hashes or entries of a full tile.
    public static let fullWidth = 256
    /// The highest level that a tree of 63 bits has.
    public static let highestLevel = 7

    public var isFull: Bool { width == Self.fullWidth }

    /// - Throws: `wire.invalid_value` when no tree of 63 bits has such a tile.
    public init(_ row: Row, index: UInt64, width: Int) throws(WireError) {
        let level = if case .hashes(let level) = row { level } else { 0 }
        guard (0...Self.highestLevel).contains(level), (1...Self.fullWidth).contains(width) else {
            throw WireError(.invalidValue, "tiles have levels 0…\(Self.highestLevel) and widths 1…\(Self.fullWidth)")
        }
        let most = MerkleTree.largestSize >> UInt64(8 * level)
        guard UInt64(width) <= most, index <= (most - UInt64(width)) >> 8 else {
            throw WireError(.invalidValue, "no tree has the tile \(index) on level \(level)")
        }
        self.init(trusted: row, index, width)
    }

    // For coordinates computed from a size within 63 bits.
    init(trusted row: Row, _ index: UInt64, _ width: Int) {
        self.row = row
        self.index = index
        self.width = width
    }

    /// The tile of `row` that holds element `position` in a tree of `size` leaves; nil when the tree has none.
    init?(_ row: Row, holding position: UInt64, size: UInt64) {
        let count = Self.count(row, size: size)
        guard position < count else { return nil }
        let index = position >> 8
        self.init(trusted: row, index, Int(min(count - index << 8, UInt64(Self.fullWidth))))
    }

    /// How many elements `row` has in a tree of `size` leaves.
    static func count(_ row: Row, size: UInt64) -> UInt64 {
        if case .hashes(let level) = row { size >> UInt64(8 * level) } else { size }
    }

    /// Every tile and bundle of a tree of `size` leaves, row by row; what an audit walks.
    public static func all(size: UInt64) -> some Sequence<TileCoordinate> {
        let rows = [Row.entries] + (0...highestLevel).map(Row.hashes)
        return rows.lazy.flatMap { row in
            let count = count(row, size: size)
            return (0..<(count >> 8 + (count & 255 == 0 ? 0 : 1))).lazy.map { index in
                TileCoordinate(trusted: row, index, Int(min(count - index << 8, 256)))
            }
        }
    }
}

extension TileCoordinate {
    /// The path below the log's prefix: `tile/1/x001/x234/067.p/8`.
    public var path: String {
        var groups = [Self.threeDigits(index % 1000)]
        var rest = index / 1000
        while rest > 0 {
            groups.insert("x" + Self.threeDigits(rest % 1000), at: 0)
            rest /= 1000
        }
        let row = if case .hashes(let level) = row { String(level) } else { "entries" }
        return "tile/\(row)/" + groups.joined(separator: "/") + (isFull ? "" : ".p/\(width)")
    }

    private static func threeDigits(_ number: UInt64) -> String {
        String(repeating: "0", count: number < 10 ? 2 : number < 100 ? 1 : 0) + String(number)
    }

    /// Reads exactly what ``path`` writes.
    public init(path: String) throws(WireError) {
        let malformed = WireError(.invalidValue, "`\(path.prefix(80))` is not the path of a tile")
        guard path.utf8.count <= 64 else { throw malformed }
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "tile", let rowName = parts.popFirst() else { throw malformed }
        let row: Row
        if rowName == "entries" {
            row = .entries
        } else if let level = Int(rowName) {
            row = .hashes(level: level)
        } else {
            throw malformed
        }
        var width = Self.fullWidth
        if let name = parts.dropLast().last, name.hasSuffix(".p") {
            guard let number = Int(parts.removeLast()), number < Self.fullWidth else { throw malformed }
            width = number
            parts[parts.endIndex - 1] = name.dropLast(2)
        }
        let digits = parts.map { $0.hasPrefix("x") ? $0.dropFirst() : $0 }.joined()
        guard let index = UInt64(digits) else { throw malformed }
        try self.init(row, index: index, width: width)
        // One path per tile: whatever this one would not write is another spelling.
        guard self.path.utf8.elementsEqual(path.utf8) else { throw malformed }
    }
}
