public import ChancerySuite

/// The secrets of an identity in one file that nobody can open, cut or change without the passphrase.
///
/// Encrypted form: `"CHKF" | 01 | 01 | log2 N | r | p | salt[32] | nonce[12] | u32be length | AES-256-GCM(body) and tag`;
/// all 57 bytes before the ciphertext are associated data, the key is scrypt over the NFKC passphrase. Unencrypted form:
/// `"CHKF" | 01 | 00 | "UNENCRYPTED\n" | u32be length | body | SHA3-256 of everything before`. See
/// `docs/spec/key-file.md`. Reading and writing the bytes to a disk is the caller's part.
public struct KeyFile: Sendable {
    public static let saltBytes = 32
    static let magic = Array("CHKF".utf8) + [1]
    static let unencryptedNotice = Array("UNENCRYPTED\n".utf8)
    private static let encryptedHeaderBytes = 57
    private static let unencryptedHeaderBytes = 22
    private static let maximumBodyBytes = KeyFileBody.maximumEntries * (KeyFileEntry.maximumSecretBytes + 69) + 2

    /// Ascending by label.
    public let entries: [KeyFileEntry]

    /// - Throws: `ledger.invalid_key_file_content` without entries, with more than 64, or with a repeated label.
    public init(_ entries: [KeyFileEntry]) throws(LedgerError) {
        let sorted = entries.sorted { $0.label.utf8.lexicographicallyPrecedes($1.label.utf8) }
        guard (1...KeyFileBody.maximumEntries).contains(sorted.count) else {
            throw LedgerError(.invalidKeyFileContent, "a key file has 1 to \(KeyFileBody.maximumEntries) entries")
        }
        for (left, right) in zip(sorted, sorted.dropFirst()) where left.label == right.label {
            throw LedgerError(.invalidKeyFileContent, "the label `\(left.label)` appears twice")
        }
        self.entries = sorted
    }

    /// The entry called `label`.
    public subscript(label: String) -> KeyFileEntry? { entries.first { $0.label == label } }

    /// Whether `bytes` claim to be the encrypted form. Nothing is verified.
    public static func looksEncrypted(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic + [1]) }

    /// The encrypted form. `salt` (32 bytes) and `nonce` (12 bytes) must be fresh random bytes.
    ///
    /// - Throws: `ledger.blank_passphrase`, `ledger.invalid_key_file_content`.
    public func encode(
        passphrase: borrowing Passphrase, salt: [UInt8], nonce: [UInt8], parameters: ScryptParameters = .standard
    ) throws(LedgerError) -> [UInt8] {
        guard !passphrase.isBlank else { throw LedgerError(.blankPassphrase, "the passphrase is blank") }
        guard salt.count == Self.saltBytes, nonce.count == AEAD.nonceBytes else {
            throw LedgerError(.invalidKeyFileContent, "the salt has 32 bytes and the nonce 12")
        }
        var body = KeyFileBody.encode(entries)
        defer { SecretBytes.erase(&body) }
        let header =
            Self.magic + [1, parameters.logN, parameters.blockSize, parameters.parallelism] + salt + nonce
            + BigEndian.bytes(UInt32(body.count + AEAD.tagBytes))
        do {
            let key = try parameters.derive(passphrase: passphrase.normalized, salt: salt, count: AEAD.keyBytes)
            return header + (try AEAD.seal(body, key: key, nonce: nonce, authenticating: header))
        } catch {
            throw LedgerError(.invalidKeyFileContent, "the entries could not be sealed")
        }
    }

    /// Opens the encrypted form. Length and scrypt bounds are checked before any costly work.
    ///
    /// - Throws: `ledger.key_file_corrupted`, `ledger.wrong_passphrase`, `ledger.blank_passphrase`, and
    ///   `ledger.key_file_not_encrypted` for the unencrypted form, so that nobody can swap that in unnoticed.
    public static func open(_ bytes: [UInt8], passphrase: borrowing Passphrase) throws(LedgerError) -> KeyFile {
        guard try derivation(bytes) == 1 else {
            throw LedgerError(.keyFileNotEncrypted, "the key file is not encrypted, although a passphrase was given")
        }
        guard bytes.count > encryptedHeaderBytes else { throw .corruptedKeyFile("the header is cut") }
        let parameters = try PiQryptKeyFile.parameters(bytes[6], bytes[7], bytes[8])
        let length = Int(BigEndian.value(bytes, at: 53))
        guard length == bytes.count - encryptedHeaderBytes, length <= maximumBodyBytes + AEAD.tagBytes else {
            throw .corruptedKeyFile("the stated length is not the length of the ciphertext")
        }
        guard !passphrase.isBlank else { throw LedgerError(.blankPassphrase, "the passphrase is blank") }
        var body: [UInt8]
        do {
            let key = try parameters.derive(
                passphrase: passphrase.normalized, salt: Array(bytes[9..<41]), count: AEAD.keyBytes)
            body = try AEAD.open(
                Array(bytes[encryptedHeaderBytes...]), key: key, nonce: Array(bytes[41..<53]),
                authenticating: Array(bytes[..<encryptedHeaderBytes]))
        } catch {
            throw .passphraseDoesNotOpen
        }
        defer { SecretBytes.erase(&body) }
        return try KeyFile(KeyFileBody.decode(body))
    }

    /// The form that protects nothing, for `--insecure-no-passphrase`: anybody who reads the file has the keys. The
    /// checksum finds damage, not tampering.
    public func encodeUnencrypted() -> [UInt8] {
        var body = KeyFileBody.encode(entries)
        defer { SecretBytes.erase(&body) }
        let file = Self.magic + [0] + Self.unencryptedNotice + BigEndian.bytes(UInt32(body.count)) + body
        return file + Digest.sha3_256(file)
    }

    /// Opens the unencrypted form.
    ///
    /// - Throws: `ledger.key_file_corrupted`, and `ledger.passphrase_required` for the encrypted form.
    public static func openUnencrypted(_ bytes: [UInt8]) throws(LedgerError) -> KeyFile {
        guard try derivation(bytes) == 0 else {
            throw LedgerError(.passphraseRequired, "the key file is encrypted and needs a passphrase")
        }
        let end = bytes.count - 32
        guard end > unencryptedHeaderBytes, Array(bytes[6..<18]) == unencryptedNotice,
            Int(BigEndian.value(bytes, at: 18)) == end - unencryptedHeaderBytes,
            end <= maximumBodyBytes + unencryptedHeaderBytes
        else {
            throw .corruptedKeyFile("the layout is not that of an unencrypted key file")
        }
        guard Digest.sha3_256(bytes[..<end]) == Array(bytes[end...]) else {
            throw .corruptedKeyFile("the checksum does not fit")
        }
        var body = Array(bytes[unencryptedHeaderBytes..<end])
        defer { SecretBytes.erase(&body) }
        return try KeyFile(KeyFileBody.decode(body))
    }

    private static func derivation(_ bytes: [UInt8]) throws(LedgerError) -> UInt8 {
        guard bytes.count > 6, bytes.starts(with: magic), bytes[5] <= 1 else {
            throw .corruptedKeyFile("the file does not start with `CHKF`, version 1 and a known key derivation")
        }
        return bytes[5]
    }
}
