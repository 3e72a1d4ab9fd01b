internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import Foundation

/// Where a passphrase comes from. Never from the command line itself.
struct PassphraseSource: ParsableArguments {
    /// More than any passphrase has, line ending included.
    private static let maximumLine = 8192

    @Option(help: ArgumentHelp("Read the passphrase from the first line of a file.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("Read the passphrase from the first line of an open descriptor.", valueName: "n"))
    var passphraseFd: Int32?

    @Option(
        help: ArgumentHelp(
            "Let a TPM or token give the passphrase, as this file of `identity seal-passphrase` says.", valueName: "file"))
    var passphraseCustody: String?

    private let known = KnownPassphrase()

    // `known` is not read from the command line.
    private enum CodingKeys: CodingKey { case passphraseFile, passphraseFd, passphraseCustody }

    /// The passphrase in the first line of `path`.
    static func file(_ path: String) -> PassphraseSource {
        var source = PassphraseSource()
        source.passphraseFile = path
        return source
    }

    /// The environment or a terminal.
    static var none: PassphraseSource {
        var source = PassphraseSource()
        // Options that nobody parsed have no value, not even none, until they are given one.
        source.passphraseFile = nil
        source.passphraseFd = nil
        source.passphraseCustody = nil
        return source
    }

    /// Whether an option names a passphrase.
    var isGiven: Bool { passphraseFile != nil || passphraseFd != nil || passphraseCustody != nil }

    func validate() throws {
        if [passphraseFile != nil, passphraseFd != nil, passphraseCustody != nil].count(where: { $0 }) > 1 {
            throw ValidationError("--passphrase-file, --passphrase-fd and --passphrase-custody exclude each other")
        }
    }

    /// The passphrase, which is read once however often it is needed: a descriptor gives it only once.
    func text(confirm: Bool = false, fromEnvironment: Bool = true, _ options: GlobalOptions) throws -> Passphrase {
        var bytes = try known.bytes { try read(confirm, fromEnvironment, options) }
        return try Passphrase(erasing: &bytes)
    }

    func protection(confirm: Bool = false, fromEnvironment: Bool = true, _ options: GlobalOptions) throws -> KeyProtection {
        let passphrase = try text(confirm: confirm, fromEnvironment: fromEnvironment, options)
        guard !passphrase.isBlank else {
            throw UsageError("the passphrase is blank; use --insecure-no-passphrase to go without one")
        }
        return KeyProtection(passphrase)
    }

    /// The protection of keys that exist: unencrypted keys need nothing, others a passphrase. One that an option names is
    /// used in any case, so that a clear key file is not taken for the encrypted one that it belongs to.
    func opening(_ custody: KeyCustody, _ options: GlobalOptions) throws -> KeyProtection {
        custody == .passphrase || isGiven ? try protection(options) : .unencrypted
    }

    private func read(_ confirm: Bool, _ fromEnvironment: Bool, _ options: GlobalOptions) throws -> [UInt8] {
        if let path = passphraseFile {
            let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw UsageError("the passphrase file `\(path)` cannot be read") }
            defer { close(descriptor) }
            if AtomicFile.isExposed(path) {
                options.remark("warning: others may read the passphrase in `\(path)`; chmod 600 keeps them out")
            }
            return try Self.line(of: descriptor)
        }
        if let number = passphraseFd { return try Self.line(of: number) }
        if let path = passphraseCustody { return try SealedPassphrase(UserFile.read(path)).open(options) }
        if fromEnvironment, let text = Settings.value("CHANCERY_PASSPHRASE", alias: "PIQRYPT_PASSPHRASE") {
            return Array(text.utf8)
        }
        guard isatty(STDIN_FILENO) == 1 else {
            throw NodeError(
                .passphraseRequired,
                "a passphrase is needed: --passphrase-file, --passphrase-fd, CHANCERY_PASSPHRASE, or a terminal to ask on")
        }
        let first = try Self.ask("Passphrase: ")
        if confirm, try Self.ask("Again: ") != first { throw UsageError("the two passphrases differ") }
        return first
    }

    private static func line(of descriptor: Int32) throws -> [UInt8] {
        Array((try InputDescriptor.line(of: descriptor, limit: maximumLine) ?? []).prefix { $0 != 0x0d })
    }

    private static func ask(_ prompt: String) throws -> [UInt8] {
        var settings = termios()
        unsafe tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            Console.show("\n")
        }
        Console.show(prompt)
        guard let line = try InputDescriptor.line(of: STDIN_FILENO, limit: maximumLine) else {
            throw UsageError("no passphrase was given")
        }
        return line
    }
}

/// How private keys are opened, and protected when they are written.
struct PassphraseOptions: ParsableArguments {
    @OptionGroup var source: PassphraseSource

    @Flag(help: "Keep private keys unencrypted on disk. Anybody who reads the file can sign.")
    var insecureNoPassphrase = false

    func validate() throws {
        if insecureNoPassphrase, source.isGiven {
            throw ValidationError("--insecure-no-passphrase and a passphrase exclude each other")
        }
    }

    /// As ``PassphraseSource/opening(_:_:)``.
    func opening(_ custody: KeyCustody, _ options: GlobalOptions) throws -> KeyProtection {
        try source.opening(custody, options)
    }

    /// The protection of keys that are about to be written.
    func creating(_ options: GlobalOptions) throws -> KeyProtection {
        guard insecureNoPassphrase else { return try source.protection(confirm: true, options) }
        options.remark("warning: the private keys are not encrypted")
        return .unencrypted
    }
}

/// A passphrase that was read already, in erased memory.
private final class KnownPassphrase {
    private var secret: SecretBytes?

    func bytes(_ read: () throws -> [UInt8]) throws -> [UInt8] {
        if let known = secret?.copyForExport() { return known }
        var fresh = try read()
        guard !fresh.isEmpty else { return [] }
        secret = SecretBytes(erasing: &fresh)
        return secret?.copyForExport() ?? []
    }
}
