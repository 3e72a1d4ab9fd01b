internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

/// The options that every command takes.
struct GlobalOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Where everything is kept (CHANCERY_HOME; default ~/.chancery).", valueName: "dir"))
    var home: String?

    @Option(
        help: ArgumentHelp("Where high-water marks lie, outside the home and its backups (CHANCERY_STATE).", valueName: "dir"))
    var state: String?

    @Flag(help: "Print the result as one JSON value.")
    var json = false

    @Flag(help: "Print results only, no remarks.")
    var quiet = false

    /// Prints a result: JSON on request, else what `table` gives.
    func show(_ value: @autoclosure () throws -> JSONValue, _ table: () throws -> String) throws {
        if json {
            Console.write(String(decoding: try CanonicalForm.jcs.encode(value()), as: UTF8.self))
        } else {
            Console.write(try table())
        }
    }

    func remark(_ text: String) {
        if !quiet { Console.remark(text) }
    }
}

/// Where a passphrase comes from. Never from the command line itself.
struct PassphraseOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Read the passphrase from the first line of a file.", valueName: "file"))
    var passphraseFile: String?

    @Option(help: ArgumentHelp("Read the passphrase from the first line of an open descriptor.", valueName: "n"))
    var passphraseFd: Int32?

    @Flag(help: "Keep private keys unencrypted on disk. Anybody who reads the file can sign.")
    var insecureNoPassphrase = false

    /// The protection of keys that exist: unencrypted keys need nothing, others a passphrase.
    func opening(_ custody: KeyCustody) throws -> KeyProtection {
        custody == .passphrase ? try protection(confirm: false) : .unencrypted
    }

    /// The protection of keys that are about to be written.
    func creating() throws -> KeyProtection {
        insecureNoPassphrase ? .unencrypted : try protection(confirm: true)
    }

    private func protection(confirm: Bool) throws -> KeyProtection {
        var bytes = try bytes(confirm: confirm)
        let passphrase = try Passphrase(erasing: &bytes)
        guard !passphrase.isBlank else {
            throw UsageError("the passphrase is blank; use --insecure-no-passphrase to go without one")
        }
        return KeyProtection(passphrase)
    }

    private func bytes(confirm: Bool) throws -> [UInt8] {
        if let path = passphraseFile { return try Self.firstLine(of: FileHandle(forReadingAtPath: path), path) }
        if let number = passphraseFd {
            return try Self.firstLine(of: FileHandle(fileDescriptor: number), "descriptor \(number)")
        }
        if let text = Settings.value("CHANCERY_PASSPHRASE", alias: "PIQRYPT_PASSPHRASE") { return Array(text.utf8) }
        guard isatty(STDIN_FILENO) == 1 else {
            throw NodeError(
                .passphraseRequired,
                "a passphrase is needed: --passphrase-file, --passphrase-fd, CHANCERY_PASSPHRASE, or a terminal to ask on")
        }
        let first = try Self.ask("Passphrase: ")
        if confirm, try Self.ask("Again: ") != first { throw UsageError("the two passphrases differ") }
        return first
    }

    private static func firstLine(of handle: FileHandle?, _ what: String) throws -> [UInt8] {
        guard let handle else { throw UsageError("`\(what)` cannot be read") }
        let data = try handle.read(upToCount: 8192) ?? Data()
        return Array(data.prefix { $0 != 0x0a && $0 != 0x0d })
    }

    private static func ask(_ prompt: String) throws -> [UInt8] {
        var settings = termios()
        unsafe tcgetattr(STDIN_FILENO, &settings)
        var silent = settings
        silent.c_lflag &= ~tcflag_t(ECHO)
        unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        defer {
            unsafe tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
            Console.remark("")
        }
        FileHandle.standardError.write(Data(prompt.utf8))
        guard let line = readLine(strippingNewline: true) else { throw UsageError("no passphrase was given") }
        return Array(line.utf8)
    }
}

/// The environment, with the names of PiQrypt as aliases.
enum Settings {
    static func value(_ name: String, alias: String? = nil) -> String? {
        let environment = ProcessInfo.processInfo.environment
        for name in [name, alias].compactMap(\.self) {
            if let value = environment[name], !value.isEmpty { return value }
        }
        return nil
    }
}

extension PassphraseOptions {
    /// The passphrase itself, for formats of others that need it.
    func text() throws -> Passphrase {
        var bytes = try bytes(confirm: false)
        return try Passphrase(erasing: &bytes)
    }
}
