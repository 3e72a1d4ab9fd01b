internal import ChanceryLedger
public import ChancerySuite

/// The private half of a key with which a client signs requests, as a file: like every key file, under a passphrase or
/// openly without one.
public enum APIKeyFile {
    /// A fresh key.
    public static func generate() throws -> SigningKey<Purpose.HTTP> { try SigningKey.generate(.mlDSA65) }

    public static func encode(_ key: SigningKey<Purpose.HTTP>, _ protection: KeyProtection) throws -> [UInt8] {
        try protection.protect(KeyFile(KeyRing.entries(Purpose.HTTP.name, key)))
    }

    /// - Throws: `ledger.wrong_passphrase`, `ledger.key_file_corrupted`, `node.key_missing` for a file of other keys.
    public static func open(_ bytes: [UInt8], _ protection: KeyProtection) throws -> SigningKey<Purpose.HTTP> {
        try KeyRing.key(Purpose.HTTP.name, in: protection.open(bytes))
    }

    /// Whether a passphrase opens the file.
    public static func custody(of bytes: [UInt8]) -> KeyCustody {
        KeyFile.looksEncrypted(bytes) ? .passphrase : .unencrypted
    }
}
