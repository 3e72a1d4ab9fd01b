public import ChancerySuite

/// Seals under a passphrase (scrypt, RFC 7914). Whoever has the file may guess as fast as scrypt lets them.
///
/// Payload: `log2 N | r | p | salt[32] | nonce[12] | AES-256-GCM(secret) and tag`. Names, parameters, salt and nonce are
/// associated data. Salt and nonce are fresh at each sealing.
public final class PassphraseBackend: CustodyBackend {
    private static let saltBytes = 32
    private static let headerBytes = 3 + saltBytes + AEAD.nonceBytes

    private let passphrase: SecretBytes
    private let parameters: ScryptParameters

    /// `passphrase` is UTF-8 in normalisation form KC: the caller normalises what was typed.
    ///
    /// - Parameter parameters: what new secrets cost; those that are read state their own within the suite's bounds.
    public init(_ passphrase: consuming SecretBytes, parameters: ScryptParameters = .standard) {
        self.passphrase = passphrase
        self.parameters = parameters
    }

    public let capabilities = CustodyCapabilities(
        name: CustodyLabel(trusted: "passphrase-file"),
        summary: "a file that a passphrase opens: as strong as the passphrase; no hardware; secrets are in memory while in use",
        placement: .passphrase, isHardwareBacked: false, isExtractable: true)

    public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        let header =
            [parameters.logN, parameters.blockSize, parameters.parallelism] + SystemRandom.bytes(Self.saltBytes)
            + SystemRandom.bytes(AEAD.nonceBytes)
        let key = try derive(parameters, header)
        let sealed = try AEADSecret.seal(
            secret, key: key, nonce: Array(header.suffix(AEAD.nonceBytes)),
            authenticating: SealedSecret.header(capabilities.name, label) + header)
        return try SealedSecret(backend: capabilities.name, label: label, payload: header + sealed)
    }

    /// Lengths and scrypt bounds are checked before any costly work.
    public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try sealed.check(capabilities, label)
        let payload = sealed.payload
        guard payload.count > Self.headerBytes + AEAD.tagBytes,
            let stated = try? ScryptParameters(logN: payload[0], blockSize: payload[1], parallelism: payload[2])
        else { throw VaultError(.custodyMalformed, "the sealed secret is cut, or asks for scrypt beyond the bounds") }
        let header = Array(payload[..<Self.headerBytes])
        return try AEADSecret.open(
            Array(payload[Self.headerBytes...]), key: try derive(stated, header),
            nonce: Array(header.suffix(AEAD.nonceBytes)),
            authenticating: SealedSecret.header(capabilities.name, label) + header)
    }

    private func derive(_ parameters: ScryptParameters, _ header: [UInt8]) throws(VaultError) -> SecretBytes {
        do {
            return try parameters.derive(
                passphrase: passphrase, salt: Array(header[3..<3 + Self.saltBytes]), count: AEAD.keyBytes)
        } catch {
            throw VaultError(.custodyFailed, "scrypt failed: is there memory?")
        }
    }
}
