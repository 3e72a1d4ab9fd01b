internal import CChanceryLattice
internal import Synchronization

/// A private key of one algorithm. It lives in erased memory; ``SigningKey`` gives it a purpose.
///
/// Sendable because the key never changes after it was made.
package final class PrivateSignatureKey: Sendable {
    package let algorithm: SignatureAlgorithm
    /// The encoded public key.
    package let publicKey: [UInt8]
    /// The 32-byte seed; nil for a key that came as a 4032-byte expansion.
    private let seed: SecretBytes?
    /// Ed25519: seed ‖ public key. ML-DSA: the library's in-memory form.
    private let key: SecretBytes

    package init(_ algorithm: SignatureAlgorithm, seed: consuming SecretBytes) throws(SuiteError) {
        guard seed.count == 32 else { throw SuiteError(.invalidKey, "a private key seed has 32 bytes, found \(seed.count)") }
        var encoded = [UInt8](repeating: 0, count: algorithm.publicKeyBytes)
        let set = algorithm.parameterSet
        let key = SecretBytes(count: set.map(chancery_mldsa_private_key_size) ?? 64)
        let succeeded = unsafe seed.withBytes { source in
            unsafe key.withMutableBytes { target in
                let seedPointer = unsafe source.assumingMemoryBound(to: UInt8.self).baseAddress
                guard let set else {
                    unsafe chancery_ed25519_keypair(
                        &encoded, target.assumingMemoryBound(to: UInt8.self).baseAddress, seedPointer)
                    return true
                }
                return unsafe chancery_mldsa_private_key_from_seed(set, target.baseAddress, seedPointer) == 1
                    && chancery_mldsa_encode_public_key(set, &encoded, encoded.count, target.baseAddress) == 1
            }
        }
        guard succeeded else { throw SuiteError(.invalidKey, "the \(algorithm.rawValue) seed was refused") }
        self.algorithm = algorithm
        self.publicKey = encoded
        self.key = key
        self.seed = consume seed
    }

    /// An ML-DSA-65 key from its 4032-byte encoding (FIPS 204 §7.2), which has no seed any more.
    ///
    /// - Throws: `suite.invalid_key` when the encoding is malformed or does not sign for its own public key.
    package init(expandedMLDSA65 encoded: borrowing SecretBytes) throws(SuiteError) {
        guard encoded.count == 4032 else { throw SuiteError(.invalidKey, "an ML-DSA-65 private key has 4032 bytes") }
        let key = SecretBytes(count: chancery_mldsa_private_key_size(65))
        var publicKey = [UInt8](repeating: 0, count: SignatureAlgorithm.mlDSA65.publicKeyBytes)
        let parsed = unsafe encoded.withBytes { source in
            unsafe key.withMutableBytes { target in
                unsafe chancery_mldsa65_parse_private_key(
                    target.baseAddress, source.assumingMemoryBound(to: UInt8.self).baseAddress) == 1
                    && chancery_mldsa_encode_public_key(65, &publicKey, publicKey.count, target.baseAddress) == 1
            }
        }
        guard parsed else { throw SuiteError(.invalidKey, "the ML-DSA-65 private key encoding was refused") }
        self.algorithm = .mlDSA65
        self.publicKey = publicKey
        self.key = key
        self.seed = nil
        let probe = Array("chancery/pairwise-test/v1".utf8)
        guard try PublicSignatureKey(.mlDSA65, publicKey).isValid(try sign(probe), for: probe) else {
            throw SuiteError(.invalidKey, "the ML-DSA-65 private key does not match its public key")
        }
    }

    package static func generate(_ algorithm: SignatureAlgorithm) throws(SuiteError) -> PrivateSignatureKey {
        try PrivateSignatureKey(algorithm, seed: .random(count: 32))
    }

    /// Signs `message`; ML-DSA is hedged, so two signatures differ. Ed25519 has no context.
    package func sign(_ message: [UInt8], context: [UInt8] = []) throws(SuiteError) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: algorithm.signatureBytes)
        let succeeded: Bool
        if let set = algorithm.parameterSet {
            guard context.count <= 255 else { throw SuiteError(.invalidParameters, "a context has at most 255 bytes") }
            succeeded = unsafe key.withBytes { key in
                unsafe chancery_mldsa_sign(
                    set, &signature, key.baseAddress, message, message.count, context, context.count) == 1
            }
        } else {
            guard context.isEmpty else { throw SuiteError(.invalidParameters, "Ed25519 has no context") }
            succeeded = unsafe key.withBytes { key in
                unsafe chancery_ed25519_sign(
                    &signature, message, message.count, key.assumingMemoryBound(to: UInt8.self).baseAddress) == 1
            }
        }
        guard succeeded else { throw SuiteError(.operationFailed, "\(algorithm.rawValue) signing failed") }
        return signature
    }

    /// The ML-DSA signature with a chosen randomizer (FIPS 204 §5.2), for known-answer tests only.
    package func sign(_ message: [UInt8], context: [UInt8], randomizer: [UInt8]) throws(SuiteError) -> [UInt8] {
        guard let set = algorithm.parameterSet, randomizer.count == 32, context.count <= 255 else {
            throw SuiteError(.invalidParameters, "only ML-DSA takes a randomizer, of 32 bytes")
        }
        var signature = [UInt8](repeating: 0, count: algorithm.signatureBytes)
        let succeeded = unsafe key.withBytes { key in
            unsafe chancery_mldsa_sign_with_randomizer(
                set, &signature, key.baseAddress, message, message.count, context, context.count, randomizer) == 1
        }
        guard succeeded else { throw SuiteError(.operationFailed, "\(algorithm.rawValue) signing failed") }
        return signature
    }

    /// A copy of the seed for a key file; nil when the key never had one.
    package func exportSeed() -> SecretBytes? {
        seed?.duplicate()
    }

    /// The 4032-byte encoding of an ML-DSA-65 key, for PiQrypt key files.
    package func exportExpandedMLDSA65() throws(SuiteError) -> SecretBytes {
        guard algorithm == .mlDSA65 else { throw SuiteError(.invalidParameters, "only ML-DSA-65 keys have this encoding") }
        let encoded = SecretBytes(count: 4032)
        let succeeded = unsafe key.withBytes { key in
            unsafe encoded.withMutableBytes { target in
                unsafe chancery_mldsa65_encode_private_key(
                    target.assumingMemoryBound(to: UInt8.self).baseAddress, key.baseAddress) == 1
            }
        }
        guard succeeded else { throw SuiteError(.operationFailed, "the private key could not be encoded") }
        return encoded
    }
}

