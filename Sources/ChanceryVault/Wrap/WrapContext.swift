public import ChancerySuite

/// What a wrapped data key is bound to: a wrap that is put beside another manifest, recipient, key or tier does not open.
public struct WrapContext: Sendable, Equatable {
    public let manifest: ManifestDigest
    public let dataKey: DataKeyID
    public let tier: PrivacyTier

    public init(manifest: ManifestDigest, dataKey: DataKeyID, tier: PrivacyTier) {
        self.manifest = manifest
        self.dataKey = dataKey
        self.tier = tier
    }

    /// Each part after its length as u16be.
    package func info(for recipient: RecipientID) -> [UInt8] {
        [Array("chancery/vault-wrap/v1".utf8), manifest.bytes, recipient.bytes, dataKey.bytes, [tier.rawValue]].flatMap {
            part in
            [UInt8(part.count >> 8), UInt8(part.count & 0xff)] + part
        }
    }
}

/// The name of a recipient's key: SHA3-256(algorithm ‖ 00 ‖ public key).
public struct RecipientID: Sendable, Hashable {
    public static let byteCount = 32
    public let bytes: [UInt8]

    public init(_ bytes: [UInt8]) throws(VaultError) {
        guard bytes.count == Self.byteCount else { throw VaultError(.invalidName, "a recipient's id has 32 bytes") }
        self.bytes = bytes
    }

    public init(_ key: EncapsulationKey) { self.init(key.algorithm, key.bytes) }
    public init(_ key: DecapsulationKey) { self.init(key.algorithm, key.publicKey) }

    private init(_ algorithm: EncapsulationAlgorithm, _ publicKey: [UInt8]) {
        bytes = Digest.sha3_256(Array(algorithm.rawValue.utf8) + [0] + publicKey)
    }
}
