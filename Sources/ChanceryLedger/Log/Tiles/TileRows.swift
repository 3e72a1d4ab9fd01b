public import ChancerySuite

/// Every tile of every size that a log of these entries ever had: what an audit compares files with.
///
/// Memory and time are linear in the entries.
public struct TileRows: Sendable {
    private let entries: [[UInt8]]
    private let levels: [[Digest256]]

    public init(entries: [[UInt8]]) {
        self.entries = entries
        var level = entries.map { MerkleTree.leafHash($0) }
        var levels = [level]
        while level.count >= TileCoordinate.fullWidth {
            level = (0..<level.count / TileCoordinate.fullWidth).map { index in
                MerkleTree.perfectRoot(level[index * TileCoordinate.fullWidth..<(index + 1) * TileCoordinate.fullWidth])
            }
            levels.append(level)
        }
        self.levels = levels
    }

    /// The leaf hashes.
    public var leaves: [Digest256] { levels[0] }

    /// Whether these entries give `head` or continue it.
    public func continues(_ head: TreeHead) -> Bool {
        guard head.size <= UInt64(entries.count) else { return false }
        return MerkleTree.root(of: Array(leaves.prefix(Int(head.size)))) == head.root
    }

    /// The bytes of the tile or bundle at `coordinate`; nil when there are fewer entries than it covers.
    ///
    /// - Throws: `ledger.entry_too_long`.
    public func bytes(of coordinate: TileCoordinate) throws -> [UInt8]? {
        let first = coordinate.index.multipliedReportingOverflow(by: UInt64(TileCoordinate.fullWidth))
        guard !first.overflow else { return nil }
        func place(_ count: Int) -> Range<Int>? {
            guard first.partialValue <= UInt64(count), coordinate.width <= count - Int(first.partialValue) else { return nil }
            return Int(first.partialValue)..<Int(first.partialValue) + coordinate.width
        }
        switch coordinate.row {
        case .entries: return try place(entries.count).map { try EntryBundle.encode(entries[$0]) }
        case .hashes(let level):
            guard level < levels.count else { return nil }
            return place(levels[level].count).map { Digest256.joined(levels[level][$0]) }
        }
    }
}
