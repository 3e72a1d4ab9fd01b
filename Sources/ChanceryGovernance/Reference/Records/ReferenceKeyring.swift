public import ChanceryLedger
public import ChancerySuite
internal import ChanceryWire

/// The keys that a caller knows to be those of members: the only ones that a record can be verified with.
///
/// A record carries a public key too; it is compared with the pinned one and never used.
public struct ReferenceKeyring: Sendable {
    private var keys: [DID: PublicSignatureKey] = [:]

    public init() {}

    /// Pins a key and gives the DID that it stands for: `did:pqaid:` and SHA3-256 of the key.
    ///
    /// - Throws: `suite.unknown_algorithm` for anything but ML-DSA-65 and ML-DSA-87, `suite.invalid_key` for a key that
    ///   is not of FIPS 204's size or does not parse.
    @discardableResult
    public mutating func pin(_ publicKey: [UInt8], algorithm: SignatureAlgorithm) throws(SuiteError) -> DID {
        guard ReferenceSignature.algorithms.contains(algorithm) else {
            throw SuiteError(.unknownAlgorithm, "pqaid-v0 has no keys of \(algorithm.rawValue)")
        }
        let key = try PublicSignatureKey.cached(algorithm, publicKey)
        let did = DID(hashing: publicKey)
        keys[did] = key
        return did
    }

    func key(of did: DID) -> PublicSignatureKey? { keys[did] }
}

extension DID {
    /// The DID of an ML-DSA key in the form in which the package names its nodes.
    init(hashing publicKey: [UInt8]) {
        do {
            self = try DID(DID.prefix + Hex.encode(Digest.sha3_256(publicKey)))
        } catch {
            preconditionFailure("32 bytes in lower-case hexadecimal are a DID")
        }
    }
}
