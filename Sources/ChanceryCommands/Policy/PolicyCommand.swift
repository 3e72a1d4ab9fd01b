internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire

/// `chancery policy …`
struct PolicyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Check policies, try them, and put one in force.",
        discussion: """
            A policy is a YAML or JSON file: PiQrypt's TrustGate form, or chancery/policy/v2 (docs/spec/policy.md). Three \
            profiles ship with the product: `chancery policy profile NAME` prints one.
            """,
        subcommands: [
            PolicyLint.self, PolicyTest.self, PolicyExplain.self, PolicyActivate.self, PolicyShow.self, PolicyHistory.self,
            PolicyProfile.self, PolicyCompare.self,
        ])
}

struct PolicyLint: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lint", abstract: "Say what is wrong with a policy, with line and column.",
        discussion: "Ends with 4 when the policy does not load. Warnings alone do not change the exit code.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The policy's file, or - for standard input.") var file: String
    @Flag(help: "Write the mends that are safe into the file first.") var fix = false

    func run() throws {
        var bytes = try UserFile.read(file, limit: PolicyFile.limit)
        if fix {
            guard file != "-" else { throw UsageError("--fix writes into a file") }
            let mended = Policy.fixing(bytes)
            if mended != bytes { try UserFile.replace(mended, at: file) }
            bytes = mended
        }
        let findings = Policy.lint(bytes, format: PolicyFile.format(bytes))
        let errors = findings.filter { $0.severity == .error }
        let hash = Hex.encode(Digest.sha256(bytes))
        try options.show([
            "findings": .array(findings.map(PolicyBody.json)), "loads": .bool(errors.isEmpty), "policy": .string(hash),
        ]) {
            let lines = findings.map {
                Console.printable("\(file):\($0.line):\($0.column): \($0.severity.rawValue): \($0.message) [\($0.code)]")
            }
            return (lines + [errors.isEmpty ? "the policy loads: \(hash)" : "the policy does not load"]).joined(separator: "\n")
        }
        if !errors.isEmpty { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

struct PolicyActivate: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "activate", abstract: "Let the gate decide by a policy from now on.",
        discussion: """
            Where a committee exists, it must have voted for this very text: `chancery governance propose update-policy` with \
            the hash that `chancery policy lint` prints.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The policy's file, or - for standard input.") var file: String
    @Option(help: "Why, for the record.") var comment = ""

    var access: Home.Access { .writing("policy activate") }

    func run(in home: Home) throws {
        let bytes = try UserFile.read(file, limit: PolicyFile.limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError("`\(file)` is not UTF-8") }
        let gate = try home.gate(passphrase, options)
        let comment = comment
        let activation = try Daemon.result { try await gate.activate(text, by: GateCaller.local, comment: comment) }
        try options.show(GateBody.json(activation)) {
            Console.printable("\(activation.versionID) decides from now on") + "\n  policy  \(Hex.encode(activation.hash))"
        }
    }
}

struct PolicyShow: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print the policy that is active, or one that was.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "How its hash begins; the active one when absent.") var policy: String?
    @Option(help: ArgumentHelp("The one that was active at a moment, such as 2026-11-21T10:40:00.000Z.", valueName: "time"))
    var at: String?

    func run(_ gate: ActionGate, in home: Home) async throws {
        let found: PolicyActivation?
        if let policy {
            found = try gate.activations().first { Hex.encode($0.hash).hasPrefix(policy.lowercased()) }
        } else if let at {
            found = try gate.policy(at: UsageError.reading("--at") { try UTCTime(at) })
        } else {
            found = try gate.activePolicy()
        }
        guard let found else { throw NodeError(.notFound, "there is no such policy; without one everything is denied") }
        try options.show(GateBody.json(found, withText: true)) {
            found.text.hasSuffix("\n") ? String(found.text.dropLast()) : found.text
        }
    }
}

struct PolicyHistory: GateCommandBody {
    static let configuration = CommandConfiguration(commandName: "history", abstract: "List every policy that was ever active.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(_ gate: ActionGate, in home: Home) async throws {
        let activations = try gate.activations()
        try options.show(.array(activations.map { GateBody.json($0) })) {
            var table = Table(["activated", "version", "by", "policy", "comment"])
            for activation in activations {
                table.add([
                    activation.time.text, activation.versionID, activation.by, String(Hex.encode(activation.hash).prefix(16)),
                    activation.comment,
                ])
            }
            return table.text
        }
    }
}

/// How policy files are read and what is found in them is shown.
enum PolicyFile {
    static let limit = PolicyActivation.maximumBytes

    static func format(_ bytes: [UInt8]) -> Policy.Format {
        guard let first = bytes.first(where: { ![0x20, 0x09, 0x0a, 0x0d].contains($0) }) else { return .yaml }
        return first == 0x7b || first == 0x5b ? .json : .yaml
    }

    /// The policy of a file, or of standard input.
    static func policy(_ file: String) throws -> Policy {
        let bytes = try UserFile.read(file, limit: limit)
        return try Policy(parsing: bytes, format: format(bytes))
    }
}
