import ChancerySuite
public import ChanceryWire

/// What a log says of itself: its origin, its size and its root (c2sp.org/tlog-checkpoint), without extension lines
/// (rule L6).
public struct Checkpoint: Sendable, Hashable {
    public let origin: NoteName
    public let head: TreeHead

    public init(origin: NoteName, head: TreeHead) {
        self.origin = origin
        self.head = head
    }

    /// The note text: `origin\nsize\nbase64(root)\n`.
    public var text: [UInt8] {
        Array("\(origin)\n\(head.size)\n\(Base64.standard.encode(head.root.bytes))\n".utf8)
    }

    /// Reads exactly what ``text`` writes.
    public init(text: [UInt8]) throws(WireError) {
        guard let string = String(validating: text, as: UTF8.self) else {
            throw WireError(.invalidUTF8, "a checkpoint is not valid UTF-8")
        }
        let lines = string.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count == 4, lines[3].isEmpty else {
            throw WireError(.invalidValue, "a checkpoint has an origin, a size and a root, one line each")
        }
        let size = try Self.number(lines[1], "the size of a checkpoint")
        guard let root = Digest256(try Base64.standard.decode(lines[2])) else {
            throw WireError(.invalidValue, "the root of a checkpoint has 32 bytes")
        }
        origin = try NoteName(lines[0])
        guard let head = try? TreeHead(size: size, root: root) else {
            throw WireError(.invalidValue, "a checkpoint of no leaves has the empty root")
        }
        self.head = head
    }

    /// A decimal within 63 bits without leading zeros.
    static func number(_ text: some StringProtocol, _ what: String) throws(WireError) -> UInt64 {
        guard let number = UInt64(text), number <= MerkleTree.largestSize, String(number).utf8.elementsEqual(text.utf8) else {
            throw WireError(.invalidNumber, "\(what) is a decimal within 63 bits, found `\(text.prefix(32))`")
        }
        return number
    }

    /// What an ML-DSA-44 cosignature of this checkpoint signs, for a cosigner called `name` at `timestamp`.
    func cosignedMessage(name: NoteName, timestamp: UInt64) -> [UInt8] {
        var message = Array("subtree/v1\n\0".utf8)
        message += [UInt8(name.bytes.count)] + name.bytes
        message += timestamp.bigEndianBytes
        message += [UInt8(origin.bytes.count)] + origin.bytes
        message += UInt64(0).bigEndianBytes + head.size.bigEndianBytes
        return message + head.root.bytes
    }
}

/// A checkpoint as it came: well formed, but nobody has checked a signature yet.
public struct UnverifiedCheckpoint: Sendable, Hashable {
    public let checkpoint: Checkpoint
    public let note: SignedNote

    public init(decoding bytes: [UInt8]) throws(WireError) {
        note = try SignedNote(decoding: bytes)
        checkpoint = try Checkpoint(text: note.text)
    }

    public var encoded: [UInt8] { note.encoded }
}
