internal import ChancerySuite
public import ChanceryWire

/// The name of a vault key: the prefix of its kind and the first 16 bytes of SHA3-256 of its public key in hex.
///
/// API keys keep the form of HIP-5, `ak_…`.
public struct VaultKeyID: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let kind: VaultKeyKind
    /// 16 bytes.
    public let bytes: [UInt8]

    public init(_ kind: VaultKeyKind, publicKey: [UInt8]) {
        self.kind = kind
        bytes = Array(Digest.sha3_256(publicKey).prefix(16))
    }

    /// - Throws: `wire.invalid_value` for another form.
    public init(_ text: String) throws(WireError) {
        guard let kind = VaultKeyKind.allCases.first(where: { text.utf8.starts(with: $0.idPrefix.utf8) }) else {
            throw WireError(.invalidValue, "`\(text.prefix(40))` is no id of a vault key")
        }
        self.kind = kind
        bytes = try Hex.decode(Substring(text.utf8.dropFirst(kind.idPrefix.utf8.count)), count: 16)
    }

    public var text: String { kind.idPrefix + Hex.encode(bytes) }
    public var description: String { text }

    public static func < (left: VaultKeyID, right: VaultKeyID) -> Bool {
        // As the texts: every prefix has three bytes, and hexadecimal keeps the order of bytes.
        left.kind == right.kind
            ? left.bytes.lexicographicallyPrecedes(right.bytes)
            : left.kind.idPrefix.utf8.lexicographicallyPrecedes(right.kind.idPrefix.utf8)
    }
}
