internal import ChancerySuite
internal import ChanceryVault

/// Up to 64 chunks of a body, a mebibyte, in buffers that are used again.
struct BodyRun: Sendable {
    /// Its place in the body, from 0.
    private(set) var number: UInt64 = 0
    /// The hashes of its chunks, once it is sealed or opened.
    private(set) var leaves: [Digest256] = []
    var plain = [UInt8](repeating: 0, count: Int(RunRoots.chunks) * BodyGeometry.chunkBytes)
    var sealed = [UInt8](repeating: 0, count: Int(RunRoots.chunks) * BodyGeometry.sealedChunkBytes)
    /// How much of each buffer is meant.
    private(set) var plainCount = 0
    private(set) var sealedCount = 0
    private var chunks: Range<UInt64> = 0..<0
    private var geometry: BodyGeometry?

    /// Makes it the run `number` of a body.
    ///
    /// - Parameter geometry: of the whole content, or of all of it up to the end of this run.
    /// - Throws: `vault.body_length` when there is no such run.
    mutating func set(_ number: UInt64, of geometry: BodyGeometry) throws(VaultError) {
        let first = number * RunRoots.chunks
        guard first < geometry.chunkCount else { throw VaultError(.bodyLength, "the body has no run \(number)") }
        self.number = number
        self.geometry = geometry
        chunks = first..<min(first + RunRoots.chunks, geometry.chunkCount)
        plainCount = try geometry.contentRange(of: chunks).count
        sealedCount = try geometry.sealedRange(of: chunks).count
        leaves = []
    }

    /// Fills `sealed` from `plain`.
    mutating func seal(_ cipher: BodyCipher, _ hasher: ContentHasher) throws(VaultError) {
        let (from, to, chunks, geometry) = try (0..<plainCount, 0..<sealedCount, chunks, placed())
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
