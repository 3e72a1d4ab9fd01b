internal import CCryptoki
public import ChancerySuite
public import ChanceryVault

/// Seals in a token behind PKCS #11: with AES-256-GCM, under a key that was made there and does not leave it.
///
/// The key is found by its label; where there is none, the first sealing makes it. One that was imported, that may leave or
/// that the token shows when asked is refused. Names and label are associated data. What stands behind the module, a chip or
/// a program, is its maker's word. Payload: `docs/spec/vault-keys.md`.
public final class PKCS11Backend: CustodyBackend {
    /// The label of the key in the token.
    public static let keyLabel = "chancery-custody"
    static let gcm: UInt = 0x1087
    private static let generateAES: UInt = 0x1080
    private static let version: UInt8 = 1

    private let path: String
    private let token: String
    private let pin: SecretBytes

    /// - Parameters:
    ///   - path: the module, an absolute path.
    ///   - token: the token's label, 1 to 32 bytes.
    ///   - pin: of the token's user, as bytes.
    public init(module path: String, token: String, pin: consuming SecretBytes) {
        self.path = path
        self.token = token
        self.pin = pin
    }

    public let capabilities = CustodyCapabilities(
        name: CustodyLabel(trusted: "pkcs11"),
        summary:
            "a token behind PKCS #11, under a key that it does not give out; whether it is hardware its maker says; "
            + "secrets are in memory while in use",
        placement: .token, isHardwareBacked: false, isExtractable: false, isClaimed: true)

    /// - Throws: besides what the port says, `vault.wrong_secret` for a wrong PIN and `vault.custody_locked_out` for one that
    ///   the token locked.
    public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        guard secret.count <= SealedSecret.maximumSecretBytes else {
            throw VaultError(.custodyMalformed, "a secret has at most \(SealedSecret.maximumSecretBytes) bytes")
        }
        var plain = secret.copyForExport()
        defer { SecretBytes.erase(&plain) }
        let nonce = SystemRandom.bytes(AEAD.nonceBytes)
        let header = SealedSecret.header(capabilities.name, label) + [Self.version]
        let sealed = try unsafe CryptokiModule.at(path).use { list throws(VaultError) -> [UInt8] in
            let session = try unsafe CryptokiSession.open(list, token: token, pin: pin)
            let key = try key(session, making: true)
            return try session.gcm(.seal, plain, key: key, nonce: nonce, authenticating: header)
        }
        guard sealed.count == secret.count + AEAD.tagBytes else {
            throw VaultError(.custodyFailed, "the token sealed to \(sealed.count) bytes")
        }
        return try SealedSecret(backend: capabilities.name, label: label, payload: [Self.version] + nonce + sealed)
    }

    /// - Throws: as ``seal(_:label:)``, and `vault.wrong_secret` when the token has another key or none.
    public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try sealed.check(capabilities, label)
        let payload = sealed.payload
        guard payload.count > 1 + AEAD.nonceBytes + AEAD.tagBytes, payload[0] == Self.version else {
            throw VaultError(.custodyMalformed, "the secret sealed by a token is cut or of another version")
        }
        let nonce = Array(payload[1..<1 + AEAD.nonceBytes])
        let header = SealedSecret.header(capabilities.name, label) + [Self.version]
        var plain = try unsafe CryptokiModule.at(path).use { list throws(VaultError) -> [UInt8] in
            let session = try unsafe CryptokiSession.open(list, token: token, pin: pin)
            let key = try key(session, making: false)
            do throws(VaultError) {
                return try session.gcm(
                    .open, Array(payload[(1 + AEAD.nonceBytes)...]), key: key, nonce: nonce, authenticating: header)
            } catch {
                // Modules disagree on the code for a wrong tag.
                guard error.reason == .custodyFailed else { throw error }
                throw VaultError(.wrongSecret, "the token does not open the secret: another key, or the file was changed")
            }
        }
        guard plain.count == payload.count - 1 - AEAD.nonceBytes - AEAD.tagBytes else {
            SecretBytes.erase(&plain)
            throw VaultError(.custodyFailed, "the token opened to another length")
        }
        return SecretBytes(erasing: &plain)
    }

    private func key(_ session: borrowing CryptokiSession, making: Bool) throws(VaultError) -> UInt {
        guard session.has(Self.gcm) else {
            throw VaultError(.custodyUnavailable, "the token has no AES-GCM")
        }
        var wanted = CryptokiAttributes()
        wanted.add(CryptokiAttributes.objectClass, CryptokiAttributes.secretKey)
        wanted.add(CryptokiAttributes.label, Self.keyLabel)
        wanted.add(CryptokiAttributes.token, true)
        let found = try session.find(wanted)
        guard found.count <= 1 else {
            throw VaultError(.custodyFailed, "the token has several keys with the label `\(Self.keyLabel)`")
        }
        let key: UInt
        if let first = found.first {
            key = first
        } else if making {
            key = try make(session)
        } else {
            throw VaultError(.wrongSecret, "the token `\(token.prefix(40))` has no key `\(Self.keyLabel)`")
        }
        let stays =
            session.flag(CryptokiAttributes.extractable, of: key) == false
            && session.flag(CryptokiAttributes.neverExtractable, of: key) == true
            && session.flag(CryptokiAttributes.sensitive, of: key) == true
            && session.flag(CryptokiAttributes.alwaysSensitive, of: key) == true && session.hides(key)
        guard stays else {
            throw VaultError(.custodyFailed, "the key `\(Self.keyLabel)` can leave the token, or once could: it is not used")
        }
        return key
    }

    private func make(_ session: borrowing CryptokiSession) throws(VaultError) -> UInt {
        var made = CryptokiAttributes()
        made.add(CryptokiAttributes.objectClass, CryptokiAttributes.secretKey)
        made.add(CryptokiAttributes.keyType, CryptokiAttributes.aes)
        made.add(CryptokiAttributes.valueLength, 32)
        made.add(CryptokiAttributes.label, Self.keyLabel)
        for type in [
            CryptokiAttributes.token, CryptokiAttributes.isPrivate, CryptokiAttributes.sensitive, CryptokiAttributes.encrypt,
            CryptokiAttributes.decrypt,
        ] { made.add(type, true) }
        for type in [CryptokiAttributes.extractable, CryptokiAttributes.wrap, CryptokiAttributes.unwrap] {
            made.add(type, false)
        }
        return try session.generate(Self.generateAES, made)
    }
}
