internal import Crypto
internal import CryptoExtras
internal import Foundation

/// Keys from other keys and from passphrases.
public enum Derivation {
    /// HKDF-SHA256 (RFC 5869).
    public static func hkdfSHA256(_ input: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int) throws(SuiteError) -> [UInt8]
    {
        try hkdf(SHA256.self, input, salt, info, count)
    }

    /// HKDF-SHA384 (RFC 5869).
    public static func hkdfSHA384(_ input: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int) throws(SuiteError) -> [UInt8]
    {
        try hkdf(SHA384.self, input, salt, info, count)
    }

    /// HKDF-SHA512 (RFC 5869).
    public static func hkdfSHA512(_ input: [UInt8], salt: [UInt8] = [], info: [UInt8], count: Int) throws(SuiteError) -> [UInt8]
    {
        try hkdf(SHA512.self, input, salt, info, count)
    }

    /// HKDF-SHA384 (RFC 5869) from one secret to another.
    public static func hkdfSHA384(
        _ input: borrowing SecretBytes, salt: [UInt8] = [], info: [UInt8], count: Int
    ) throws(SuiteError) -> SecretBytes {
        let key = unsafe input.withBytes { bytes in unsafe SymmetricKey(data: bytes) }
        try require(count, SHA384.self)
        let derived = Crypto.HKDF<SHA384>.deriveKey(
            inputKeyMaterial: key, salt: salt, info: info, outputByteCount: count)
        return SecretBytes(copying: derived)
    }

    /// HKDF-Expand with SHA-512 (RFC 5869 §2.3): from a secret that is uniformly random already.
    public static func hkdfExpandSHA512(
        _ input: borrowing SecretBytes, info: [UInt8], count: Int
    ) throws(SuiteError) -> SecretBytes {
        let key = unsafe input.withBytes { bytes in unsafe SymmetricKey(data: bytes) }
        try require(count, SHA512.self)
        return SecretBytes(copying: Crypto.HKDF<SHA512>.expand(pseudoRandomKey: key, info: info, outputByteCount: count))
    }

    private static func require<Function: HashFunction>(_ count: Int, _: Function.Type) throws(SuiteError) {
        guard (1...255 * Function.Digest.byteCount).contains(count) else {
            throw SuiteError(.invalidParameters, "HKDF gives 1 to \(255 * Function.Digest.byteCount) bytes")
        }
    }

    /// HMAC-SHA256 (RFC 2104).
    public static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    private static func hkdf<Function: HashFunction>(
        _: Function.Type, _ input: [UInt8], _ salt: [UInt8], _ info: [UInt8], _ count: Int
    ) throws(SuiteError) -> [UInt8] {
        try require(count, Function.self)
        let key = Crypto.HKDF<Function>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: input), salt: salt, info: info, outputByteCount: count)
        return unsafe key.withUnsafeBytes { bytes in unsafe Array(bytes) }
    }
}

extension SecretBytes {
    init(copying key: SymmetricKey) {
        var bytes = unsafe key.withUnsafeBytes { bytes in unsafe Array(bytes) }
        self.init(erasing: &bytes)
    }
}

/// The work a passphrase costs (RFC 7914). Memory is 128·N·r bytes.
public struct ScryptParameters: Sendable, Equatable {
    /// Base-2 logarithm of N, 10…20.
    public let logN: UInt8
    /// Block size r, 1…64.
    public let blockSize: UInt8
    /// Parallelism p, 1…64.
    public let parallelism: UInt8

    /// N = 2^17, r = 8, p = 1: 128 MiB and about a third of a second.
    public static let standard = ScryptParameters(trustedLogN: 17, 8, 1)

    private init(trustedLogN logN: UInt8, _ blockSize: UInt8, _ parallelism: UInt8) {
        self.logN = logN
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// - Throws: `suite.invalid_parameters` outside the ranges above, beyond 1 GiB, or beyond N·r·p = 2^24.
    public init(logN: UInt8, blockSize: UInt8, parallelism: UInt8) throws(SuiteError) {
        let n = 1 << Int(logN & 31)
        guard (10...20).contains(logN), (1...64).contains(blockSize), (1...64).contains(parallelism),
            128 * n * Int(blockSize) <= 1 << 30, n * Int(blockSize) * Int(parallelism) <= 1 << 24
        else {
            throw SuiteError(.invalidParameters, "scrypt parameters are outside the accepted range")
        }
        self.init(trustedLogN: logN, blockSize, parallelism)
    }

    /// `count` secret bytes from `passphrase`.
    public func derive(passphrase: borrowing SecretBytes, salt: [UInt8], count: Int) throws(SuiteError) -> SecretBytes {
        do {
            let key = try unsafe passphrase.withBytes { bytes in
                try unsafe KDF.Scrypt.deriveKey(
                    from: Data(bytes), salt: salt, outputByteCount: count, rounds: 1 << Int(logN),
                    blockSize: Int(blockSize), parallelism: Int(parallelism), maxMemory: 2 << 30)
            }
            var bytes = unsafe key.withUnsafeBytes { bytes in unsafe Array(bytes) }
            return SecretBytes(erasing: &bytes)
        } catch {
            throw SuiteError(.operationFailed, "scrypt failed")
        }
    }
}
