public import ChancerySuite

/// What a manifest states about a file's content (rule V3).
public enum ContentTree {
    /// SHA-256(`chancery/content-tree/v1` ‖ 00 ‖ u64be(length) ‖ root): the root with the length that it was made for.
    public static func statement(root: Digest256, length: UInt64) -> Digest256 {
        let bytes = Array("chancery/content-tree/v1".utf8) + [0] + length.bigEndianBytes + root.bytes
        return .sha256(prefix: [], bytes.span)
    }
}

/// The hash of a chunk of content: the leaf of the content tree, and what ``ResumeLedger`` remembers.
///
/// SHA-256(00 ‖ blind ‖ chunk). The blind is empty, or 32 bytes that follow from the data key, so that hashes of content
/// that can be guessed tell nothing to who lacks the key.
public struct ContentHasher: Sendable {
    private let prefix: [UInt8]

    /// For content whose hash may be known.
    public init() { prefix = [0] }

    /// For a file of an artifact of the kind `kind`.
    public init(_ kind: ArtifactKind, context: BodyContext, dataKey: borrowing SecretBytes) throws(VaultError) {
        guard kind.isBlinded else {
            prefix = [0]
            return
        }
        do {
            let label = Array("chancery/vault-blind/v1".utf8) + [0]
            let blind = try Derivation.hkdfExpandSHA512(dataKey, info: label + context.bytes, count: 32)
            prefix = [0] + blind.copyForExport()
        } catch {
            throw VaultError(.wrongKey, "the blind of the content tree could not be derived")
        }
    }

    /// The hash of one chunk.
    public func leaf(of chunk: Span<UInt8>) -> Digest256 { .sha256(prefix: prefix, chunk) }

    /// The hashes of consecutive chunks, the last of which may be shorter. Empty content has one, empty, chunk; whether an
    /// empty chunk follows full ones is for the caller to say.
    public func leaves(of content: Span<UInt8>, endingBody: Bool) -> [Digest256] {
        var leaves: [Digest256] = []
        var start = 0
        while content.count - start >= BodyGeometry.chunkBytes {
            leaves.append(leaf(of: content.extracting(start..<start + BodyGeometry.chunkBytes)))
            start += BodyGeometry.chunkBytes
        }
        if endingBody || start < content.count { leaves.append(leaf(of: content.extracting(start..<content.count))) }
        return leaves
    }
}

extension UInt64 {
    /// Most significant byte first.
    var bigEndianBytes: [UInt8] { (0..<8).map { UInt8(truncatingIfNeeded: self >> UInt64(56 - 8 * $0)) } }
}
