public import ChancerySuite

/// The hashes of an RFC 6962 tree (§2.1), with SHA-256.
public enum MerkleTree {
    /// The largest number of leaves: sizes stay within 63 bits, so they fit databases and C2SP timestamps alike.
    public static let largestSize = UInt64(Int64.max)

    /// The root of the tree without leaves: SHA-256 of nothing.
    public static let emptyRoot = Digest256(Digest.sha256([UInt8]()))!

    /// SHA-256(00 ‖ entry).
    public static func leafHash(_ entry: some Collection<UInt8>) -> Digest256 { .sha256(prefix: 0, entry) }

    /// SHA-256(01 ‖ left ‖ right).
    public static func nodeHash(_ left: Digest256, _ right: Digest256) -> Digest256 { .sha256(prefix: 1, left, right) }

    /// The root over `leaves`, in O(n).
    public static func root(of leaves: [Digest256]) -> Digest256 {
        var frontier = MerkleFrontier()
        for leaf in leaves { frontier.append(leaf) }
        return frontier.root
    }

    /// The inclusion path of leaf `index` among `leaves`, from its sibling upwards, in O(n).
    ///
    /// - Throws: `ledger.proof_malformed` when there is no such leaf.
    public static func path(of index: Int, in leaves: [Digest256]) throws(LedgerError) -> [Digest256] {
        guard leaves.indices.contains(index) else {
            throw LedgerError(.proofMalformed, "a tree of \(leaves.count) leaves has no leaf \(index)")
        }
        var path: [Digest256] = []
        var level = leaves
        var position = index
        while level.count > 1 {
            if level.indices.contains(position ^ 1) { path.append(level[position ^ 1]) }
            level = fold(level)
            position /= 2
        }
        return path
    }

    /// The level above `level`; an odd last hash rises unchanged.
    private static func fold(_ level: [Digest256]) -> [Digest256] {
        stride(from: 0, to: level.count, by: 2).map { left in
            left + 1 < level.count ? nodeHash(level[left], level[left + 1]) : level[left]
        }
    }

    /// The root over `hashes`, whose count is a power of two.
    static func perfectRoot(_ hashes: ArraySlice<Digest256>) -> Digest256 {
        var level = Array(hashes)
        while level.count > 1 { level = fold(level) }
        return level[0]
    }

    /// The largest power of two below `size`, which is at least 2: where RFC 6962 splits a tree.
    static func split(_ size: UInt64) -> UInt64 { 1 << UInt64(63 - (size - 1).leadingZeroBitCount) }
}

/// How many leaves a tree has and what it hashes to.
public struct TreeHead: Sendable, Hashable {
    public let size: UInt64
    public let root: Digest256

    /// - Throws: `ledger.proof_malformed` for a size beyond 63 bits, or a root of no leaves that is not the empty one.
    public init(size: UInt64, root: Digest256) throws(LedgerError) {
        guard size <= MerkleTree.largestSize else {
            throw LedgerError(.proofMalformed, "a tree has at most \(MerkleTree.largestSize) leaves, not \(size)")
        }
        guard size > 0 || root == MerkleTree.emptyRoot else {
            throw LedgerError(.proofMalformed, "a tree without leaves has the root \(MerkleTree.emptyRoot)")
        }
        self.size = size
        self.root = root
    }

    // For heads that were computed here.
    init(trusted size: UInt64, _ root: Digest256) {
        self.size = size
        self.root = root
    }

    public static let empty = TreeHead(trusted: 0, MerkleTree.emptyRoot)
}
