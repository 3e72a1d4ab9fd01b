internal import ArgumentParser
internal import ChanceryVault
internal import ChanceryWire

struct IdentitySealPassphrase: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "seal-passphrase", abstract: "Make a random passphrase that a TPM or token alone gives out.",
        discussion: """
            Create or protect identities with `--passphrase-custody FILE`: their keys then open on this machine, in the state in \
            which it is now, or with the token. Whoever may use the device and has the file opens them, too.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var custody: CustodyArguments
    @Argument(help: "The file to write.") var file: String

    func run() throws {
        try UserFile.requireFree(file)
        let sealed = try SealedPassphrase(sealingIn: custody.root(), options)
        try UserFile.write(sealed.encoded(), to: file, mode: 0o600)
        let capabilities = try sealed.capabilities(options)
        try options.show(["custody": capabilities.json, "file": .string(file)]) {
            "\(file) holds a passphrase that is kept by: \(capabilities.summary)"
        }
    }
}
