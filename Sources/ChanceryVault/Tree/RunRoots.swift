public import ChancerySuite

/// The content tree of a file at the height at which one hash stands for 64 chunks, a mebibyte: what a reader of the whole
/// keeps, so that every mebibyte is checked before it is given out (rule V3). 32 bytes for each.
public struct RunRoots: Sendable {
    /// Chunks that one hash stands for.
    public static let chunks: UInt64 = 64
    /// The level of ``StoredTree`` that has these hashes; a tree that is no higher has none of them.
    public static let level = 6

    private let roots: [Digest256]

    /// Checks that `roots` lead to the file's statement.
    ///
    /// - Parameter roots: the hashes of the level; empty for a file of at most 64 chunks.
    /// - Throws: `vault.content_mismatch` for others.
    public init(_ roots: [Digest256], of file: ManifestFile) throws(VaultError) {
        let count = try BodyGeometry(length: file.length).chunkCount
        guard count > Self.chunks else {
            guard roots.isEmpty else { throw Self.mismatch(file) }
            self.roots = []
            return
        }
        var edge = TreeEdge()
        edge.append(contentsOf: roots)
        guard edge.size == (count - 1) / Self.chunks + 1,
            ContentTree.statement(root: edge.root, length: file.length) == file.tree
        else { throw Self.mismatch(file) }
        self.roots = roots
    }

    /// Checks the hashes of the chunks of one run, counted from 0.
    ///
    /// - Throws: `vault.content_mismatch`.
    public func check(_ leaves: [Digest256], run: UInt64, of file: ManifestFile) throws(VaultError) {
        var edge = TreeEdge()
        edge.append(contentsOf: leaves)
        if roots.isEmpty {
            guard run == 0, ContentTree.statement(root: edge.root, length: file.length) == file.tree else {
                throw Self.mismatch(file)
            }
        } else {
            guard run < UInt64(roots.count), edge.root == roots[Int(run)] else { throw Self.mismatch(file) }
        }
    }

    private static func mismatch(_ file: ManifestFile) -> VaultError {
        VaultError(.contentMismatch, "the content of `\(file.path)` is not what the manifest states")
    }
}
