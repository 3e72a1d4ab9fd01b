public import ChancerySuite

/// Seals and opens the chunks of one body: Cobblestone-256 (c2sp.org/chunked-encryption, SHA-512 and AES-256-GCM).
///
/// key ‖ base nonce ‖ commitment follow from data key, salt and context by HKDF-Expand. Chunks are numbered, so several tasks
/// may work on different runs of one body at once. The cipher does not remember what it sealed: which content may be sealed
/// under which number is for ``BodySealer`` and ``ResumeLedger`` to say (rule V2).
public struct BodyCipher: Sendable {
    public static let dataKeyBytes = 32

    public let header: BodyHeader
    private let aead: BulkAEAD

    /// For a new body. Give each attempt its own salt.
    ///
    /// - Throws: `vault.wrong_key` for a data key that does not have 32 bytes.
    public init(
        sealing context: BodyContext, dataKey: borrowing SecretBytes, salt: [UInt8] = BodyHeader.freshSalt()
    ) throws(VaultError) {
        try self.init(dataKey: dataKey, salt: salt, context: context.bytes)
    }

    /// For the body that starts with `header`.
    ///
    /// - Throws: `vault.wrong_key` when the header does not commit to this data key and context.
    public init(opening header: BodyHeader, context: BodyContext, dataKey: borrowing SecretBytes) throws(VaultError) {
        try self.init(dataKey: dataKey, salt: header.salt, context: context.bytes)
        guard constantTimeEqual(self.header.commitment, header.commitment) else {
            throw VaultError(.wrongKey, "the body was not sealed with this data key for this place")
        }
    }

    /// Any context, for check values.
    package init(dataKey: borrowing SecretBytes, salt: [UInt8], context: [UInt8]) throws(VaultError) {
        guard dataKey.count == Self.dataKeyBytes, salt.count == BodyHeader.saltBytes else {
            throw VaultError(.wrongKey, "a data key has \(Self.dataKeyBytes) bytes, a salt \(BodyHeader.saltBytes)")
        }
        let info = Array("c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM".utf8) + [0] + salt + context
        do {
            let derived = try Derivation.hkdfExpandSHA512(dataKey, info: info, count: 76)
            var bytes = derived.copyForExport()
            defer { SecretBytes.erase(&bytes) }
            var keyBytes = Array(bytes[..<32])
            aead = try BulkAEAD(key: SecretBytes(erasing: &keyBytes), baseNonce: Array(bytes[32..<44]))
            header = try BodyHeader(salt: salt, commitment: Array(bytes[44...]))
        } catch {
            throw VaultError(.wrongKey, "the key of a body could not be derived")
        }
    }

    /// Seals one chunk of at most 16 KiB under its number. A chunk shorter than that ends the body.
    ///
    /// - Throws: `vault.body_order` for a longer chunk, a number beyond 2³⁸, or a buffer that is not 16 bytes longer.
    public func seal(
        _ chunk: Span<UInt8>, at index: UInt64, into sealed: inout MutableSpan<UInt8>
    ) throws(VaultError) {
        try seal(chunk, at: index, into: &sealed, 0..<sealed.count)
    }

    private func seal(
        _ chunk: Span<UInt8>, at index: UInt64, into sealed: inout MutableSpan<UInt8>, _ range: Range<Int>
    ) throws(VaultError) {
        guard chunk.count <= BodyGeometry.chunkBytes, index < BodyGeometry.maximumChunks else {
            throw VaultError(.bodyOrder, "a chunk has at most \(BodyGeometry.chunkBytes) bytes and a number below 2^38")
        }
        do {
            try aead.seal(chunk, at: index, into: &sealed, range)
        } catch {
            throw VaultError(.bodyOrder, "the buffer does not fit the chunk")
        }
    }

    /// Opens one chunk under its number. The buffer holds zeros when it throws.
    ///
    /// - Throws: `vault.body_altered` for anything but what was sealed under this number.
    public func open(
        _ sealed: Span<UInt8>, at index: UInt64, into chunk: inout MutableSpan<UInt8>
    ) throws(VaultError) {
        try open(sealed, at: index, into: &chunk, 0..<chunk.count)
    }

    private func open(
        _ sealed: Span<UInt8>, at index: UInt64, into chunk: inout MutableSpan<UInt8>, _ range: Range<Int>
    ) throws(VaultError) {
        guard sealed.count <= BodyGeometry.sealedChunkBytes, index < BodyGeometry.maximumChunks else {
            throw VaultError(.bodyOrder, "a sealed chunk has at most \(BodyGeometry.sealedChunkBytes) bytes")
        }
        do {
            try aead.open(sealed, at: index, into: &chunk, range)
        } catch {
            throw VaultError(.bodyAltered, "chunk \(index) does not open")
        }
    }

    /// Hashes and seals the chunks `chunks` of a body with the geometry `geometry`.
    ///
    /// - Returns: the leaves of the content tree.
    /// - Throws: `vault.body_order` unless both buffers have exactly the lengths that the geometry gives.
    public func seal(
        _ content: Span<UInt8>, chunks: Range<UInt64>, of geometry: BodyGeometry, hashing hasher: ContentHasher,
        into sealed: inout MutableSpan<UInt8>
    ) throws(VaultError) -> [Digest256] {
        try require(content.count, sealed.count, chunks, geometry)
        var leaves: [Digest256] = []
        leaves.reserveCapacity(chunks.count)
        for (place, index) in chunks.enumerated() {
            let start = place * BodyGeometry.chunkBytes
            let chunk = content.extracting(start..<min(start + BodyGeometry.chunkBytes, content.count))
            let target = place * BodyGeometry.sealedChunkBytes
            leaves.append(hasher.leaf(of: chunk))
            try seal(chunk, at: index, into: &sealed, target..<target + chunk.count + AEAD.tagBytes)
        }
        return leaves
    }

    /// Opens and hashes the chunks `chunks` of a body with the geometry `geometry`. Compare the leaves with the content
    /// tree before the content is used: who holds the data key could have sealed anything.
    ///
    /// - Returns: the leaves of the content tree.
    /// - Throws: `vault.body_order` unless both buffers have exactly the lengths that the geometry gives,
    ///   `vault.body_altered` for anything but what was sealed.
    public func open(
        _ sealed: Span<UInt8>, chunks: Range<UInt64>, of geometry: BodyGeometry, hashing hasher: ContentHasher,
        into content: inout MutableSpan<UInt8>
    ) throws(VaultError) -> [Digest256] {
        try require(content.count, sealed.count, chunks, geometry)
        var leaves: [Digest256] = []
        leaves.reserveCapacity(chunks.count)
        for (place, index) in chunks.enumerated() {
            let start = place * BodyGeometry.sealedChunkBytes
            let source = sealed.extracting(start..<min(start + BodyGeometry.sealedChunkBytes, sealed.count))
            let target = place * BodyGeometry.chunkBytes
            let range = target..<target + source.count - AEAD.tagBytes
            try open(source, at: index, into: &content, range)
            leaves.append(hasher.leaf(of: content.span.extracting(range)))
        }
        return leaves
    }

    private func require(
        _ content: Int, _ sealed: Int, _ chunks: Range<UInt64>, _ geometry: BodyGeometry
    ) throws(VaultError) {
        guard try geometry.contentRange(of: chunks).count == content, try geometry.sealedRange(of: chunks).count == sealed
        else {
            throw VaultError(.bodyOrder, "the buffers do not have the lengths of the chunks \(chunks)")
        }
    }
}
