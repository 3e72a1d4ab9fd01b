internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The signature members that all records of the package share: `algorithm`, `signature`, `public_key`.
struct ReferenceSignature: Sendable {
    static let algorithms: [SignatureAlgorithm] = [.mlDSA65, .mlDSA87]
    private static let longest = SignatureAlgorithm.mlDSA87

    /// What the record calls its algorithm; nothing signs it.
    let label: String
    let value: [UInt8]
    let key: [UInt8]

    /// Hexadecimal is lower case and without spaces: one text per signature.
    init(reading reader: inout RecordReader) throws(WireError) {
        label = try reader.string("algorithm", limit: 32)
        value = try Hex.decode(reader.string("signature", limit: Self.longest.signatureBytes * 2))
        key = try Hex.decode(reader.string("public_key", limit: Self.longest.publicKeyBytes * 2))
    }

    /// The verdict on `digest` as signed by `signer`, with the key that `keyring` pins for it and no other.
    func verdict(on digest: [UInt8], by signer: DID, _ keyring: ReferenceKeyring) -> ReferenceRecordVerdict {
        ReferenceRecordVerdict(refusal: refusal(of: digest, by: signer, keyring))
    }

    private func refusal(
        of digest: [UInt8], by signer: DID, _ keyring: ReferenceKeyring
    ) -> ReferenceRecordVerdict.Refusal? {
        guard let algorithm = SignatureAlgorithm(rawValue: label), Self.algorithms.contains(algorithm) else {
            return .unknownAlgorithm
        }
        let pinned = keyring.key(of: signer)
        guard pinned == nil || pinned?.algorithm == algorithm else { return .mislabelled }
        guard key.count == algorithm.publicKeyBytes, value.count == algorithm.signatureBytes else { return .wrongSize }
        guard let pinned else { return .unknownSigner }
        guard key == pinned.bytes else { return .foreignKey }
        return pinned.isValid(value, for: digest) ? nil : .falseSignature
    }
}
