public import ArgumentParser
public import ChanceryGate
internal import ChanceryNode
internal import ChanceryServer
internal import ChanceryVault
internal import ChanceryWire

/// `chancery approver …`
struct ApproverCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approver", abstract: "People who may approve what the gate asks about, each with a key of their own.",
        discussion: "L1 answers for a risk of 0.75 at most, L2 for 0.90, L3 for any.",
        subcommands: [ApproverRegister.self, ApproverList.self, ApproverRevoke.self, ApproverAnswer.self])
}

struct ApproverRegister: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "register", abstract: "Make a person's key and let them approve.",
        discussion: """
            The private key is written to --out under the person's passphrase, and the home does not hold it. With --leave it is \
            left in the home instead, always under a passphrase: the person answers in the dashboard then, with that \
            passphrase each time.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseOptions
    @Argument(help: "What the person is called.") var name: String
    @Option(help: "L1, L2 or L3.") var clearance: Clearance
    @Option(help: "The private key's file; it must not exist.") var out: String?
    @Flag(help: "Leave the key in the home, for answers in the dashboard.") var leave = false
    @Option(help: ArgumentHelp("How long the key is valid (d), 366d at most.", valueName: "time")) var lifetime = "365d"

    var access: Home.Access { .writing("approver register") }

    func validate() throws {
        guard (out == nil) == leave else { throw ValidationError("give --out or --leave") }
    }

    func run(in home: Home) throws {
        try UserFile.requireFree(out)
        let key = try ApproverKeyFile.generate()
        let approver = try Approver.register(
            name, clearance, key: key, at: Home.now(), lifetime: TimeSpan(lifetime, option: "--lifetime").seconds)
        let out = try out ?? home.approverFile(of: approver)
        // The file first: a registered key that nobody holds would have to be revoked.
        let protection = try passphrase.creating(options)
        guard protection.isEncrypted || !leave else {
            throw UsageError("a key that is left in the home has a passphrase")
        }
        try UserFile.write(ApproverKeyFile.encode(key, protection), to: out, mode: 0o600)
        let stored = try home.approvers.register(approver)
        var json = GateBody.json(stored, at: Home.now()).object ?? JSONObject()
        json["out"] = .string(out)
        try options.show(.object(json)) {
            "\(stored.id)  \(stored.name), \(stored.clearance.rawValue), until \(stored.notAfter.text)\nwrote \(out)"
        }
    }
}

struct ApproverList: HomeCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List who may approve.")

    @OptionGroup var options: GlobalOptions

    func run(in home: Home) throws {
        let (approvers, time) = (try home.approvers.approvers(), Home.now())
        try options.show(.array(approvers.map { GateBody.json($0, at: time) })) {
            var table = Table(["approver", "name", "clearance", "status", "until"])
            for approver in approvers {
                table.add([
                    approver.id, approver.name, approver.clearance.rawValue, approver.status.rawValue, approver.notAfter.text,
                ])
            }
            return table.text
        }
    }
}

struct ApproverRevoke: HomeCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Let a person's key approve no more, at once and for good.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: "The person's name, or the key's id.") var approver: String

    var access: Home.Access { .writing("approver revoke") }

    func run(in home: Home) throws {
        let revoked = try home.approvers.revoke(approver)
        try options.show(GateBody.json(revoked, at: Home.now())) { "revoked \(revoked.id) (\(revoked.name))" }
    }
}

struct ApproverAnswer: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "answer", abstract: "Say that you are there, to a question of the vault, on any machine.",
        discussion: """
            The question is the answer of `POST /v1/vault/artifacts/{artifact}/presence`, and lives for 60 seconds. What is \
            printed goes into the header `Chancery-Presence` of the reading, once; whoever carries it cannot change for whom, \
            what, or how it is read.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The question; - for standard input.", valueName: "file")) var question: String
    @OptionGroup var answering: SignerOptions

    func run() throws {
        guard question != "-" || answering.yes else {
            throw UsageError("with - as the question there is nobody to ask; add --yes")
        }
        let bytes = try UserFile.read(question, limit: UserFile.identityLimit)
        let asked = try UsageError.reading("the question") {
            try PresenceChallenge(JSONParser.parse(bytes, limits: .document))
        }
        try answering.confirm("answer") {
            """
            vault      \(asked.vault.text)
            artifact   \(asked.artifact.text)
            manifest   \(asked.manifest.text)
            reader     \(Console.printable(asked.principal))
            right      \(asked.right.rawValue)
            asked at   \(asked.issued.text)\(asked.isOld(at: Home.now()) ? ", older than 60 seconds by this clock" : "")
            """
        }
        let answer = Base64.url.encode(try PresentPerson(answering.signingKey(options)).answer(asked))
        try options.show(["answer": .string(answer)]) { answer }
    }
}

extension Clearance: ExpressibleByArgument {}
