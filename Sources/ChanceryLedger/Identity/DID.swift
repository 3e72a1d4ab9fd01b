public import ChancerySuite
public import ChanceryWire

/// The decentralised identifier of an identity: `did:pqaid:` and the hex SHA3-256 of its ML-DSA root key.
///
/// It commits to that key only; callers who need every key pin the hash of the identity document (rule K2).
public struct DID: Sendable, Hashable, CustomStringConvertible {
    public static let prefix = "did:pqaid:"

    /// The 32 bytes behind the prefix.
    public let bytes: [UInt8]

    public var text: String { Self.prefix + Hex.encode(bytes) }
    public var description: String { text }

    /// From the ML-DSA part of a root key.
    public init(root key: VerifyingKey<Purpose.Root>) {
        let mlDSA = key.bytes.suffix(key.suite.algorithms.last!.publicKeyBytes)
        bytes = Digest.sha3_256(mlDSA)
    }

    public init(_ text: String) throws(WireError) {
        guard text.utf8.starts(with: Self.prefix.utf8) else {
            throw WireError(.invalidValue, "a DID starts with `\(Self.prefix)`")
        }
        bytes = try Hex.decode(Substring(text.utf8.dropFirst(Self.prefix.utf8.count)), count: 32)
    }
}
