public import ChancerySuite

/// Opens a body from its first chunk to its last, in constant memory, and says at the end whether it was what the manifest
/// states. Each chunk was sealed by a holder of the data key; that it is the content of *this* manifest is known only when
/// ``finish()`` returns, or earlier by ``ManifestFile/check(_:)``.
public struct BodyOpener: Sendable {
    public let file: ManifestFile
    private let cipher: BodyCipher
    private let hasher: ContentHasher
    private let geometry: BodyGeometry
    private var edge = TreeEdge()

    /// - Throws: `vault.body_length` when no body can have the file's length.
    public init(_ cipher: BodyCipher, of file: ManifestFile, hashing hasher: ContentHasher) throws(VaultError) {
        self.file = file
        self.cipher = cipher
        self.hasher = hasher
        geometry = try BodyGeometry(length: file.length)
    }

    /// The chunks that are still to come.
    public var remaining: Range<UInt64> { edge.size..<geometry.chunkCount }

    /// Opens the next `count` chunks.
    ///
    /// - Throws: `vault.body_length` for more chunks than the file has, `vault.body_order` for buffers of other lengths,
    ///   `vault.body_altered` for anything but what was sealed.
    public mutating func open(
        _ sealed: Span<UInt8>, count: UInt64, into content: inout MutableSpan<UInt8>
    ) throws(VaultError) {
        guard count <= UInt64(remaining.count) else {
            throw VaultError(.bodyLength, "the body goes on after its last chunk")
        }
        let leaves = try cipher.open(
            sealed, chunks: edge.size..<edge.size + count, of: geometry, hashing: hasher, into: &content)
        edge.append(contentsOf: leaves)
    }

    /// - Throws: `vault.body_length` before the last chunk, `vault.content_mismatch` when the content was another one.
    public func finish() throws(VaultError) {
        guard remaining.isEmpty else { throw VaultError(.bodyLength, "the body ends before its last chunk") }
        guard ContentTree.statement(root: edge.root, length: file.length) == file.tree else {
            throw VaultError(.contentMismatch, "the content of `\(file.path)` is not what the manifest states")
        }
    }
}

extension ManifestFile {
    /// Checks that the chunk with the hash `leaf` is the content of this file at its place.
    ///
    /// - Throws: `vault.content_mismatch` when the path is of another tree or leads elsewhere.
    public func check(_ leaf: Digest256, at proof: TreeProof) throws(VaultError) {
        guard try proof.size == BodyGeometry(length: length).chunkCount,
            ContentTree.statement(root: proof.root(from: leaf), length: length) == tree
        else { throw VaultError(.contentMismatch, "chunk \(proof.index) of `\(path)` is not what the manifest states") }
    }

    /// Checks the hashes of all chunks of this file at once.
    ///
    /// - Throws: `vault.content_mismatch` when they are not those that the manifest states.
    public func check(_ leaves: [Digest256]) throws(VaultError) {
        var edge = TreeEdge()
        edge.append(contentsOf: leaves)
        guard try edge.size == BodyGeometry(length: length).chunkCount,
            ContentTree.statement(root: edge.root, length: length) == tree
        else { throw VaultError(.contentMismatch, "the hashes of `\(path)` are not what the manifest states") }
    }
}
