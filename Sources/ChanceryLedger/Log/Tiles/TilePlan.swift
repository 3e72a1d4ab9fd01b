import ChancerySuite

/// A tile or bundle to be written.
public struct TileFile: Sendable, Hashable {
    public let coordinate: TileCoordinate
    public let bytes: [UInt8]

    package init(coordinate: TileCoordinate, bytes: [UInt8]) {
        self.coordinate = coordinate
        self.bytes = bytes
    }
}

/// Which tiles and bundles must be written for a log to grow, and their bytes.
///
/// A pure function of the old tree's partial tiles and the new entries, so a plan that was carried out halfway can be
/// made and carried out again: it writes the same bytes. Time and memory are linear in what is appended.
public struct TilePlan: Sendable {
    public let old: TreeHead
    public let new: TreeHead
    /// What to write, bundles first, then hashes from the leaves up.
    public let files: [TileFile]

    /// Plans the append of `entries` to the tree `old`, whose partial tiles `reader` gives.
    ///
    /// - Throws: `ledger.tile_mismatch` when the stored tiles do not give the root of `old` or the last bundle does not
    ///   match them, `ledger.entry_too_long` for an entry that a bundle cannot hold.
    public init(from old: TreeHead, appending entries: [[UInt8]], reader: some LogTileReader) throws {
        let leaves = entries.map { MerkleTree.leafHash($0) }
        guard UInt64(entries.count) <= MerkleTree.largestSize - old.size else {
            throw LedgerError(.proofMalformed, "a tree has at most \(MerkleTree.largestSize) leaves")
        }
        let edge = try Self.partialTiles(of: old, reader)
        let size = old.size + UInt64(leaves.count)

        var files = try Self.bundles(old, entries, edge[0], reader)
        var rising = leaves
        var newEdge = edge
        for level in 0...TileCoordinate.highestLevel where !rising.isEmpty {
            let row = edge[level] + rising
            let first = TileCoordinate.count(.hashes(level: level), size: old.size) >> 8
            rising = []
            for (offset, start) in stride(from: 0, to: row.count, by: TileCoordinate.fullWidth).enumerated() {
                let hashes = row[start..<min(start + TileCoordinate.fullWidth, row.count)]
                let place = TileCoordinate(trusted: .hashes(level: level), first + UInt64(offset), hashes.count)
                files.append(TileFile(coordinate: place, bytes: Digest256.joined(hashes)))
                if place.isFull { rising.append(MerkleTree.perfectRoot(hashes)) }
            }
            newEdge[level] = Array(row.suffix(row.count % TileCoordinate.fullWidth))
        }
        self.old = old
        self.files = files
        new = TreeHead(trusted: size, Self.root(newEdge))
    }

    /// The hashes of the partial tile of each level, checked against the root.
    private static func partialTiles(of old: TreeHead, _ reader: some LogTileReader) throws -> [[Digest256]] {
        let edge = try (0...TileCoordinate.highestLevel).map { level -> [Digest256] in
            let count = TileCoordinate.count(.hashes(level: level), size: old.size)
            guard count & 255 > 0 else { return [] }
            return try reader.hashes(TileCoordinate(trusted: .hashes(level: level), count >> 8, Int(count & 255)))
        }
        guard root(edge) == old.root else {
            throw LedgerError(.tileMismatch, "the stored tiles do not give the root of \(old.size) leaves")
        }
        return edge
    }

    /// The root over partial tiles. Those of a higher level stand to the left.
    private static func root(_ edge: [[Digest256]]) -> Digest256 {
        var root: Digest256?
        for hashes in edge {
            var frontier = MerkleFrontier()
            for hash in hashes { frontier.append(hash) }
            for subtree in frontier.subtreeRoots.reversed() {
                root = root.map { MerkleTree.nodeHash(subtree, $0) } ?? subtree
            }
        }
        return root ?? MerkleTree.emptyRoot
    }

    private static func bundles(
        _ old: TreeHead, _ entries: [[UInt8]], _ lastLeaves: [Digest256], _ reader: some LogTileReader
    ) throws -> [TileFile] {
        guard !entries.isEmpty else { return [] }
        var row: [[UInt8]] = []
        if !lastLeaves.isEmpty {
            row = try reader.entries(TileCoordinate(trusted: .entries, old.size >> 8, lastLeaves.count))
            guard row.map({ MerkleTree.leafHash($0) }) == lastLeaves else {
                throw LedgerError(.tileMismatch, "the last bundle of \(old.size) entries does not match its tile")
            }
        }
        row += entries
        return try stride(from: 0, to: row.count, by: TileCoordinate.fullWidth).enumerated().map { offset, start in
            let part = row[start..<min(start + TileCoordinate.fullWidth, row.count)]
            return TileFile(
                coordinate: TileCoordinate(trusted: .entries, old.size >> 8 + UInt64(offset), part.count),
                bytes: try EntryBundle.encode(part))
        }
    }
}
