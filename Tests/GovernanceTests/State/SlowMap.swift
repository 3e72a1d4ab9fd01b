import ChancerySuite

/// The map of rule G11 as its definition reads: sort, hash, split at the largest power of two.
struct SlowMap {
    var entries: [[UInt8]: [UInt8]] = [:]

    var root: [UInt8] {
        let leaves = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map {
            Digest.sha256([0] + $0.key + Digest.sha256($0.value))
        }
        return Self.root(leaves[...])
    }

    private static func root(_ leaves: ArraySlice<[UInt8]>) -> [UInt8] {
        if leaves.isEmpty { return Digest.sha256([UInt8]()) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        let middle = leaves.startIndex + split
        return Digest.sha256([1] + root(leaves[..<middle]) + root(leaves[middle...]))
    }
}
