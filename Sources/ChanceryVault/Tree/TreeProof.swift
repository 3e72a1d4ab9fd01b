public import ChancerySuite

extension VaultError.Reason {
    /// A path that does not have the length of its place in the tree.
    public static let proofMalformed = Self(rawValue: "vault.proof_malformed")
}

/// Shows that one leaf stands at one place of a tree (RFC 9162 §2.1.3).
public struct TreeProof: Sendable, Hashable {
    /// The largest number of leaves: sizes stay within 63 bits.
    public static let largestSize = UInt64(Int64.max)

    /// The leaf's place, from 0.
    public let index: UInt64
    /// The number of leaves of the tree.
    public let size: UInt64
    /// The hashes beside the way up, from the leaf's sibling to the root's child.
    public let path: [Digest256]

    /// - Throws: `vault.proof_malformed` unless `index` lies in the tree and the path has exactly the length of its place.
    public init(index: UInt64, size: UInt64, path: [Digest256]) throws(VaultError) {
        guard size <= Self.largestSize, index < size else {
            throw VaultError(.proofMalformed, "a tree of \(size) leaves has no leaf \(index)")
        }
        let below = Self.levelsBelowEdge(index, size)
        let length = below + (index >> UInt64(below)).nonzeroBitCount
        guard path.count == length else {
            throw VaultError(.proofMalformed, "leaf \(index) of \(size) has a path of \(length) hashes, not \(path.count)")
        }
        self.index = index
        self.size = size
        self.path = path
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
            hash = isRightChild ? TreeHash.node(sibling, hash) : TreeHash.node(hash, sibling)
        }
        return hash
    }
}
