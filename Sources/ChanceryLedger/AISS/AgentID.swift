internal import ChancerySuite
internal import ChanceryWire

/// The 32 Base58 characters that name an AISS agent and commit to its keys (about 187 bits of a hash).
///
/// Source: reference 2.1. The text has no prefix and no checksum.
public struct AgentID: Sendable, Hashable, CustomStringConvertible {
    public static let characters = 32

    // Invariant: 32 characters of the Base58 alphabet, so equality of text is equality of bytes.
    public let text: String
    public var description: String { text }

    /// Reads a text of exactly 32 Base58 characters.
    public init(_ text: String) throws(LedgerError) {
        guard text.utf8.count == Self.characters, text.utf8.allSatisfy(Self.isBase58) else {
            throw LedgerError(
                .eventMalformed, "`\(text.prefix(40))` is not an agent id of \(Self.characters) Base58 characters")
        }
        self.text = text
    }

    /// The id of an AISS-1.0 or AISS-2.0 agent: `Base58(SHA-256(public key))`, cut to 32 characters.
    public init(classical publicKey: [UInt8]) {
        text = String(Base58.encode(Digest.sha256(publicKey)).prefix(Self.characters))
    }

    /// The id of a native AISS-2.1 agent, which commits to both keys.
    public init(classical: [UInt8], postQuantum: [UInt8]) {
        let input =
            Array("PiQrypt-AISS-2.1-agent-id".utf8) + [0]
            + Self.lengthPrefixed(classical) + Self.lengthPrefixed(postQuantum)
        text = String(Base58.encode(Digest.sha512(input)).prefix(Self.characters))
    }

    private static func lengthPrefixed(_ bytes: [UInt8]) -> [UInt8] {
        let count = UInt32(bytes.count)
        return [UInt8(count >> 24 & 255), UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255)] + bytes
    }

    private static func isBase58(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x31...0x39, 0x41...0x48, 0x4a...0x4e, 0x50...0x5a, 0x61...0x6b, 0x6d...0x7a: true
        default: false
        }
    }
}
