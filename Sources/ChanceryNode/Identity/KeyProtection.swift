public import ChanceryLedger
public import ChancerySuite

/// How private keys rest on disk.
public final class KeyProtection: Sendable {
    /// In the clear, readable by whoever reads the file. Only on explicit request.
    public static let unencrypted = KeyProtection()

    /// Whether a passphrase protects the keys.
    public let isEncrypted: Bool
    private let passphrase: Passphrase?
    private let parameters: ScryptParameters

    private init() {
        isEncrypted = false
        passphrase = nil
        parameters = .standard
    }

    /// scrypt and AES-256-GCM under `passphrase`, which is erased with this value.
    public init(_ passphrase: consuming Passphrase, parameters: ScryptParameters = .standard) {
        isEncrypted = true
        self.passphrase = consume passphrase
        self.parameters = parameters
    }

    /// The bytes of a key file under this protection.
    ///
    /// - Throws: `ledger.blank_passphrase`.
    package func protect(_ file: KeyFile) throws -> [UInt8] {
        switch passphrase {
        case .none: return file.encodeUnencrypted()
        case .some(let passphrase):
            return try file.encode(
                passphrase: passphrase, salt: SystemRandom.bytes(KeyFile.saltBytes),
                nonce: SystemRandom.bytes(AEAD.nonceBytes), parameters: parameters)
        }
    }

    /// Opens a key file. With a passphrase only an encrypted file is taken, so that a clear one cannot replace it unnoticed.
    ///
    /// - Throws: `node.passphrase_required`, `ledger.wrong_passphrase` or `ledger.key_file_not_encrypted`.
    package func open(_ bytes: [UInt8]) throws -> KeyFile {
        switch passphrase {
        case .none:
            guard !KeyFile.looksEncrypted(bytes) else {
                throw NodeError(.passphraseRequired, "the key file is encrypted; a passphrase is needed")
            }
            return try KeyFile.openUnencrypted(bytes)
        case .some(let passphrase): return try KeyFile.open(bytes, passphrase: passphrase)
        }
    }
}
