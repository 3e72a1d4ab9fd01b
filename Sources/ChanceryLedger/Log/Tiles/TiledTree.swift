public import ChancerySuite

/// A tree of `size` leaves over stored tiles: roots, frontiers and proofs for it and every earlier size.
///
/// Tiles that were read are kept for the life of the value, so make one per question or per batch of them. The
/// tiles are taken as they are: a proof from damaged ones fails where it is verified.
public struct TiledTree<Reader: LogTileReader> {
    public let size: UInt64
    private let reader: Reader
    private var cache: [TileCoordinate: [Digest256]] = [:]

    /// - Throws: `ledger.proof_malformed` for a size beyond 63 bits.
    public init(size: UInt64, reader: Reader) throws(LedgerError) {
        guard size <= MerkleTree.largestSize else {
            throw LedgerError(.proofMalformed, "a tree has at most \(MerkleTree.largestSize) leaves, not \(size)")
        }
        self.size = size
        self.reader = reader
    }

    /// The root when the tree had `size` leaves; nil stands for now.
    public mutating func root(at size: UInt64? = nil) throws -> Digest256 {
        try frontier(at: size).root
    }

    /// The frontier when the tree had `size` leaves; nil stands for now.
    public mutating func frontier(at size: UInt64? = nil) throws -> MerkleFrontier {
        let size = size ?? self.size
        guard size <= self.size else { throw beyond(size) }
        var roots: [Digest256] = []
        var start: UInt64 = 0
        for height in stride(from: 62, through: 0, by: -1) where size >> UInt64(height) & 1 == 1 {
            roots.append(try perfectRoot(height: height, index: start >> UInt64(height)))
            start += 1 << UInt64(height)
        }
        return MerkleFrontier(size: size, subtreeRoots: roots)
    }

    /// The hash of leaf `index`.
    public mutating func leaf(_ index: UInt64) throws -> Digest256 {
        guard index < size else { throw beyond(index) }
        return try perfectRoot(height: 0, index: index)
    }

    /// The proof that leaf `index` stands in the tree of `size` leaves; nil stands for now.
    public mutating func inclusionProof(of index: UInt64, at size: UInt64? = nil) throws -> InclusionProof {
        let size = size ?? self.size
        guard index < size, size <= self.size else { throw beyond(max(index, size)) }
        var path: [Digest256] = []
        var (start, end) = (UInt64(0), size)
        while end - start > 1 {
            let middle = start + MerkleTree.split(end - start)
            if index < middle {
                path.append(try root(middle, end))
                end = middle
            } else {
                path.append(try root(start, middle))
                start = middle
            }
        }
        return try InclusionProof(index: index, size: size, path: path.reversed())
    }

    /// The proof that the tree of `newSize` leaves continues that of `oldSize`, which is at least 1; nil stands for now.
    public mutating func consistencyProof(from oldSize: UInt64, to newSize: UInt64? = nil) throws -> ConsistencyProof {
        let newSize = newSize ?? size
        guard oldSize > 0, oldSize <= newSize, newSize <= size else { throw beyond(max(oldSize, newSize)) }
        var path: [Digest256] = []
        var (start, end) = (UInt64(0), newSize)
        while end != oldSize {
            let middle = start + MerkleTree.split(end - start)
            if oldSize <= middle {
                path.append(try root(middle, end))
                end = middle
            } else {
                path.append(try root(start, middle))
                start = middle
            }
        }
        // The verifier knows the old root itself, but not the root of a part of the old tree.
        if start > 0 { path.append(try root(start, end)) }
        return try ConsistencyProof(oldSize: oldSize, newSize: newSize, path: path.reversed())
    }

    /// The root over leaves `start..<end`, where `start` is where RFC 6962 splits a tree that ends at `end`.
    private mutating func root(_ start: UInt64, _ end: UInt64) throws -> Digest256 {
        let count = end - start
        guard count.nonzeroBitCount > 1 else {
            return try perfectRoot(height: count.trailingZeroBitCount, index: start >> UInt64(count.trailingZeroBitCount))
        }
        let middle = start + MerkleTree.split(count)
        return MerkleTree.nodeHash(try root(start, middle), try root(middle, end))
    }

    /// The root of the perfect subtree over leaves `index << height ..< (index + 1) << height`.
    private mutating func perfectRoot(height: Int, index: UInt64) throws -> Digest256 {
        let row = TileCoordinate.Row.hashes(level: height / 8)
        let first = index << UInt64(height % 8)
        guard let tile = TileCoordinate(row, holding: first, size: size) else { throw beyond(first) }
        let offset = Int(first & 255)
        let hashes: [Digest256]
        if let known = cache[tile] {
            hashes = known
        } else {
            hashes = try reader.hashes(tile)
            cache[tile] = hashes
        }
        return MerkleTree.perfectRoot(hashes[offset..<offset + 1 << (height % 8)])
    }

    private func beyond(_ number: UInt64) -> LedgerError {
        LedgerError(.proofMalformed, "`\(number)` lies outside a tree of \(size) leaves")
    }
}
