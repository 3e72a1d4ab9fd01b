public import ChancerySuite

extension VaultKeyAlgorithm {
    /// As a key encapsulation mechanism; nil for a signature algorithm.
    public var encapsulation: EncapsulationAlgorithm? {
        switch self {
        case .xWing: .xWing
        case .mlKEM1024: .mlKEM1024
        case .mlDSA65: nil
        }
    }

    public var seedBytes: Int { encapsulation?.seedBytes ?? 32 }
    public var publicKeyBytes: Int { encapsulation?.publicKeyBytes ?? SignatureAlgorithm.mlDSA65.publicKeyBytes }

    /// The public key that belongs to `seed`.
    ///
    /// - Throws: `suite.invalid_key` for a seed of the wrong length.
    public func publicKey(of seed: borrowing SecretBytes) throws(SuiteError) -> [UInt8] {
        guard let encapsulation else { return try PrivateSignatureKey(.mlDSA65, seed: seed.duplicate()).publicKey }
        return try DecapsulationKey(encapsulation, seed: seed.duplicate()).publicKey
    }

    /// Checks the encoding of a public key.
    func check(_ publicKey: [UInt8]) throws(VaultError) {
        do {
            if let encapsulation {
                _ = try EncapsulationKey(encapsulation, publicKey)
            } else {
                _ = try PublicSignatureKey(.mlDSA65, publicKey)
            }
        } catch {
            throw VaultError(.keyMalformed, "the public key is none of \(rawValue)")
        }
    }
}
