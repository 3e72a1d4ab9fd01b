public import ChancerySuite
public import ChanceryWire

/// What the log says about a stored record: its type, its name and the hash of its exact bytes (rule K4).
///
/// Bytes: RFC 8785 of `{"id":…,"sha256":…,"type":…}`; see `docs/spec/log-entry.md`.
public struct LogEntry: Sendable, Hashable {
    /// 1…255 bytes of visible ASCII without `"` and `\`.
    public let type: String
    /// The record's name, 1…64 bytes.
    public let id: [UInt8]
    /// SHA-256 of the envelope as it is stored.
    public let sha256: Digest256

    /// - Throws: `wire.invalid_value` for a type or id outside the bounds above.
    public init(type: String, id: [UInt8], sha256: Digest256) throws(WireError) {
        guard (1...255).contains(type.utf8.count), type.utf8.allSatisfy(Self.isPlain) else {
            throw WireError(.invalidValue, "the type of a log entry has 1 to 255 visible ASCII characters")
        }
        guard (1...64).contains(id.count) else {
            throw WireError(.invalidValue, "the id of a log entry has 1 to 64 bytes, found \(id.count)")
        }
        self.type = type
        self.id = id
        self.sha256 = sha256
    }

    /// The entry for a record stored as `envelope`.
    public init(type: String, id: [UInt8], envelope: [UInt8]) throws(WireError) {
        guard let digest = Digest256(Digest.sha256(envelope)) else { throw WireError(.invalidValue, "not a SHA-256 digest") }
        try self.init(type: type, id: id, sha256: digest)
    }

    /// Characters that JSON writes as they are.
    private static func isPlain(_ byte: UInt8) -> Bool { (0x21...0x7e).contains(byte) && byte != 0x22 && byte != 0x5c }

    private static let head = Array(#"{"id":""#.utf8)
    private static let afterID = Array(#"","sha256":""#.utf8)
    private static let afterHash = Array(#"","type":""#.utf8)
    private static let tail = Array(#""}"#.utf8)

    /// The bytes of the log's leaf.
    public var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96 + id.count * 2 + type.utf8.count)
        bytes += Self.head
        Hex.append(id, to: &bytes)
        bytes += Self.afterID
        Hex.append(sha256.bytes, to: &bytes)
        bytes += Self.afterHash
        bytes += type.utf8
        bytes += Self.tail
        return bytes
    }

    /// The leaf's hash in the tree.
    public var leafHash: Digest256 { MerkleTree.leafHash(encoded) }

    /// Reads exactly what ``encoded`` writes.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        guard bytes.count <= 512 else { throw WireError(.tooLong, "a log entry has at most 512 bytes", offset: 512) }
        var rest = bytes[...]
        try Self.skip(Self.head, &rest)
        let id = try Hex.decode(Self.text(&rest))
        try Self.skip(Self.afterID, &rest)
        let hash = try Hex.decode(Self.text(&rest), count: 32)
        try Self.skip(Self.afterHash, &rest)
        let type = try Self.text(&rest)
        try Self.skip(Self.tail, &rest)
        guard rest.isEmpty else { throw WireError(.trailingBytes, "bytes after the log entry", offset: rest.startIndex) }
        guard let sha256 = Digest256(hash) else { throw WireError(.invalidValue, "not a SHA-256 digest") }
        try self.init(type: type, id: id, sha256: sha256)
    }

    private static func skip(_ expected: [UInt8], _ rest: inout ArraySlice<UInt8>) throws(WireError) {
        guard rest.starts(with: expected) else {
            throw WireError(
                rest.count < expected.count ? .truncated : .notCanonical,
                "`\(String(decoding: expected, as: UTF8.self))` was expected in the log entry", offset: rest.startIndex)
        }
        rest.removeFirst(expected.count)
    }

    /// The plain characters up to the next quote.
    private static func text(_ rest: inout ArraySlice<UInt8>) throws(WireError) -> String {
        let text = rest.prefix(while: isPlain)
        rest.removeFirst(text.count)
        return String(decoding: text, as: UTF8.self)
    }
}
