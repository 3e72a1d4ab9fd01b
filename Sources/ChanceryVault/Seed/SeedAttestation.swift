public import ChancerySuite
public import ChanceryWire

/// An attestation of pqc-enclave-sdk 0.1.0, profile `pqaid-v0`: six signed texts without nonce, expiry or measurement.
///
/// Labelled and apart (rule L7): even an accepted one says only that the holder of a pinned key signed these texts once. It
/// never becomes a ``DeviceAttestation`` and satisfies no tier.
public struct SeedAttestation: Sendable {
    public let deviceID: String
    public let deviceModel: String
    public let enclaveVendor: String
    public let artifactID: String
    public let contentHash: [UInt8]
    public let issued: String
    /// Who claims to have signed it; nothing signs that.
    public let signer: String
    /// What is hashed.
    public let canonicalBytes: [UInt8]
    private let label: String
    private let signature: [UInt8]
    private let publicKey: [UInt8]

    /// SHA3-256 of ``canonicalBytes``: what is signed.
    public var digest: [UInt8] { Digest.sha3_256(canonicalBytes) }

    private static let unsigned: Set<String> = ["signer_did", "algorithm", "signature", "public_key"]
    private static let algorithms: [SignatureAlgorithm] = [.mlDSA65, .mlDSA87]

    /// - Throws: the errors of a strict reader; hexadecimal is lower case and without spaces.
    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "attestation of the seed")
        deviceID = try reader.string("device_id")
        deviceModel = try reader.string("device_model")
        enclaveVendor = try reader.string("enclave_vendor")
        artifactID = try reader.string("artifact_id")
        contentHash = try reader.hex("artifact_content_hash", count: 32)
        issued = try reader.string("issued_at", limit: 40)
        signer = try reader.string("signer_did", limit: 128)
        label = try reader.string("algorithm", limit: 32)
        signature = try Hex.decode(reader.string("signature", limit: SignatureAlgorithm.mlDSA87.signatureBytes * 2))
        publicKey = try Hex.decode(reader.string("public_key", limit: SignatureAlgorithm.mlDSA87.publicKeyBytes * 2))
        try reader.finish()
        canonicalBytes = try SeedForm.canonicalBytes((value.object ?? JSONObject()).removing(Self.unsigned))
    }

    /// Whether one of the pinned keys, each under the DID that is its hash, signed this.
    ///
    /// Refused are labels other than ML-DSA-65 and ML-DSA-87, sizes other than those of FIPS 204, a key in the record that is
    /// not the pinned one of the named signer, and a false signature.
    public func isAccepted(pinned: [(algorithm: SignatureAlgorithm, publicKey: [UInt8])]) -> Bool {
        guard let algorithm = SignatureAlgorithm(rawValue: label), Self.algorithms.contains(algorithm),
            let known = pinned.first(where: { signer.utf8.elementsEqual(Self.did(of: $0.publicKey).utf8) }),
            known.algorithm == algorithm, known.publicKey == publicKey,
            let key = try? PublicSignatureKey.cached(algorithm, publicKey)
        else { return false }
        return key.isValid(signature, for: digest)
    }

    private static func did(of key: [UInt8]) -> String { "did:pqaid:" + Hex.encode(Digest.sha3_256(key)) }

    /// The package's own answer over a FIPS 204 backend: the key in the record, whoever's it is. For comparison only.
    public static func packageVerifies(_ value: JSONValue) -> Bool {
        guard let object = value.object, let label = object["algorithm"]?.string,
            let algorithm = SignatureAlgorithm(rawValue: label), !algorithm.isClassical,
            let key = object["public_key"]?.string.flatMap(SeedForm.bytes),
            let signature = object["signature"]?.string.flatMap(SeedForm.bytes),
            let bytes = try? SeedForm.canonicalBytes(object.removing(unsigned)),
            let verifier = try? PublicSignatureKey.cached(algorithm, key)
        else { return false }
        return verifier.isValid(signature, for: Digest.sha3_256(bytes))
    }
}
