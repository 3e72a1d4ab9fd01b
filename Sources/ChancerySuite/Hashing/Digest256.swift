internal import CChanceryLattice

/// A SHA-256 digest held in place: a million of them are one allocation of 32 MB.
public struct Digest256: Sendable, Hashable, CustomStringConvertible {
    // Invariant: the digest's bytes lie in memory in their order.
    private var words: SIMD4<UInt64>

    private init() { words = .zero }

    /// From exactly 32 bytes; nil for any other count.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        self.init()
        unsafe withUnsafeMutableBytes(of: &words) { target in unsafe target.copyBytes(from: bytes) }
    }

    /// The 32 bytes.
    public var bytes: [UInt8] { unsafe withUnsafeBytes(of: words) { source in unsafe Array(source) } }

    public var description: String { bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined() }

    /// SHA-256 of `prefix` followed by `data`.
    public static func sha256(prefix: UInt8, _ data: some Collection<UInt8>) -> Digest256 {
        let fast = data.withContiguousStorageIfAvailable { buffer in
            unsafe hash(prefix, buffer.baseAddress, buffer.count)
        }
        return fast ?? sha256(prefix: prefix, Array(data))
    }

    /// SHA-256 of `prefix` followed by two digests.
    public static func sha256(prefix: UInt8, _ left: Digest256, _ right: Digest256) -> Digest256 {
        unsafe withUnsafeBytes(of: SIMD8(lowHalf: left.words, highHalf: right.words)) { pair in
            unsafe hash(prefix, pair.assumingMemoryBound(to: UInt8.self).baseAddress, 64)
        }
    }

    /// SHA-256 of `prefix` followed by the borrowed `data`.
    public static func sha256(prefix: [UInt8], _ data: Span<UInt8>) -> Digest256 {
        var digest = Digest256()
        unsafe withUnsafeMutableBytes(of: &digest.words) { target in
            unsafe data.withUnsafeBufferPointer { source in
                unsafe chancery_sha256_joined(
                    target.assumingMemoryBound(to: UInt8.self).baseAddress!, prefix, prefix.count, source.baseAddress,
                    source.count)
            }
        }
        return digest
    }

    private static func hash(_ prefix: UInt8, _ data: UnsafePointer<UInt8>?, _ count: Int) -> Digest256 {
        var digest = Digest256()
        unsafe withUnsafeMutableBytes(of: &digest.words) { target in
            unsafe chancery_sha256_prefixed(
                target.assumingMemoryBound(to: UInt8.self).baseAddress!, prefix, data, count)
        }
        return digest
    }

    /// The digests one after the other, 32 bytes each.
    public static func joined(_ digests: some Collection<Digest256>) -> [UInt8] {
        let fast = digests.withContiguousStorageIfAvailable { buffer in
            unsafe Array(UnsafeRawBufferPointer(buffer))
        }
        return fast ?? joined(Array(digests))
    }

    /// The digests that ``joined(_:)`` wrote; nil when `bytes` is not a whole number of them.
    public static func split(_ bytes: [UInt8]) -> [Digest256]? {
        guard bytes.count % 32 == 0 else { return nil }
        return unsafe [Digest256](unsafeUninitializedCapacity: bytes.count / 32) { buffer, count in
            unsafe UnsafeMutableRawBufferPointer(buffer).copyBytes(from: bytes)
            count = bytes.count / 32
        }
    }
}
