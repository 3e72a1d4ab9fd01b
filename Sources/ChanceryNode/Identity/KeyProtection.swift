public import ChanceryLedger
public import ChancerySuite

/// How private keys rest on disk.
public enum KeyProtection: ~Copyable, Sendable {
    /// scrypt and AES-256-GCM under a passphrase.
    case passphrase(Passphrase, ScryptParameters = .standard)
    /// In the clear, readable by whoever reads the file. Only on explicit request.
    case none

    /// The bytes of a key file under this protection.
    borrowing func protect(_ file: KeyFile) throws -> [UInt8] {
        switch self {
        case .none: return file.encodeUnencrypted()
        case .passphrase(let passphrase, let parameters):
            return try file.encode(
                passphrase: passphrase, salt: SystemRandom.bytes(KeyFile.saltBytes),
                nonce: SystemRandom.bytes(AEAD.nonceBytes), parameters: parameters)
        }
    }

    /// Opens a key file. Whether it is encrypted is read from the file; a passphrase for a clear file is ignored.
    ///
    /// - Throws: `node.passphrase_required` or `ledger.wrong_passphrase`.
    borrowing func open(_ bytes: [UInt8]) throws -> KeyFile {
        guard KeyFile.looksEncrypted(bytes) else { return try KeyFile.openUnencrypted(bytes) }
        switch self {
        case .none: throw NodeError(.passphraseRequired, "the key file is encrypted; a passphrase is needed")
        case .passphrase(let passphrase, _): return try KeyFile.open(bytes, passphrase: passphrase)
        }
    }
}
