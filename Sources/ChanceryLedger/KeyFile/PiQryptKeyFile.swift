public import ChancerySuite

/// An encrypted private key of the reference package: `private.key.enc` (version 1) or `private_pq.key.enc` (version 2).
///
/// Version 1, 97 bytes: `"PQKY" | 01 | salt[32] | nonce[12] | AES-256-GCM(Ed25519 seed) and tag`, scrypt N = 2^17,
/// r = 8, p = 1 over the passphrase as typed, no associated data. Version 2, 4090 bytes:
/// `"PQKY" | 02 | 01 | 01 | log2 N | r | p | salt[16] | nonce[12] | u32be length | ciphertext and tag` holds an
/// ML-DSA-65 key as 4032 bytes (FIPS 204 §7.2); the 42 bytes before the ciphertext are associated data and the
/// passphrase is normalised (NFKC). Reading has two steps, so that a caller may keep a derived key.
public struct PiQryptKeyFile: Sendable, Equatable {
    public enum Version: UInt8, Sendable {
        /// A 32-byte Ed25519 seed.
        case v1 = 1
        /// A 4032-byte expanded ML-DSA-65 private key.
        case v2 = 2

        public var secretBytes: Int { self == .v1 ? 32 : 4032 }
        public var saltBytes: Int { self == .v1 ? 32 : 16 }
        var headerBytes: Int { self == .v1 ? 49 : 42 }
        /// Bytes of a whole file.
        public var fileBytes: Int { headerBytes + secretBytes + AEAD.tagBytes }
    }

    static let magic = Array("PQKY".utf8)

    public let version: Version
    public let parameters: ScryptParameters
    public let salt: [UInt8]
    private let nonce: [UInt8]
    private let associated: [UInt8]
    private let sealed: [UInt8]

    /// Reads the layout; no secret is touched and no passphrase needed. Bounds are checked before any scrypt work.
    ///
    /// - Parameter expected: the only version that is accepted, for a caller who needs that kind of key; nil for both.
    /// - Throws: `ledger.key_file_corrupted`.
    public init(decoding bytes: [UInt8], expecting expected: Version? = nil) throws(LedgerError) {
        guard bytes.count >= 5, bytes.starts(with: Self.magic) else {
            throw .corruptedKeyFile("the file does not start with `PQKY` and a version")
        }
        guard let version = Version(rawValue: bytes[4]) else {
            throw .corruptedKeyFile("version `\(bytes[4])` is unknown")
        }
        guard expected == nil || expected == version else {
            throw .corruptedKeyFile("the file has version \(version.rawValue), another one was expected")
        }
        guard bytes.count == version.fileBytes else {
            throw .corruptedKeyFile("a version \(version.rawValue) file has \(version.fileBytes) bytes, found \(bytes.count)")
        }
        self.version = version
        sealed = Array(bytes[version.headerBytes...])
        switch version {
        case .v1:
            parameters = .standard
            salt = Array(bytes[5..<37])
            nonce = Array(bytes[37..<49])
            associated = []
        case .v2:
            guard bytes[5] == 1, bytes[6] == 1 else {
                throw .corruptedKeyFile("algorithm `\(bytes[5])` or key derivation `\(bytes[6])` is unknown")
            }
            parameters = try Self.parameters(bytes[7], bytes[8], bytes[9])
            salt = Array(bytes[10..<26])
            nonce = Array(bytes[26..<38])
            guard Array(bytes[38..<42]) == BigEndian.bytes(UInt32(sealed.count)) else {
                throw .corruptedKeyFile("the stated length is not the length of the ciphertext")
            }
            associated = Array(bytes[..<42])
        }
    }

    static func parameters(_ logN: UInt8, _ blockSize: UInt8, _ parallelism: UInt8) throws(LedgerError) -> ScryptParameters {
        do {
            return try ScryptParameters(logN: logN, blockSize: blockSize, parallelism: parallelism)
        } catch {
            throw .corruptedKeyFile("scrypt parameters \(logN), \(blockSize), \(parallelism) are outside the accepted range")
        }
    }

