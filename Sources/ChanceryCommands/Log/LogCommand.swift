internal import ArgumentParser
internal import ChanceryLedger
internal import ChanceryNode
internal import ChancerySuite
internal import ChanceryWire

/// `chancery log …`
struct LogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "The transparency log over everything stored.",
        subcommands: [
            LogStart.self, LogCheckpoint.self, LogProve.self, LogVerify.self, LogAuditCommand.self, LogKeys.self,
            LogRestart.self,
        ])
}

struct LogStart: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "start", abstract: "Make the log's keys under an origin.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "A schema-less URL that names the log, for example log.example.com/agents.") var origin: String?

    var access: Home.Access { .creating("log start") }

    func run(in home: Home) throws {
        try LogStarter.start(home, origin, passphrase, options)
        try options.show(LogStarter.json(home)) { try LogStarter.text(home) }
    }
}

/// Makes a log's keys on demand.
enum LogStarter {
    static func start(_ home: Home, _ origin: String?, _ passphrase: PassphraseOptions, _ options: GlobalOptions) throws {
        let origin = origin ?? "chancery.local/" + Hex.encode(SystemRandom.bytes(8))
        try home.log.start(origin: origin, protection: passphrase.creating(options))
        options.remark("started the log `\(origin)`")
    }

    static func json(_ home: Home) throws -> JSONValue {
        .array(try (home.log.verifierKeys() ?? []).map { .string($0.text) })
    }

    static func text(_ home: Home) throws -> String {
        try (home.log.verifierKeys() ?? []).map(\.text).joined(separator: "\n")
    }

    /// The protection of the log's key file, which starts the log when it has no keys yet.
    static func protection(_ home: Home, _ passphrase: PassphraseOptions, _ options: GlobalOptions) throws -> KeyProtection {
        if try home.log.verifierKeys() == nil { try start(home, nil, passphrase, options) }
        return try passphrase.opening(home.log.keyCustody(), options)
    }
}

struct LogCheckpoint: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "checkpoint", abstract: "Sign and publish a checkpoint over everything stored.",
        discussion: "Starts the log when it has no keys. A store that contradicts an earlier checkpoint is refused.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions

    var access: Home.Access { .writing("log checkpoint") }

    func run(in home: Home) throws {
        let checkpoint = try home.log.publish(protection: LogStarter.protection(home, passphrase, options))
        let json: JSONValue = [
            "origin": .string(checkpoint.checkpoint.origin.text), "root": .string(Hex.encode(checkpoint.head.root.bytes)),
            "size": .integer(Int64(clamping: checkpoint.head.size)),
            "timestamp": .integer(Int64(clamping: checkpoint.timestamp)),
        ]
        try options.show(json) {
            "checkpoint of \(checkpoint.checkpoint.origin)\n  size  \(checkpoint.head.size)\n  root  \(Hex.encode(checkpoint.head.root.bytes))\n  files \(home.path)/log"
        }
    }
}

struct LogProve: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "prove", abstract: "Prove that a record stands in the log, or that an agent's chain is complete.",
        discussion: "With a position or id: a .tlog-proof. With --agent: a chain checkpoint for `chancery verify --checkpoint`."
    )

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @OptionGroup var chain: ChainOptions
    @Argument(help: "The position of the record in the log, or its id in hex.") var record: String?
    @Option(help: "State and prove the head of the chain of this agent: a name of this home or an agent id.") var agent: String?
    @Option(help: "Also write the record itself to this file.") var recordOut: String?
    @Option(help: "The file to write; it must not exist. Default: standard output.") var out: String?

    var access: Home.Access { agent == nil ? .reading : .writing("log prove") }

    func validate() throws {
        guard (record == nil) != (agent == nil) else { throw ValidationError("name a position, a record id, or --agent NAME") }
        guard agent == nil || recordOut == nil else { throw ValidationError("--record-out goes with a record") }
        guard recordOut == nil || recordOut != out else { throw ValidationError("--out and --record-out are one file") }
    }

    func run(in home: Home) throws {
        for file in [out, recordOut] { try UserFile.requireFree(file) }
        guard try home.log.verifierKeys() != nil else {
            throw NodeError(.notFound, "the log has not been started; `log start` or `log checkpoint` does it")
        }
        var written = JSONObject()
        if let agent {
            try UserFile.write(checkpoint(agent, home).encoded(), to: out)
        } else if let record {
            let stored = try find(record, home)
            let proof = try home.log.prove(stored.position).encoded
            if let recordOut {
                try UserFile.write(stored.bytes, to: recordOut)
                written["record_out"] = .string(recordOut)
            }
            try UserFile.write(proof, to: out)
        }
        try options.showWritten(written, to: out)
    }

    private func checkpoint(_ agent: String, _ home: Home) throws -> ChainCheckpoint {
        let choice = try ChainChoice(agent, chain, home)
        let identity = try home.open(choice.owner(), passphrase)
        return try home.exporter.chainCheckpoint(
            of: identity, agentID: choice.agentID, log: home.log,
            protection: passphrase.opening(home.log.keyCustody(), options))
    }

    private func find(_ text: String, _ home: Home) throws -> StoredRecord {
        if let position = UInt64(text), text.utf8.count < 20 {
            let query = RecordQuery(after: position == 0 ? nil : position - 1, limit: 1)
            guard let record = try home.store.records(query).first, record.position == position else {
                throw NodeError(.notFound, "there is no record at position \(position)")
            }
            return record
        }
        guard let id = try? Hex.decode(text), let record = try home.store.record(id: id) else {
            throw NodeError(.notFound, "there is no record with the id `\(text.prefix(140))`")
        }
        return record
    }
}

