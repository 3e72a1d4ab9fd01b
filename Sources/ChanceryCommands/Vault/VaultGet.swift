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
        try UserFile.requireFree(out)
        let vault = try home.unlockedVault(passphrase, options)
        let (entry, caller) = (
            try which.entry(vault, for: "get"), try home.caller(reader.agent, of: vault, for: "get")
        )
        let target = out
        try Daemon.run {
            let opening = try await vault.open(entry, by: caller, right: .export)
            try AtomicFile.makeFolder(target)
            do {
                for file in opening.manifest.terms.files { try await Self.write(file, of: opening, to: target) }
            } catch {
                try? FileManager.default.removeItem(atPath: target)
                throw error
            }
        }
        try options.show(["entry": VaultView.json(entry), "out": .string(out)]) { "wrote \(entry.length) bytes to \(out)" }
    }

    private static func write(_ file: ManifestFile, of opening: VaultOpening, to folder: String) async throws {
        let path = folder + "/" + file.path.text
        try AtomicFile.makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
        let descriptor = unsafe Foundation.open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
        defer { close(descriptor) }
        try await opening.read(file.path) { bytes in try Self.write(bytes, to: descriptor, path) }
        guard fsync(descriptor) == 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
    }

    static func write(_ bytes: Span<UInt8>, to descriptor: Int32, _ path: String) throws {
        try unsafe bytes.withUnsafeBytes { bytes in
            var done = 0
            while done < bytes.count {
                let count = unsafe Foundation.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
                guard count > 0 else { throw NodeError(.storeUnavailable, "`\(path)` cannot be written") }
                done += count
            }
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

    var access: Home.Access { .writing("vault cat") }

    func run(in home: Home) throws {
        let range = try range.map { try Self.range($0) }
        let vault = try home.unlockedVault(passphrase, options)
        let (entry, caller) = (
            try which.entry(vault, for: "cat"), try home.caller(reader.agent, of: vault, for: "cat")
        )
        let name = try file.map { try FilePath($0) }
        try Daemon.run {
            let opening = try await vault.open(entry, by: caller)
            let files = opening.manifest.terms.files
            guard let path = name ?? (files.count == 1 ? files.first?.path : nil) else {
                throw UsageError("the version has \(files.count) files; --file names one")
            }
            if let range {
                var bytes = try await opening.bytes(range, of: path)
                defer { SecretBytes.erase(&bytes) }
                try Console.print(bytes: bytes)
            } else {
                try await opening.read(path) { bytes in try VaultGet.write(bytes, to: STDOUT_FILENO, "standard output") }
            }
        }
    }

    private static func range(_ text: String) throws -> Range<UInt64> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { UInt64($0) }
        guard parts.count == 2, let first = parts[0], let last = parts[1], first <= last, last < .max else {
            throw UsageError("--range is FIRST-LAST, such as 0-4095")
        }
        return first..<last + 1
    }
}
