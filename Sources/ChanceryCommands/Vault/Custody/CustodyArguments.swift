internal import ArgumentParser
internal import ChanceryTPM
internal import ChanceryVault
internal import Foundation

/// Where the vault's root is to lie.
struct CustodyArguments: ParsableArguments {
    enum Place: String, ExpressibleByArgument, CaseIterable {
        case passphrase, tpm, pkcs11
    }

    @Option(help: "What keeps the root: a passphrase alone, a TPM 2.0 and the passphrase, or a token behind PKCS #11.")
    var custody: Place = .passphrase

    @Option(help: "The TPM, such as device:/dev/tpmrm0 (the standard) or swtpm:host=127.0.0.1,port=2321.")
    var tcti: String?

    @Option(help: "PCRs that the TPM binds the root to, such as 0,7; 7 without it.")
    var pcrs: String?

    @Option(help: ArgumentHelp("The absolute path of the PKCS #11 module.", valueName: "library")) var module: String?

    @Option(help: "The label of the token.") var token: String?

    @Option(
        help: ArgumentHelp("Where the token's PIN is read at each unlock; else the passphrase is the PIN.", valueName: "file"))
    var pinFile: String?

    func validate() throws {
        let forTPM = tcti != nil || pcrs != nil
        let forToken = module != nil || token != nil || pinFile != nil
        guard !forTPM || custody == .tpm else { throw ValidationError("--tcti and --pcrs go with --custody tpm") }
        guard !forToken || custody == .pkcs11 else {
            throw ValidationError("--module, --token and --pin-file go with --custody pkcs11")
        }
        guard custody != .pkcs11 || (module != nil && token != nil) else {
            throw ValidationError("--custody pkcs11 needs --module and --token")
        }
        guard module?.hasPrefix("/") ?? true else { throw ValidationError("--module takes an absolute path") }
        guard (1...32).contains(token?.utf8.count ?? 1) else { throw ValidationError("a token's label has 1 to 32 bytes") }
        // Read here, so that a mistake is found before a home is made.
        do {
            _ = try root()
        } catch let error as VaultError {
            throw ValidationError(error.detail)
        }
    }

    /// - Throws: `vault.custody_malformed` for an address, list of PCRs, path or label that is none.
    func root() throws -> RootCustody {
        switch custody {
        case .passphrase: .passphrase
        case .tpm: try .tpm(tcti.map(TPMAddress.init) ?? .standard, pcrs.map { try PCRSelection($0) } ?? .standard)
        case .pkcs11:
            try .token(
                module: module ?? "", token: token ?? "",
                pinFile: pinFile.map { URL(fileURLWithPath: $0).standardizedFileURL.path })
        }
    }
}