struct LogVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check offline that a record stands in a log.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The .tlog-proof.") var proof: String
    @Option(help: ArgumentHelp("The record, byte for byte.", valueName: "file")) var record: String
    @Option(help: ArgumentHelp("The log's verifier keys, two lines.", valueName: "file")) var logKeys: String

    func run() throws {
        let proof = try LogProof(decoding: UserFile.read(proof, limit: 1 << 20))
        var bytes = try UserFile.read(record)
        if bytes.last == 0x0a { bytes.removeLast() }
        let entry = try RecordEntry.entry(of: bytes)
        let checkpoint = try proof.verify(entry: entry.encoded, by: LogKeysFile.verifier(logKeys))
        let json: JSONValue = [
            "index": .integer(Int64(clamping: proof.inclusion.index)), "origin": .string(checkpoint.checkpoint.origin.text),
            "size": .integer(Int64(clamping: checkpoint.head.size)), "valid": true,
        ]
        try options.show(json) {
            "VALID  the record stands at \(proof.inclusion.index) of \(checkpoint.head.size) in `\(checkpoint.checkpoint.origin)`\n  ✓ Ed25519 and ML-DSA-44 signatures of the log"
        }
    }
}

struct LogAuditCommand: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit", abstract: "Re-verify the whole store against its tiles and checkpoint; name the first bad byte.")

    @OptionGroup var options: GlobalOptions
    @Option(help: ArgumentHelp("The log's verifier keys as you know them: the checkpoint must be theirs.", valueName: "file"))
    var logKeys: String?

    func run(in home: Home) throws {
        let pinned = try logKeys.map { try LogKeysFile.verifier($0) }
        var progress = Progress("auditing", quiet: options.quiet)
        let report = try LogAudit.run(store: home.store, log: home.log, pinned: pinned) { progress.update($0, of: $1) }
        let json: JSONValue = [
            "chains": .integer(Int64(report.chains)),
            "checkpoint": report.checkpoint.map { .integer(Int64(clamping: $0)) } ?? .null,
            "clean": .bool(report.isClean), "failures": .array(report.failures.map { .string($0) }),
            "notes": .array(report.notes.map { .string($0) }),
            "records": .integer(Int64(clamping: report.records)), "tiles": .integer(Int64(report.tiles)),
        ]
        try options.show(json) {
            let head = report.isClean ? "CLEAN" : "DAMAGED"
            let scope =
                "\(report.records) records, \(report.chains) chains, \(report.tiles) tiles, checkpoint \(report.checkpoint.map { "of \($0)" } ?? "none")"
            let findings = report.failures.map { "  ✗ \(Console.printable($0))" }
            let notes = report.notes.map { "  · \(Console.printable($0))" }
            return (["\(head)  \(scope)"] + findings + notes).joined(separator: "\n")
        }
        if !report.isClean { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

struct LogKeys: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "keys", abstract: "Print the log's verifier keys.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        guard try home.log.verifierKeys() != nil else { throw NodeError(.notFound, "the log has not been started") }
        try options.show(LogStarter.json(home)) { try LogStarter.text(home) }
    }
}

struct LogRestart: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart", abstract: "After a rollback: continue under a new origin and key that name the last head.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Option(help: "The new origin.") var origin: String

    var access: Home.Access { .writing("log restart") }

    func run(in home: Home) throws {
        try home.log.restart(origin: origin, protection: passphrase.creating(options))
        try options.show(LogStarter.json(home)) { try LogStarter.text(home) }
    }
}
