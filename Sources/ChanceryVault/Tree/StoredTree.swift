/// Where the hashes of a tree lie in a file, so that a path costs a few short reads at any size.
///
/// The file holds the levels one after the other, the leaves first, the root left out: 32 bytes for each hash, less than
/// 64 bytes for each leaf. A level is the fold of the one before (``TreeHash/fold(_:)``) and can be written in parts.
/// Nothing in the file is believed: a path either leads to the signed statement or is refused.
public struct StoredTree: Sendable, Hashable {
    public static let hashBytes: UInt64 = 32

    public let size: UInt64
    /// The number of hashes of each level, the leaves first.
    public let levels: [UInt64]

    /// The tree over the chunks of a body.
    public init(_ geometry: BodyGeometry) {
        size = geometry.chunkCount
        levels = Array(sequence(first: size) { ($0 + 1) / 2 }.prefix { $0 > 1 })
    }

    /// Bytes of the whole file.
    public var byteCount: UInt64 { levels.reduce(0, +) * Self.hashBytes }

    /// Where a level starts in the file, in bytes.
    public func offset(ofLevel level: Int) -> UInt64 { levels.prefix(level).reduce(0, +) * Self.hashBytes }

    /// Where the 32-byte hashes of the path of leaf `index` start, in the order of ``TreeProof/path``.
    ///
    /// - Throws: `vault.proof_malformed` when there is no such leaf.
    public func pathOffsets(of index: UInt64) throws(VaultError) -> [UInt64] {
        guard index < size else { throw VaultError(.proofMalformed, "a tree of \(size) leaves has no leaf \(index)") }
        var offsets: [UInt64] = []
        var start: UInt64 = 0
        var place = index
        for count in levels {
            if place ^ 1 < count { offsets.append((start + (place ^ 1)) * Self.hashBytes) }
            start += count
            place /= 2
        }
        return offsets
    }
}
