public import ChancerySuite

/// Shows that one leaf stands at one place of a tree (RFC 9162 §2.1.3).
public struct InclusionProof: Sendable, Hashable {
    /// The leaf's place, from 0.
    public let index: UInt64
    /// The number of leaves of the tree.
    public let size: UInt64
    /// The hashes beside the way up, from the leaf's sibling to the root's child.
    public let path: [Digest256]

    /// - Throws: `ledger.proof_malformed` unless `index` lies in the tree and the path has exactly the length of its place.
    public init(index: UInt64, size: UInt64, path: [Digest256]) throws(LedgerError) {
        guard size <= MerkleTree.largestSize, index < size else {
            throw LedgerError(.proofMalformed, "a tree of \(size) leaves has no leaf \(index)")
        }
        let length = Self.pathLength(index, in: size)
        guard path.count == length else {
            throw LedgerError(
                .proofMalformed, "leaf \(index) of \(size) has a path of \(length) hashes, not \(path.count)")
        }
        self.index = index
        self.size = size
        self.path = path
    }

    /// How many hashes the path of leaf `index` has in a tree of `size` leaves; `index` is below `size`.
    static func pathLength(_ index: UInt64, in size: UInt64) -> Int {
        let shared = levelsBelowEdge(index, size)
        return shared + (index >> UInt64(shared)).nonzeroBitCount
    }

    /// The height at which the way up joins the right edge. Below it every level has a sibling; above it only a left
    /// turn has one.
    private static func levelsBelowEdge(_ index: UInt64, _ size: UInt64) -> Int {
        64 - (index ^ (size - 1)).leadingZeroBitCount
    }

    /// The root that the proof leads to from `leaf`.
    public func root(from leaf: Digest256) -> Digest256 {
        let below = Self.levelsBelowEdge(index, size)
        var hash = leaf
        for (level, sibling) in path.enumerated() {
            let isRightChild = level >= below || index >> UInt64(level) & 1 == 1
            hash = isRightChild ? MerkleTree.nodeHash(sibling, hash) : MerkleTree.nodeHash(hash, sibling)
        }
        return hash
    }

    /// Checks that the leaf with the hash `leaf` stands in the tree `root`.
    ///
    /// - Throws: `ledger.proof_mismatch` otherwise.
    public func verify(leaf: Digest256, root: Digest256) throws(LedgerError) {
        guard self.root(from: leaf) == root else {
            throw LedgerError(.proofMismatch, "the path of leaf \(index) of \(size) leads to another root")
        }
    }
}