/// A parsed public key of one algorithm. Parsing an ML-DSA key is about as costly as half a verification, so keys
/// are kept: ``cached(_:_:)`` parses each of the latest keys once.
package final class PublicSignatureKey: Sendable {
    package let algorithm: SignatureAlgorithm
    package let bytes: [UInt8]
    // Eight-byte aligned storage of the library's in-memory form; empty for Ed25519.
    private let parsed: [UInt64]

    package init(_ algorithm: SignatureAlgorithm, _ bytes: [UInt8]) throws(SuiteError) {
        guard bytes.count == algorithm.publicKeyBytes else {
            throw SuiteError(
                .invalidKey, "an \(algorithm.rawValue) public key has \(algorithm.publicKeyBytes) bytes, found \(bytes.count)")
        }
        if let set = algorithm.parameterSet {
            var key = [UInt64](repeating: 0, count: (chancery_mldsa_public_key_size(set) + 7) / 8)
            let accepted = unsafe key.withUnsafeMutableBytes { target in
                unsafe chancery_mldsa_parse_public_key(set, target.baseAddress, bytes, bytes.count) == 1
            }
            guard accepted else { throw SuiteError(.invalidKey, "the \(algorithm.rawValue) public key was refused") }
            parsed = key
        } else {
            parsed = []
        }
        self.algorithm = algorithm
        self.bytes = bytes
    }

    /// Whether `signature` is valid; a signature of the wrong length is not.
    package func isValid(_ signature: [UInt8], for message: [UInt8], context: [UInt8] = []) -> Bool {
        guard signature.count == algorithm.signatureBytes, context.count <= 255 else { return false }
        guard let set = algorithm.parameterSet else {
            guard context.isEmpty else { return false }
            return unsafe chancery_ed25519_verify(message, message.count, signature, bytes) == 1
        }
        return unsafe parsed.withUnsafeBytes { key in
            unsafe chancery_mldsa_verify(
                set, key.baseAddress, signature, signature.count, message, message.count, context, context.count) == 1
        }
    }

    private struct CacheKey: Hashable {
        let algorithm: SignatureAlgorithm
        let bytes: [UInt8]
    }
    /// The most keys that are kept, about 10 KiB each.
    package static let cacheLimit = 256
    /// How many keys are kept now.
    package static var cachedKeys: Int { cache.withLock(\.count) }
    private static let cache = Mutex<[CacheKey: PublicSignatureKey]>([:])

    /// The parsed form of `bytes`, parsed at most once while it is among the latest keys.
    package static func cached(_ algorithm: SignatureAlgorithm, _ bytes: [UInt8]) throws(SuiteError) -> PublicSignatureKey {
        let name = CacheKey(algorithm: algorithm, bytes: bytes)
        if let known = cache.withLock({ $0[name] }) { return known }
        let key = try PublicSignatureKey(algorithm, bytes)
        cache.withLock {
            if $0.count >= cacheLimit { $0.removeAll(keepingCapacity: true) }
            $0[name] = key
        }
        return key
    }
}
