internal import ArgumentParser
internal import ChanceryNode
internal import ChanceryStorage
internal import ChancerySuite
internal import ChanceryVault
internal import ChanceryWire
internal import Foundation

/// For whom a version is opened.
struct ReaderOptions: ParsableArguments {
    @Option(help: "The agent that reads: name, DID or agent id.") var agent: String
    @OptionGroup var presence: PresenceOptions
}

struct VaultGet: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "get", abstract: "Open a version for an agent and write its files to a new folder.",
        discussion: """
            The agent needs a rule of the policy with the right `export`, since nobody can call back a copy, and a writ in \
            force. Nothing is written that is not the content which the manifest states; what was begun is removed when the \
            permit ends on the way.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @OptionGroup var reader: ReaderOptions
    @Option(help: ArgumentHelp("The folder; it must not exist.", valueName: "folder")) var out: String

    var access: Home.Access { .writing("vault get") }

    func run(in home: Home) throws {
        guard out != "-" else { throw UsageError("--out names a folder; `chancery vault cat` writes to standard output") }
        try UserFile.requireFree(out)
        // Made here and by nobody else: what goes after a failure is ours.
        guard unsafe mkdir(out, 0o700) == 0 else {
            throw errno == EEXIST
                ? NodeError(.alreadyExists, "`\(out)` exists already; nothing was changed")
                : NodeError(.storeUnavailable, "`\(out)` cannot be written; nothing was changed")
        }
        let (desk, target) = (home.vaultDesk(passphrase, options), out)
        let entry: JSONValue
        do {
            entry = try desk.read(which, for: reader, right: .export, .everything) { path in
                try FileTarget.file(path, in: target)
            }
        } catch {
            // What was begun is not what was asked for.
            try? FileManager.default.removeItem(atPath: target)
            throw error
        }
        try options.show(["entry": VaultView.version(entry), "out": .string(out)]) {
            "wrote \(entry["length"]?.integer ?? 0) bytes to \(out)"
        }
    }
}

struct VaultCat: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "cat", abstract: "Open one file of a version for an agent and write it, or a range, to standard output.",
        discussion: """
            The agent needs a rule of the policy with the right `read`, and a writ in force. The right `read` is enough for the \
            whole content: what is printed can be kept. `export` says that a copy on disk is meant.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var which: VersionArguments
    @OptionGroup var reader: ReaderOptions
    @Option(help: "The file's path; the only file without it.") var file: String?
    @Option(help: ArgumentHelp("Only the bytes FIRST-LAST, counted from 0.", valueName: "first-last")) var range: String?
    @Flag(help: "Show the SHA3-256 of the file, as pqc-enclave-sdk has it, instead of the file.") var flatDigest = false

    var access: Home.Access { .writing("vault cat") }

    func run(in home: Home) throws {
        let range = try range.map { try Self.range($0) }
        guard flatDigest else {
            _ = try home.vaultDesk(passphrase, options).read(which, for: reader, right: .read, .file(file, range)) { _ in
                FileTarget.standardOutput()
            }
            return
        }
        guard range == nil else { throw UsageError("--flat-digest is of a whole file") }
        let digest = ContentDigest()
        let entry = try home.vaultDesk(passphrase, options).read(which, for: reader, right: .read, .file(file, nil)) { _ in
            FileTarget.hashing(digest)
        }
        let text = Hex.encode(digest.bytes)
        try options.show(["entry": VaultView.version(entry), "sha3_256": .string(text)]) { text }
    }

    private static func range(_ text: String) throws -> Range<UInt64> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first <= last, last < .max else {
            throw UsageError("--range is FIRST-LAST, such as 0-4095")
        }
        return first..<last + 1
    }
}
