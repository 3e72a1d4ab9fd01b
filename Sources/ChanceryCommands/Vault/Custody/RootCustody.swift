internal import ChanceryLedger
internal import ChanceryPKCS11
internal import ChancerySuite
internal import ChanceryTPM
internal import ChanceryVault
internal import ChanceryWire

/// Where the root of a home's vault lies, and how that place is asked.
enum RootCustody: Equatable {
    case passphrase
    /// Sealed by a TPM, which asks for the vault's passphrase besides.
    case tpm(TPMAddress, PCRSelection)
    /// Without a file, the vault's passphrase is the PIN.
    case pkcs11(module: String, token: String, pinFile: String?)

    private static let type = "chancery/vault-custody/v1"
    private static let pathLimit = 1024

    /// - Throws: `vault.custody_malformed`.
    init(json: JSONValue) throws {
        do {
            var reader = try RecordReader(json, "the vault's custody")
            guard try reader.string("type", limit: 64) == Self.type else { throw Self.malformed("it has another type") }
            let place = try reader.string("custody", limit: 16)
            switch place {
            case "tpm":
                self = try .tpm(
                    TPMAddress(reader.string("tcti", limit: Self.pathLimit)), PCRSelection(reader.string("pcrs", limit: 80)))
            case "pkcs11":
                self = try .token(
                    module: reader.string("module", limit: Self.pathLimit), token: reader.string("token", limit: 32),
                    pinFile: reader.optionalString("pin_file", limit: Self.pathLimit))
            case "passphrase": self = .passphrase
            default: throw Self.malformed("there is no place `\(place)`")
            }
            try reader.finish()
        } catch let error as WireError {
            throw Self.malformed(error.detail)
        }
    }

    /// - Throws: `vault.custody_malformed` for a module without an absolute path or a label over 32 bytes.
    static func token(module: String, token: String, pinFile: String?) throws -> RootCustody {
        guard module.hasPrefix("/") else { throw malformed("the module `\(module.prefix(80))` has no absolute path") }
        guard (1...32).contains(token.utf8.count) else { throw malformed("a token's label has 1 to 32 bytes") }
        return .pkcs11(module: module, token: token, pinFile: pinFile)
    }

    var json: JSONValue {
        switch self {
        case .passphrase: ["custody": "passphrase", "type": .string(Self.type)]
        case .tpm(let address, let selection):
            [
                "custody": "tpm", "pcrs": .string(selection.description), "tcti": .string(address.description),
                "type": .string(Self.type),
            ]
        case .pkcs11(let module, let token, let pinFile?):
            [
                "custody": "pkcs11", "module": .string(module), "pin_file": .string(pinFile), "token": .string(token),
                "type": .string(Self.type),
            ]
        case .pkcs11(let module, let token, nil):
            ["custody": "pkcs11", "module": .string(module), "token": .string(token), "type": .string(Self.type)]
        }
    }

    private static func malformed(_ detail: String) -> VaultError {
        VaultError(.custodyMalformed, "`vault/custody.json` is not in order: \(detail)")
    }

    /// What the place of a vault's root does; nobody is asked for a secret.
    var capabilities: CustodyCapabilities {
        let unasked = SecretBytes(count: 1)
        return switch self {
        case .passphrase: PassphraseBackend(unasked).capabilities
        case .tpm(let address, let selection): TPMBackend(address, pcrs: selection, passphrase: unasked).capabilities
        case .pkcs11(let module, let token, _): PKCS11Backend(module: module, token: token, pin: unasked).capabilities
        }
    }

    /// The device, ready to be asked without a passphrase.
    func backend(_ options: GlobalOptions) throws -> any CustodyBackend {
        switch self {
        case .tpm(let address, let selection): return TPMBackend(address, pcrs: selection)
        case .pkcs11(let module, let token, let pinFile?):
            let pin = try PassphraseSource.file(pinFile).text(options)
            guard !pin.isBlank else { throw UsageError("the PIN in `\(pinFile)` is blank") }
            return PKCS11Backend(module: module, token: token, pin: pin.secret())
        case .passphrase, .pkcs11(_, _, nil):
            throw UsageError("this takes --custody tpm, or --custody pkcs11 with a --pin-file")
        }
    }

    /// The place of a vault's root, ready to be asked.
    func backend(_ passphrase: PassphraseSource, confirm: Bool, _ options: GlobalOptions) throws -> any CustodyBackend {
        if case .pkcs11(_, _, .some) = self { return try backend(options) }
        return try backend(passphrase.text(confirm: confirm, options), options)
    }

    /// The same, with the secret at hand.
    func backend(_ text: borrowing Passphrase, _ options: GlobalOptions) throws -> any CustodyBackend {
        if case .pkcs11(_, _, .some) = self { return try backend(options) }
        guard !text.isBlank else { throw UsageError("the passphrase is blank: it is what keeps the vault's root") }
        return switch self {
        case .passphrase: PassphraseBackend(text.secret())
        case .tpm(let address, let selection): TPMBackend(address, pcrs: selection, passphrase: text.secret())
        case .pkcs11(let module, let token, _): PKCS11Backend(module: module, token: token, pin: text.secret())
        }
    }
}
