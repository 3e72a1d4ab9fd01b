internal import ChancerySuite
internal import ChanceryVault

/// Writes the stored form of a content tree while its leaves come: the leaves at once, the levels above at the end.
///
/// It keeps the level above the leaves: 32 bytes for each 32 KiB of content.
struct TreeWriter {
    private let file: any VaultWriting
    private var count: UInt64 = 0
    private var level: [Digest256] = []
    /// Leaves that are not written yet.
    private var waiting: [Digest256] = []
    private static let most = 1 << 12

    init(_ file: any VaultWriting) { self.file = file }

    /// Adds leaves; all but the last ones come in even numbers.
    mutating func append(_ leaves: [Digest256]) throws {
        precondition(count % 2 == 0 || leaves.isEmpty, "an odd number of leaves is the last")
        count += UInt64(leaves.count)
        level += TreeHash.fold(leaves)
        waiting += leaves
        if waiting.count >= Self.most { try flush() }
    }

    private mutating func flush() throws {
        try file.append(Digest256.joined(waiting).span)
        waiting.removeAll(keepingCapacity: true)
    }

    /// Writes the other levels.
    ///
    /// - Returns: the root.
    mutating func finish() throws -> Digest256 {
        // One leaf alone is the root, which is not stored.
        if count > 1 { try flush() }
        while level.count > 1 {
            for start in stride(from: 0, to: level.count, by: 1 << 15) {
                try file.append(Digest256.joined(level[start..<min(start + 1 << 15, level.count)]).span)
            }
            level = TreeHash.fold(level)
        }
        try file.finish()
        return level.first ?? TreeHash.empty
    }
}
