internal import ChancerySuite
internal import ChanceryVault

/// Carries content through the cipher a mebibyte at a time.
enum ParcelBody {
    private static let chunks = 64
    private static let plainBytes = chunks * BodyGeometry.chunkBytes
    private static let sealedBytes = chunks * BodyGeometry.sealedChunkBytes

    /// What sealing `content` will come to.
    static func hash(_ content: any VaultContent, _ hasher: ContentHasher) throws -> BodySummary {
        var buffer = [UInt8](repeating: 0, count: plainBytes)
        defer { SecretBytes.erase(&buffer) }
        var edge = TreeEdge()
        var length: UInt64 = 0
        while true {
            let count = try fill(&buffer, plainBytes, from: content)
            let isLast = count < plainBytes
            edge.append(contentsOf: hasher.leaves(of: buffer.span.extracting(0..<count), endingBody: isLast))
            length += UInt64(count)
            guard isLast else { continue }
            return BodySummary(
                length: length, tree: ContentTree.statement(root: edge.root, length: length),
                bodyLength: try BodyGeometry(length: length).bodyLength)
        }
    }

    static func seal(
        _ content: any VaultContent, _ cipher: BodyCipher, _ hasher: ContentHasher, into write: (Span<UInt8>) throws -> Void
    ) throws -> BodySummary {
        var plain = [UInt8](repeating: 0, count: plainBytes)
        var sealed = [UInt8](repeating: 0, count: sealedBytes)
        defer { SecretBytes.erase(&plain) }
        try write(cipher.header.bytes.span)
        var sealer = BodySealer(cipher, hashing: hasher)
        while !sealer.isEnded {
            let count = try fill(&plain, plainBytes, from: content)
            var (place, end) = (0, 0)
            // A full buffer holds whole chunks; one that is not full ends with the last.
            while place < count || (count < plainBytes && !sealer.isEnded) {
                let chunk = min(BodyGeometry.chunkBytes, count - place)
                var target = sealed.mutableSpan
                var part = target._mutatingExtracting(end..<end + chunk + AEAD.tagBytes)
                _ = try sealer.seal(plain.span.extracting(place..<place + chunk), into: &part)
                place += chunk
                end += chunk + AEAD.tagBytes
            }
            try write(sealed.span.extracting(0..<end))
        }
        return try sealer.finish()
    }

    /// Opens all of a body, and requires that `source` ends with it.
    static func open(
        _ source: any VaultContent, _ cipher: BodyCipher, _ hasher: ContentHasher, of file: ManifestFile,
        into write: (Span<UInt8>) throws -> Void
    ) throws {
        guard try bytes(BodyHeader.byteCount, from: source) == cipher.header.bytes else {
            throw VaultError(.bodyAltered, "the body starts with another header than the sealing says")
        }
        let geometry = try BodyGeometry(length: file.length)
        var sealed = [UInt8](repeating: 0, count: sealedBytes)
        var plain = [UInt8](repeating: 0, count: plainBytes)
        defer { SecretBytes.erase(&plain) }
        var opener = try BodyOpener(cipher, of: file, hashing: hasher)
        for run in geometry.runs(of: UInt64(chunks)) {
            let (count, length) = try (geometry.sealedRange(of: run).count, geometry.contentRange(of: run).count)
            guard try fill(&sealed, count, from: source) == count else {
                throw VaultError(.bodyLength, "the parcel ends before its body does")
            }
            var target = plain.mutableSpan
            var part = target._mutatingExtracting(0..<length)
            try opener.open(sealed.span.extracting(0..<count), count: UInt64(run.count), into: &part)
            try write(plain.span.extracting(0..<length))
        }
        guard try bytes(1, from: source).isEmpty else {
            throw VaultError(.bodyLength, "the parcel goes on after its body")
        }
        try opener.finish()
    }

    /// The next `count` bytes, or those that are left. Grows with what is there, not with what is asked for.
    static func bytes(_ count: Int, from source: any VaultContent) throws -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            var part = [UInt8](repeating: 0, count: min(count - bytes.count, 1 << 16))
            let read = try fill(&part, part.count, from: source)
            bytes += part[..<read]
            guard read == part.count else { break }
        }
        return bytes
    }

    /// Fills the first `count` bytes of `buffer`; fewer only at the end of the content.
    private static func fill(_ buffer: inout [UInt8], _ count: Int, from source: any VaultContent) throws -> Int {
        var filled = 0
        while filled < count {
            var span = buffer.mutableSpan
            var rest = span._mutatingExtracting(filled..<count)
            let read = try source.read(into: &rest)
            guard read > 0 else { break }
            filled += read
        }
        return filled
    }
}
