internal import ChancerySuite
internal import ChanceryVault

/// Some consecutive chunks of a body in buffers that are used again: 64, a mebibyte, where it is not said otherwise.
struct BodyRun: Sendable {
    /// Its place in the body, from 0.
    private(set) var number: UInt64 = 0
    /// The hashes of its chunks, once it is sealed or opened.
    private(set) var leaves: [Digest256] = []
    var plain: [UInt8]
    var sealed: [UInt8]
    /// How much of each buffer is meant.
    private(set) var plainCount = 0
    private(set) var sealedCount = 0
    /// Where in `sealed` the sealed bytes start.
    private var sealedStart = 0
    private let mostChunks: UInt64
    private var chunks: Range<UInt64> = 0..<0
    private var geometry: BodyGeometry?

    /// - Parameter chunks: the most that it holds; all runs of one body have as many.
    init(chunks: UInt64 = RunRoots.chunks) {
        mostChunks = chunks
        plain = [UInt8](repeating: 0, count: Int(chunks) * BodyGeometry.chunkBytes)
        sealed = [UInt8](repeating: 0, count: Int(chunks) * BodyGeometry.sealedChunkBytes + Self.line)
    }

    /// Bytes that the processor moves at once.
    private static let line = 64

    /// Makes it the run `number` of a body.
    ///
    /// - Parameter geometry: of the whole content, or of all of it up to the end of this run.
    /// - Throws: `vault.body_length` when there is no such run.
    mutating func set(_ number: UInt64, of geometry: BodyGeometry) throws(VaultError) {
        let first = number * mostChunks
        guard first < geometry.chunkCount else { throw VaultError(.bodyLength, "the body has no run \(number)") }
        self.number = number
        self.geometry = geometry
        chunks = first..<min(first + mostChunks, geometry.chunkCount)
        plainCount = try geometry.contentRange(of: chunks).count
        sealedCount = try geometry.sealedRange(of: chunks).count
        sealedStart = 0
        leaves = []
    }

    /// The sealed bytes, once it is sealed.
    var sealedBytes: ArraySlice<UInt8> { sealed[sealedStart..<sealedStart + sealedCount] }

    /// Fills `sealed` from `plain`.
    mutating func seal(_ cipher: BodyCipher, _ hasher: ContentHasher) throws(VaultError) {
        let geometry = try placed()
        // Bytes that lie in memory as they will lie in the page cache are copied there a third faster.
        let place = unsafe sealed.withUnsafeBufferPointer { Int(bitPattern: $0.baseAddress) }
        sealedStart = (Int(truncatingIfNeeded: try geometry.sealedRange(of: chunks).lowerBound) &- place) & (Self.line - 1)
        let (from, to, chunks) = (0..<plainCount, sealedStart..<sealedStart + sealedCount, chunks)
        leaves = try Self.transform(plain, from, into: &sealed, to) { content, target throws(VaultError) in
            try cipher.seal(content, chunks: chunks, of: geometry, hashing: hasher, into: &target)
        }
    }

    /// Fills `plain` from `sealed`.
    mutating func open(_ cipher: BodyCipher, _ hasher: ContentHasher) throws(VaultError) {
        let (from, to, chunks, geometry) = try (0..<sealedCount, 0..<plainCount, chunks, placed())
        leaves = try Self.transform(sealed, from, into: &plain, to) { bytes, target throws(VaultError) in
            try cipher.open(bytes, chunks: chunks, of: geometry, hashing: hasher, into: &target)
        }
    }

    /// Wipes the content. The run cannot be used again.
    mutating func erase() { SecretBytes.erase(&plain) }

    private func placed() throws(VaultError) -> BodyGeometry {
        guard let geometry else { throw VaultError(.bodyOrder, "the run has no place yet") }
        return geometry
    }

    private static func transform(
        _ source: [UInt8], _ from: Range<Int>, into target: inout [UInt8], _ to: Range<Int>,
        _ work: (Span<UInt8>, inout MutableSpan<UInt8>) throws(VaultError) -> [Digest256]
    ) throws(VaultError) -> [Digest256] {
        var whole = target.mutableSpan
        var part = whole._mutatingExtracting(to)
        return try work(source.span.extracting(from), &part)
    }
}
