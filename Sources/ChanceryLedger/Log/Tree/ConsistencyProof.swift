public import ChancerySuite

/// Shows that a tree continues an earlier one without changing it (RFC 9162 §2.1.4).
///
/// The proof from a tree to itself is empty. There is none from the empty tree: every tree continues it, so it would
/// show nothing.
public struct ConsistencyProof: Sendable, Hashable {
    public let oldSize: UInt64
    public let newSize: UInt64
    public let path: [Digest256]

    /// - Throws: `ledger.proof_malformed` unless 0 < old ≤ new and the path has exactly their length.
    public init(oldSize: UInt64, newSize: UInt64, path: [Digest256]) throws(LedgerError) {
        guard oldSize > 0, oldSize <= newSize, newSize <= MerkleTree.largestSize else {
            throw LedgerError(.proofMalformed, "there is no proof from \(oldSize) to \(newSize) leaves")
        }
        let length = Self.pathLength(oldSize, newSize)
        guard path.count == length else {
            throw LedgerError(
                .proofMalformed, "from \(oldSize) to \(newSize) leaves a path has \(length) hashes, not \(path.count)")
        }
        self.oldSize = oldSize
        self.newSize = newSize
        self.path = path
    }

    private static func pathLength(_ old: UInt64, _ new: UInt64) -> Int {
        guard old < new else { return 0 }
        // The path of the old tree's last leaf, minus the part inside the perfect subtree that ends with it, plus that
        // subtree's own root unless it is the whole old tree.
        let height = old.trailingZeroBitCount
        return InclusionProof.pathLength(old - 1, in: new) - height + (old.nonzeroBitCount == 1 ? 0 : 1)
    }

    /// Checks that the tree `new` continues the tree `old`.
    ///
    /// - Throws: `ledger.proof_mismatch` when the path does not lead to both roots.
    public func verify(old: Digest256, new: Digest256) throws(LedgerError) {
        let continues = oldSize == newSize ? old == new : roots(from: old).map { $0 == (old, new) } ?? false
        guard continues else {
            throw LedgerError(.proofMismatch, "the tree of \(newSize) leaves does not continue that of \(oldSize)")
        }
    }

    /// The two roots that the path leads to; nil for a path that is too short.
    private func roots(from old: Digest256) -> (Digest256, Digest256)? {
        var rest = path[...]
        guard let start = oldSize.nonzeroBitCount == 1 ? old : rest.popFirst() else { return nil }
        let height = UInt64(oldSize.trailingZeroBitCount)
        var left = (oldSize - 1) >> height
        var right = (newSize - 1) >> height
        var roots = (start, start)
        for sibling in rest {
            // Climb the right edge of the larger tree to the next left sibling.
            while left & 1 == 0, left == right, left > 0 {
                left >>= 1
                right >>= 1
            }
            if left & 1 == 1 {
                roots.0 = MerkleTree.nodeHash(sibling, roots.0)
                roots.1 = MerkleTree.nodeHash(sibling, roots.1)
            } else {
                roots.1 = MerkleTree.nodeHash(roots.1, sibling)
            }
            left >>= 1
            right >>= 1
        }
        return roots
    }
}
