internal import CChanceryLattice
internal import Crypto

/// Randomised operations with their randomness given, and private keys in their expanded form.
///
/// Known-answer tests need both; nothing else does, because a repeated randomness breaks a KEM.
package enum KnownAnswer {
    /// ML-KEM encapsulation with the message `entropy` (FIPS 203 §6.2), or X-Wing encapsulation with the message
    /// followed by the X25519 scalar (draft-connolly-cfrg-xwing-kem §5.4).
    ///
    /// - Throws: `suite.invalid_key` for a public key that ``EncapsulationKey`` refuses as well.
    package static func encapsulate(
        _ algorithm: EncapsulationAlgorithm, to publicKey: [UInt8], entropy: [UInt8]
    ) throws(SuiteError) -> (ciphertext: [UInt8], sharedSecret: [UInt8]) {
        guard entropy.count == (algorithm == .xWing ? 64 : 32) else {
            throw SuiteError(.invalidParameters, "\(algorithm.rawValue) encapsulation takes another length of randomness")
        }
        guard algorithm == .xWing else {
            var ciphertext = [UInt8](repeating: 0, count: algorithm.ciphertextBytes)
            var secret = [UInt8](repeating: 0, count: 32)
            let succeeded =
                unsafe chancery_mlkem_encapsulate(
                    algorithm.parameterSet, &ciphertext, &secret, publicKey, publicKey.count, entropy) == 1
            guard succeeded else { throw SuiteError(.invalidKey, "the \(algorithm.rawValue) public key was refused") }
            return (ciphertext, secret)
        }
        guard publicKey.count == algorithm.publicKeyBytes else {
            throw SuiteError(.invalidKey, "the X-Wing public key was refused")
        }
        let lattice = try encapsulate(.mlKEM768, to: Array(publicKey.prefix(1184)), entropy: Array(entropy.prefix(32)))
        let curveKey = Array(publicKey.suffix(32))
        let scalar = Array(entropy.suffix(32))
        let curveText = try x25519(scalar, [9] + [UInt8](repeating: 0, count: 31))
        let curveSecret = try x25519(scalar, curveKey)
        let label: [UInt8] = [0x5c, 0x2e, 0x2f, 0x2f, 0x5e, 0x5c]
        let secret = Digest.sha3_256(lattice.sharedSecret + curveSecret + curveText + curveKey + label)
        return (lattice.ciphertext + curveText, secret)
    }

    /// The X25519 function (RFC 7748 §5).
    ///
    /// A point of small order gives zero, which is no error: X-Wing binds the point in its hash.
    package static func x25519(_ scalar: [UInt8], _ point: [UInt8]) throws(SuiteError) -> [UInt8] {
        do {
            let secret = try Curve25519.KeyAgreement.PrivateKey(rawRepresentation: scalar)
                .sharedSecretFromKeyAgreement(with: Curve25519.KeyAgreement.PublicKey(rawRepresentation: point))
            return unsafe secret.withUnsafeBytes { bytes in unsafe Array(bytes) }
        } catch {
            throw SuiteError(.invalidKey, "the X25519 key was refused")
        }
    }

    /// The expanded encoding of an ML-KEM private key (FIPS 203 §7.1) with the seed d ‖ z.
    package static func expand(_ algorithm: EncapsulationAlgorithm, seed: [UInt8]) throws(SuiteError) -> [UInt8] {
        var encoded = [UInt8](repeating: 0, count: algorithm == .mlKEM768 ? 2400 : 3168)
        guard algorithm != .xWing, seed.count == 64 else {
            throw SuiteError(.invalidKey, "only ML-KEM keys have an expanded encoding, from 64 bytes")
        }
        let succeeded = unsafe chancery_mlkem_expand_seed(algorithm.parameterSet, &encoded, encoded.count, seed) == 1
        guard succeeded else { throw SuiteError(.invalidKey, "the \(algorithm.rawValue) seed was refused") }
        return encoded
    }

    /// ML-KEM decapsulation with an expanded private key, which the product never stores.
    package static func decapsulate(
        _ algorithm: EncapsulationAlgorithm, expanded: [UInt8], ciphertext: [UInt8]
    ) throws(SuiteError) -> [UInt8] {
        guard algorithm != .xWing else { throw SuiteError(.invalidParameters, "X-Wing keys have no expanded encoding") }
        // The library leaves out the check of FIPS 203 §7.3 that the encoding holds the hash of its public key.
        let publicKey = expanded.dropLast(64).suffix(algorithm.publicKeyBytes)
        guard Digest.sha3_256(publicKey) == Array(expanded.dropLast(32).suffix(32)) else {
            throw SuiteError(.invalidKey, "the private key encoding holds a false hash")
        }
        var secret = [UInt8](repeating: 0, count: 32)
        let succeeded =
            unsafe chancery_mlkem_decapsulate_expanded(
                algorithm.parameterSet, &secret, expanded, expanded.count, ciphertext, ciphertext.count) == 1
        guard succeeded else { throw SuiteError(.openFailed, "the key or the ciphertext was refused") }
        return secret
    }

    /// The expanded encoding of an ML-DSA private key (FIPS 204 §7.2).
    package static func expand(_ algorithm: SignatureAlgorithm, seed: [UInt8]) throws(SuiteError) -> [UInt8] {
        guard let set = algorithm.parameterSet, seed.count == 32 else {
            throw SuiteError(.invalidKey, "only ML-DSA keys have an expanded encoding, from 32 bytes")
        }
        var encoded = [UInt8](repeating: 0, count: set == 44 ? 2560 : set == 65 ? 4032 : 4896)
        guard unsafe chancery_mldsa_expand_seed(set, &encoded, encoded.count, seed) == 1 else {
            throw SuiteError(.invalidKey, "the \(algorithm.rawValue) seed was refused")
        }
        return encoded
    }
}

extension EncapsulationAlgorithm {
    fileprivate var parameterSet: Int32 { self == .mlKEM1024 ? 1024 : 768 }
}
