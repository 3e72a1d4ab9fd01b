public import ChancerySuite
public import ChanceryWire

/// The right edge of a growing tree: all that appending leaves and naming the root need.
///
/// At most 63 hashes, whatever the size. Appending costs one node hash on average.
public struct MerkleFrontier: Sendable, Hashable {
    /// The number of leaves so far.
    public private(set) var size: UInt64
    // Invariant: one root per set bit of `size`, of perfect subtrees from left to right, the largest first.
    private var peaks: [Digest256]

    /// The tree without leaves.
    public init() {
        size = 0
        peaks = []
        peaks.reserveCapacity(64)
    }

    /// Adds a leaf by its hash (``MerkleTree/leafHash(_:)``).
    public mutating func append(_ leaf: Digest256) {
        var hash = leaf
        for _ in 0..<(~size).trailingZeroBitCount { hash = MerkleTree.nodeHash(peaks.removeLast(), hash) }
        peaks.append(hash)
        size += 1
    }

    /// The root over all leaves so far.
    public var root: Digest256 {
        guard var root = peaks.last else { return MerkleTree.emptyRoot }
        for peak in peaks.dropLast().reversed() { root = MerkleTree.nodeHash(peak, root) }
        return root
    }

    public var head: TreeHead { TreeHead(trusted: size, root) }

    /// The roots of the perfect subtrees, from left to right: one per set bit of the size.
    var subtreeRoots: [Digest256] { peaks }

    /// From the roots of the perfect subtrees, as ``subtreeRoots`` gives them.
    init(size: UInt64, subtreeRoots: [Digest256]) {
        self.size = size
        peaks = subtreeRoots
    }

    /// The stored form: u64be(size), then 32 bytes per set bit of the size.
    public var encoded: [UInt8] { size.bigEndianBytes + Digest256.joined(peaks) }

    /// Reads the stored form. The hashes are taken as they are: compare ``root`` with what was signed.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count >= 8 else {
            throw WireError(.truncated, "a frontier starts with a size of 8 bytes", offset: bytes.count)
        }
        let size = UInt64(bigEndianBytes: bytes[..<8])
        guard size <= MerkleTree.largestSize else {
            throw WireError(.numberOutOfRange, "a tree of \(size) leaves is beyond 63 bits", offset: 0)
        }
        let expected = 8 + size.nonzeroBitCount * 32
        guard bytes.count >= expected else {
            throw WireError(.truncated, "the frontier of \(size) leaves has \(expected) bytes", offset: bytes.count)
        }
        guard bytes.count == expected, let peaks = Digest256.split(Array(bytes[8...])) else {
            throw WireError(.trailingBytes, "the frontier of \(size) leaves has \(expected) bytes", offset: expected)
        }
        self.size = size
        self.peaks = peaks
    }
}

extension UInt64 {
    /// Most significant byte first.
    var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) } }

    init(bigEndianBytes bytes: some Sequence<UInt8>) { self = bytes.reduce(0) { $0 << 8 | UInt64($1) } }
}
