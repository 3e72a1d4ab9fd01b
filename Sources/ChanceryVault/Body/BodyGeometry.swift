/// Which bytes of a body hold which bytes of content: pure arithmetic, the same for every body of one length.
///
/// Content is cut into chunks of 16 KiB; the last one is shorter, maybe empty. Chunk k lies sealed at the byte
/// 56 + k·16,400 (c2sp.org/chunked-encryption).
public struct BodyGeometry: Sendable, Hashable {
    public static let chunkBytes = 16_384
    public static let sealedChunkBytes = chunkBytes + 16
    /// Most chunks of a body: 4 PiB.
    public static let maximumChunks: UInt64 = 1 << 38
    /// Most bytes of content: the last of the chunks is shorter than the others.
    public static let maximumLength: UInt64 = maximumChunks * UInt64(chunkBytes) - 1

    /// Bytes of content.
    public let length: UInt64

    /// - Throws: `vault.body_length` for more than ``maximumLength`` bytes.
    public init(length: UInt64) throws(VaultError) {
        guard length <= Self.maximumLength else {
            throw VaultError(.bodyLength, "a body holds at most \(Self.maximumLength) bytes, not \(length)")
        }
        self.length = length
    }

    /// From the bytes of a whole body.
    ///
    /// - Throws: `vault.body_length` for a length that no body has; such a body was cut off or added to.
    public init(bodyLength: UInt64) throws(VaultError) {
        let header = UInt64(BodyHeader.byteCount)
        guard bodyLength >= header + 16 else { throw VaultError(.bodyLength, "a body of \(bodyLength) bytes is cut off") }
        let (full, rest) = (bodyLength - header).quotientAndRemainder(dividingBy: UInt64(Self.sealedChunkBytes))
        guard full < Self.maximumChunks, rest >= 16 else {
            throw VaultError(.bodyLength, "no body has \(bodyLength) bytes")
        }
        try self.init(length: full * UInt64(Self.chunkBytes) + rest - 16)
    }

    /// The number of chunks, the last and shorter one included.
    public var chunkCount: UInt64 { length / UInt64(Self.chunkBytes) + 1 }
    /// Bytes of the whole body.
    public var bodyLength: UInt64 { UInt64(BodyHeader.byteCount) + length + chunkCount * 16 }
    /// All chunks.
    public var chunks: Range<UInt64> { 0..<chunkCount }

    /// The chunks that hold the bytes `range` of content.
    ///
    /// - Throws: `vault.body_length` when the range goes beyond the content.
    public func chunks(covering range: Range<UInt64>) throws(VaultError) -> Range<UInt64> {
        guard range.upperBound <= length else {
            throw VaultError(.bodyLength, "the content has \(length) bytes, not \(range.upperBound)")
        }
        let size = UInt64(Self.chunkBytes)
        let first = range.lowerBound / size
        return first..<(range.isEmpty ? first : (range.upperBound - 1) / size + 1)
    }

    /// The bytes of content in `chunks`.
    ///
    /// - Throws: `vault.body_length` for chunks that the body does not have.
    public func contentRange(of chunks: Range<UInt64>) throws(VaultError) -> Range<UInt64> {
        try require(chunks)
        let size = UInt64(Self.chunkBytes)
        return min(chunks.lowerBound * size, length)..<min(chunks.upperBound * size, length)
    }

    /// The bytes of the body in which `chunks` lie sealed.
    ///
    /// - Throws: `vault.body_length` for chunks that the body does not have.
    public func sealedRange(of chunks: Range<UInt64>) throws(VaultError) -> Range<UInt64> {
        try require(chunks)
        let size = UInt64(Self.sealedChunkBytes)
        let start = UInt64(BodyHeader.byteCount)
        return min(start + chunks.lowerBound * size, bodyLength)..<min(start + chunks.upperBound * size, bodyLength)
    }

    /// All chunks in consecutive runs of at most `count`, to be sealed or opened side by side.
    public func runs(of count: UInt64) -> some Sequence<Range<UInt64>> {
        precondition(count > 0, "a run has at least one chunk")
        return stride(from: 0, to: chunkCount, by: Int(clamping: count)).lazy.map { start in
            start..<min(start + min(count, chunkCount), chunkCount)
        }
    }

    private func require(_ chunks: Range<UInt64>) throws(VaultError) {
        guard chunks.upperBound <= chunkCount else {
            throw VaultError(.bodyLength, "the body has \(chunkCount) chunks, not \(chunks.upperBound)")
        }
    }
}
