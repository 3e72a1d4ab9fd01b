internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryStorage
internal import ChanceryWire

struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a file is and whether it holds: event, chain, export, session, checkpoint, proof.",
        discussion: """
            Keys come from --identity files, or from this home when there are none; never from the file itself. \
            --checkpoint with --log-keys proves that no event is missing up to a size.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The file, or - for standard input.") var file: String
    @Option(help: ArgumentHelp("A public identity document to rely on; may be repeated.", valueName: "file")) var identity:
        [String] = []
    @Option(help: ArgumentHelp("A chain checkpoint (`chancery log prove --agent`).", valueName: "file")) var checkpoint: String?
    @Option(help: ArgumentHelp("The log's verifier keys, two lines.", valueName: "file")) var logKeys: String?
    @Flag(help: "Give the verdict of the AISS reference instead; it never counts as verified.") var compat = false

    func run() throws {
        if checkpoint != nil, logKeys == nil { throw UsageError("--checkpoint needs --log-keys") }
        let bytes = try UserFile.read(file)
        let keys = try PinnedKeys(files: identity, or: options)
        let log = try logKeys.map { try LogKeysFile.verifier($0) }
        let checkpoint = try checkpoint.map { try ChainCheckpoint(decoding: UserFile.read($0, limit: 1 << 20)) }
        if compat { return try VerdictView.show(CompatVerdict(on: bytes, keys: keys), options) }
        var progress = Progress("verifying", quiet: options.quiet)
        let verdict = try DocumentVerifier(keys: keys, log: log, checkpoint: checkpoint).verify(bytes) {
            progress.update(UInt64($0), of: UInt64($1))
        }
        try VerdictView.show(verdict, options)
    }
}

/// How a verdict is shown.
enum VerdictView {
    /// Prints `verdict` and ends the command with the exit code of a failed verification when it is one.
    static func show(_ verdict: DocumentVerdict, _ options: GlobalOptions) throws {
        try options.show(json(verdict)) { text(verdict) }
        if !verdict.isValid { throw Stop(code: ExitStatus.verificationFailed) }
    }

    /// Prints what the reference answers, which nothing should mistake for a verification.
    static func show(_ verdict: CompatVerdict, _ options: GlobalOptions) throws {
        let json: JSONValue = [
            "agent_id": .string(verdict.agentID), "compat": true, "events": .integer(Int64(verdict.events)),
            "index": verdict.index.map { .integer(Int64($0)) } ?? .null,
            "reference_accepts": .bool(verdict.isAccepted), "refusal": verdict.refusal.map { .string($0) } ?? .null,
        ]
        try options.show(json) {
            let title = verdict.isAccepted ? "ACCEPTED BY THE REFERENCE" : "REFUSED BY THE REFERENCE"
            let reason = verdict.refusal.map { "  ✗ \($0)" } ?? "  ✓ \(verdict.events) events"
            return [
                "\(title)  chain of \(verdict.agentID)", reason,
                "  · the reference checks less than a sound verifier; this verdict opens nothing here",
            ].map(Console.printable).joined(separator: "\n")
        }
        if !verdict.isAccepted { throw Stop(code: ExitStatus.verificationFailed) }
    }

    static func json(_ verdict: DocumentVerdict) -> JSONValue {
        [
            "checked": .array(verdict.checked.map { .string($0) }), "findings": .array(verdict.findings.map { .string($0) }),
            "index": verdict.index.map { .integer(Int64($0)) } ?? .null, "kind": .string(verdict.kind),
            "notes": .array(verdict.notes.map { .string($0) }), "subject": verdict.subject.map { .string($0) } ?? .null,
            "valid": .bool(verdict.isValid),
        ]
    }

    static func text(_ verdict: DocumentVerdict) -> String {
        let title = verdict.isValid ? "VALID" : "INVALID"
        let head = "\(title)  \(verdict.kind)\(verdict.subject.map { " of \($0)" } ?? "")"
        let lines =
            verdict.findings.map { "  ✗ \($0)" } + verdict.checked.map { "  ✓ \($0)" } + verdict.notes.map { "  · \($0)" }
        return ([head] + lines).map(Console.printable).joined(separator: "\n")
    }
}

/// The file in which a log publishes its keys.
enum LogKeysFile {
    static func verifier(_ path: String) throws -> CheckpointVerifier {
        let text = String(decoding: try UserFile.read(path, limit: 1 << 16), as: UTF8.self)
        return try CheckpointVerifier(text.split(separator: "\n").map { try NoteKey($0) })
    }
}

extension PinnedKeys {
    /// The identities in `files`, or those of this home when there are none.
    init(files: [String], or options: GlobalOptions) throws {
        self.init()
        for path in files { try add(UserFile.read(path, limit: UserFile.identityLimit)) }
        if files.isEmpty, Home.exists(options) { try add(Home(options, .reading).registry) }
    }
}
