public import ChancerySuite

/// What sealing a body came to.
public struct BodySummary: Sendable, Equatable {
    public let length: UInt64
    /// For the manifest.
    public let tree: Digest256
    /// Bytes of the whole body.
    public let bodyLength: UInt64

    public init(length: UInt64, tree: Digest256, bodyLength: UInt64) {
        self.length = length
        self.tree = tree
        self.bodyLength = bodyLength
    }
}

/// Seals content whose length is not known before its end, chunk after chunk, in constant memory.
///
/// ```swift
/// var sealer = BodySealer(cipher, hashing: hasher)   // write cipher.header.bytes first
/// let leaf = try sealer.seal(chunk.span, into: &buffer)   // 16,384 bytes each, then one shorter, maybe empty
/// let summary = try sealer.finish()
/// ```
public struct BodySealer: Sendable {
    private let cipher: BodyCipher
    private let hasher: ContentHasher
    private var edge = TreeEdge()
    private var length: UInt64 = 0
    /// Whether the last chunk was sealed.
    public private(set) var isEnded = false

    public init(_ cipher: BodyCipher, hashing hasher: ContentHasher) {
        self.cipher = cipher
        self.hasher = hasher
    }

    /// Seals the next chunk. One shorter than 16 KiB is the last.
    ///
    /// - Returns: the chunk's leaf, for a stored tree.
    /// - Throws: `vault.body_order` after the last chunk, for a chunk that is too long and for a buffer that does not fit.
    public mutating func seal(
        _ chunk: Span<UInt8>, into sealed: inout MutableSpan<UInt8>
    ) throws(VaultError) -> Digest256 {
        guard !isEnded else { throw VaultError(.bodyOrder, "the body ended with the chunk before") }
        try cipher.seal(chunk, at: edge.size, into: &sealed)
        let leaf = hasher.leaf(of: chunk)
        edge.append(leaf)
        length += UInt64(chunk.count)
        isEnded = chunk.count < BodyGeometry.chunkBytes
        return leaf
    }

    /// - Throws: `vault.body_order` before the last chunk.
    public func finish() throws(VaultError) -> BodySummary {
        guard isEnded else { throw VaultError(.bodyOrder, "the body has no last chunk yet") }
        return BodySummary(
            length: length, tree: ContentTree.statement(root: edge.root, length: length),
            bodyLength: try BodyGeometry(length: length).bodyLength)
    }
}
