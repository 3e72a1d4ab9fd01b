import ChanceryLedger
import ChancerySuite

/// The definitions of RFC 6962 §2.1 word by word, to compare the fast tree with.
struct SlowTree {
    let leaves: [Digest256]

    func root(_ range: Range<Int>) -> Digest256 {
        switch range.count {
        case 0: return MerkleTree.emptyRoot
        case 1: return leaves[range.lowerBound]
        default:
            let middle = range.lowerBound + split(range.count)
            return MerkleTree.nodeHash(root(range.lowerBound..<middle), root(middle..<range.upperBound))
        }
    }

    func path(_ index: Int, _ range: Range<Int>) -> [Digest256] {
        guard range.count > 1 else { return [] }
        let middle = range.lowerBound + split(range.count)
        return index < middle
            ? path(index, range.lowerBound..<middle) + [root(middle..<range.upperBound)]
            : path(index, middle..<range.upperBound) + [root(range.lowerBound..<middle)]
    }

    func consistency(_ old: Int, _ range: Range<Int>, complete: Bool = true) -> [Digest256] {
        guard old < range.upperBound else { return complete ? [] : [root(range)] }
        let middle = range.lowerBound + split(range.count)
        return old <= middle
            ? consistency(old, range.lowerBound..<middle, complete: complete) + [root(middle..<range.upperBound)]
            : consistency(old, middle..<range.upperBound, complete: false) + [root(range.lowerBound..<middle)]
    }

    /// The largest power of two below `count`.
    private func split(_ count: Int) -> Int {
        var power = 1
        while power * 2 < count { power *= 2 }
        return power
    }
}

/// Entries and a published log over them.
struct SampleLog {
    let entries: [[UInt8]]
    var leaves: [Digest256] { entries.map { MerkleTree.leafHash($0) } }
    private(set) var tiles = MemoryTiles()
    private(set) var head = TreeHead.empty

    /// A log of `sizes.last` entries, published at each of `sizes`.
    init(sizes: [Int]) throws {
        entries = (0..<(sizes.last ?? 0)).map { Array("entry \($0)".utf8) }
        for size in sizes {
            let plan = try TilePlan(from: head, appending: Array(entries[Int(head.size)..<size]), reader: tiles)
            tiles.write(plan.files)
            head = plan.new
        }
    }

    func tree() throws -> TiledTree<MemoryTiles> { try TiledTree(size: head.size, reader: tiles) }
}

/// Numbers from a seed, the same on every machine (SplitMix64).
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ z >> 30) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ z >> 27) &* 0x94d0_49bb_1331_11eb
        return z ^ z >> 31
    }
}
