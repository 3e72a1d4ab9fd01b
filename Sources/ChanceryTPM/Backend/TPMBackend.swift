public import ChancerySuite
public import ChanceryVault

/// Seals in a TPM 2.0: to this chip, to how the machine was started, and to a passphrase where one is given.
///
/// The chip seals a fresh key of 32 bytes as an object under the owner's storage primary, with a policy over PCRs of the
/// SHA-256 bank; that key seals the secret, so that every size and label has one form. What passes between chip and process
/// is encrypted under a session that is salted to the primary, whose name the sealed form holds. The secret is in memory
/// while it is in use: no TPM computes with post-quantum keys. Payload: `docs/spec/vault-keys.md`.
public final class TPMBackend: CustodyBackend {
    private static let info = Array("chancery/tpm-seal/v1".utf8) + [0]
    private static let keyBytes = 32

    private let address: TPMAddress
    private let selection: PCRSelection
    private let passphrase: SecretBytes?
    private let parameters: ScryptParameters
    public let capabilities: CustodyCapabilities

    /// `passphrase` is UTF-8 in normalisation form KC; without one, whoever starts this machine as it was opens the secret.
    ///
    /// - Parameters:
    ///   - selection: for new secrets; those that are read state theirs.
    ///   - parameters: what the passphrase of new secrets costs.
    public init(
        _ address: TPMAddress = .standard, pcrs selection: PCRSelection = .standard,
        passphrase: consuming SecretBytes? = nil, parameters: ScryptParameters = .standard
    ) {
        self.address = address
        self.selection = selection
        let hasPassphrase = passphrase != nil
        self.passphrase = passphrase
        self.parameters = parameters
        let kind = address.isSoftware ? "a software TPM, which protects nothing" : "the TPM of this machine"
        let asks = hasPassphrase ? " and a passphrase" : ", without a passphrase"
        capabilities = CustodyCapabilities(
            name: CustodyLabel(trusted: "tpm2"),
            summary:
                "sealed to \(kind), PCR \(selection)\(asks); not attested; secrets are in memory while in use",
            placement: .device, isHardwareBacked: !address.isSoftware, isExtractable: false)
    }

    public func seal(_ secret: borrowing SecretBytes, label: CustodyLabel) throws(VaultError) -> SealedSecret {
        guard secret.count <= SealedSecret.maximumSecretBytes else {
            throw VaultError(.custodyMalformed, "a secret has at most \(SealedSecret.maximumSecretBytes) bytes")
        }
        let asked =
            hasPassphrase
            ? TPMPayload.Passphrase(parameters: parameters, salt: SystemRandom.bytes(TPMPayload.saltBytes)) : nil
        var stretched = try stretch(asked)
        var key = SystemRandom.bytes(Self.keyBytes)
        defer {
            stretched.erase()
            SecretBytes.erase(&key)
        }
        let tpm = try TPM(address)
        let primary = try tpm.primary()
        let digest = try tpm.digest(of: selection)
        let policy = TPMTemplate.policy(selection, digest: digest, hasAuthValue: asked != nil)
        let areas = try tpm.seal(key, authValue: stretched.authValue, policy: policy, under: primary)
        let payload = TPMPayload(
            selection: selection, digest: digest, primary: Array(primary.object.name.suffix(32)), passphrase: asked,
            publicArea: areas.publicArea, privateArea: areas.privateArea, nonce: SystemRandom.bytes(AEAD.nonceBytes))
        let head = payload.head
        let sealed = try AEADSecret.seal(
            secret, key: try derive(key, stretched), nonce: payload.nonce,
            authenticating: SealedSecret.header(capabilities.name, label) + head)
        return try SealedSecret(backend: capabilities.name, label: label, payload: head + sealed)
    }

    /// - Throws: besides what the port says, `vault.pcr_mismatch` when the registers differ from those at sealing and
    ///   `vault.custody_locked_out` when the chip refuses attempts after too many wrong passphrases.
    public func unseal(_ sealed: SealedSecret, label: CustodyLabel) throws(VaultError) -> SecretBytes {
        try sealed.check(capabilities, label)
        let (payload, ciphertext) = try TPMPayload.read(sealed.payload)
        guard (payload.passphrase != nil) == hasPassphrase else {
            throw VaultError(
                .wrongSecret, "the secret was sealed \(hasPassphrase ? "without" : "with") a passphrase besides the TPM")
        }
        let tpm = try TPM(address)
        let primary = try tpm.primary()
        guard Array(primary.object.name.suffix(32)) == payload.primary else {
            throw VaultError(.wrongSecret, "another TPM sealed the secret, or this one was cleared since")
        }
        let object = try tpm.load(payload.publicArea, payload.privateArea, under: primary)
        var stretched = try stretch(payload.passphrase)
        defer { stretched.erase() }
        var key = try tpm.unseal(
            object, payload.selection, digest: payload.digest, authValue: stretched.authValue, salted: primary)
        defer { SecretBytes.erase(&key) }
        return try AEADSecret.open(
            ciphertext, key: try derive(key, stretched), nonce: payload.nonce,
            authenticating: SealedSecret.header(capabilities.name, label) + payload.head)
    }

    private var hasPassphrase: Bool { passphrase != nil }

    /// A passphrase after scrypt: one half for the chip, which counts wrong ones; the other for the key, so that a chip that
    /// was cut open does not do without it.
    private struct Stretched {
        /// Without zeros at its end, as a TPM keeps it (TPM 2.0 library, part 1, §19.6.5).
        var authValue: [UInt8] = []
        var share: [UInt8] = []

        mutating func erase() {
            SecretBytes.erase(&authValue)
            SecretBytes.erase(&share)
        }
    }

    private func stretch(_ asked: TPMPayload.Passphrase?) throws(VaultError) -> Stretched {
        guard let asked else { return Stretched() }
        do {
            guard var bytes = try derived(asked) else { return Stretched() }
            defer { SecretBytes.erase(&bytes) }
            var authValue = Array(bytes.prefix(32))
            while authValue.last == 0 { authValue.removeLast() }
            return Stretched(authValue: authValue, share: Array(bytes.suffix(32)))
        } catch {
            throw VaultError(.custodyFailed, "scrypt failed: is there memory?")
        }
    }

    private func derived(_ asked: TPMPayload.Passphrase) throws(SuiteError) -> [UInt8]? {
        switch passphrase {
        case .some(let passphrase):
            try asked.parameters.derive(passphrase: passphrase, salt: asked.salt, count: 64).copyForExport()
        case .none: nil
        }
    }

    private func derive(_ key: [UInt8], _ stretched: Stretched) throws(VaultError) -> SecretBytes {
        var input = key + stretched.share
        do {
            return try Derivation.hkdfSHA384(SecretBytes(erasing: &input), info: Self.info, count: AEAD.keyBytes)
        } catch {
            throw VaultError(.custodyFailed, "the key could not be derived")
        }
    }
}
