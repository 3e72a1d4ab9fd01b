public import ChancerySuite

/// A whole tree in memory: every path without further hashing, for 64 bytes per leaf.
public struct TreeLevels: Sendable {
    // Invariant: `levels[0]` are the leaves, each further level is the fold of the one below, the last has one hash at most.
    private let levels: [[Digest256]]

    public init(leaves: [Digest256]) {
        var levels = [leaves]
        while let top = levels.last, top.count > 1 { levels.append(TreeHash.fold(top)) }
        self.levels = levels
    }

    public var size: UInt64 { UInt64(levels[0].count) }
    public var root: Digest256 { levels.last?.first ?? TreeHash.empty }

    /// What shows leaf `index`.
    ///
    /// - Throws: `vault.proof_malformed` when there is no such leaf.
    public func proof(of index: UInt64) throws(VaultError) -> TreeProof {
        guard index < size else { throw VaultError(.proofMalformed, "a tree of \(size) leaves has no leaf \(index)") }
        var path: [Digest256] = []
        var place = Int(index)
        for level in levels {
            if level.indices.contains(place ^ 1) { path.append(level[place ^ 1]) }
            place /= 2
        }
        return try TreeProof(index: index, size: size, path: path)
    }

    /// The stored form, in which ``StoredTree`` finds its way: all levels but the root, 32 bytes for each hash.
    public var encoded: [UInt8] { levels.filter { $0.count > 1 }.flatMap(Digest256.joined) }
}
