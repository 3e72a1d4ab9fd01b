public import ChancerySuite

/// The right edge of a growing tree: all that adding leaves and naming the root need. At most 64 hashes, whatever the size.
public struct TreeEdge: Sendable, Hashable {
    /// The number of leaves so far.
    public private(set) var size: UInt64 = 0
    // Invariant: one root per set bit of `size`, of perfect subtrees from left to right, the largest first.
    private var peaks: [Digest256] = []

    /// The tree without leaves.
    public init() { peaks.reserveCapacity(64) }

    /// Adds a leaf by its hash. One node hash on average.
    public mutating func append(_ leaf: Digest256) {
        var hash = leaf
        for _ in 0..<(~size).trailingZeroBitCount { hash = TreeHash.node(peaks.removeLast(), hash) }
        peaks.append(hash)
        size += 1
    }

    public mutating func append(contentsOf leaves: [Digest256]) {
        for leaf in leaves { append(leaf) }
    }

    /// The root over all leaves so far.
    public var root: Digest256 {
        guard var root = peaks.last else { return TreeHash.empty }
        for peak in peaks.dropLast().reversed() { root = TreeHash.node(peak, root) }
        return root
    }
}