    /// The file's key; this is the slow step.
    ///
    /// - Throws: `ledger.blank_passphrase` in version 2; version 1 files exist that were written with an empty one.
    public func deriveKey(_ passphrase: borrowing Passphrase) throws(LedgerError) -> SecretBytes {
        try Self.deriveKey(version, passphrase, salt, parameters)
    }

    private static func deriveKey(
        _ version: Version, _ passphrase: borrowing Passphrase, _ salt: [UInt8], _ parameters: ScryptParameters
    ) throws(LedgerError) -> SecretBytes {
        do {
            switch version {
            case .v1:
                return try parameters.derive(passphrase: passphrase.typed, salt: salt, count: AEAD.keyBytes)
            case .v2:
                guard !passphrase.isBlank else { throw LedgerError(.blankPassphrase, "the passphrase is blank") }
                return try parameters.derive(passphrase: passphrase.normalized, salt: salt, count: AEAD.keyBytes)
            }
        } catch let error as LedgerError {
            throw error
        } catch {
            throw .corruptedKeyFile("the key could not be derived")
        }
    }

    /// The private key: ``Version/secretBytes`` bytes.
    ///
    /// - Throws: `ledger.wrong_passphrase` when the tag does not fit.
    public func open(key: borrowing SecretBytes) throws(LedgerError) -> SecretBytes {
        do {
            var secret = try AEAD.open(sealed, key: key, nonce: nonce, authenticating: associated)
            return SecretBytes(erasing: &secret)
        } catch {
            throw .passphraseDoesNotOpen
        }
    }

    /// The private key. Costs a third of a second and 128 MiB with the usual parameters.
    public func open(_ passphrase: borrowing Passphrase) throws(LedgerError) -> SecretBytes {
        try open(key: deriveKey(passphrase))
    }

    /// A file that holds `secret`. Salt (``Version/saltBytes``) and nonce (12 bytes) must be fresh random bytes.
    /// Version 1 always uses ``ScryptParameters/standard``, because the file has no room to say otherwise.
    ///
    /// - Throws: `ledger.blank_passphrase` for both versions, `ledger.invalid_key_file_content` for wrong lengths.
    public static func encode(
        _ secret: borrowing SecretBytes, version: Version, passphrase: borrowing Passphrase, salt: [UInt8], nonce: [UInt8],
        parameters: ScryptParameters = .standard
    ) throws(LedgerError) -> [UInt8] {
        guard secret.count == version.secretBytes, salt.count == version.saltBytes, nonce.count == AEAD.nonceBytes else {
            throw LedgerError(.invalidKeyFileContent, "the secret, salt or nonce has the wrong length")
        }
        guard !passphrase.isBlank else { throw LedgerError(.blankPassphrase, "the passphrase is blank") }
        guard version == .v2 || parameters == .standard else {
            throw LedgerError(.invalidKeyFileContent, "a version 1 file cannot state scrypt parameters")
        }
        var header = magic + [version.rawValue]
        if version == .v2 { header += [1, 1, parameters.logN, parameters.blockSize, parameters.parallelism] }
        header += salt + nonce
        if version == .v2 { header += BigEndian.bytes(UInt32(version.secretBytes + AEAD.tagBytes)) }
        let key = try deriveKey(version, passphrase, salt, parameters)
        var plain = secret.copyForExport()
        defer { SecretBytes.erase(&plain) }
        do {
            return header + (try AEAD.seal(plain, key: key, nonce: nonce, authenticating: version == .v1 ? [] : header))
        } catch {
            throw LedgerError(.invalidKeyFileContent, "the secret could not be sealed")
        }
    }
}

/// Unsigned integers, most significant byte first.
enum BigEndian {
    static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }

    /// The value of the four bytes at `offset`, which the caller knows to exist.
    static func value(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
