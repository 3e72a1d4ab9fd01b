internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryServer
internal import ChancerySuite
internal import ChanceryWire
internal import Foundation

struct GatePending: GateCommandBody {
    static let configuration = CommandConfiguration(commandName: "pending", abstract: "List what waits for a person.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource

    func run(_ gate: ActionGate, in home: Home) async throws {
        let (open, time) = (try gate.questions(), Home.now())
        try options.show(.array(open.map { GateBody.json($0, at: time) })) {
            var table = Table(["asked", "agent", "action", "standing", "decision"])
            for question in open {
                table.add([
                    question.time.text, try home.registry.agent(called: question.agent).agent.name, question.action,
                    GateView.text(question.standing(at: time)), question.id.short,
                ])
            }
            return table.text
        }
    }
}

/// The person who signs, once they saw what.
struct SignerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The person's private key file, of `chancery approver register`.", valueName: "file")) var key:
        String
    @Option(help: ArgumentHelp("The first line of this file is the passphrase of the person's key.", valueName: "file"))
    var keyPassphraseFile: String?
    @Flag(help: "Do not ask whether this is what was meant.") var yes = false

    func signingKey(_ options: GlobalOptions) throws -> SigningKey<Purpose.Approval> {
        let bytes = try UserFile.read(key, limit: UserFile.identityLimit)
        let source = keyPassphraseFile.map { PassphraseSource.file($0) } ?? PassphraseSource.none
        return try ApproverKeyFile.open(bytes, source.opening(APIKeyFile.custody(of: bytes), options))
    }

    func confirm(_ choice: String, _ story: () throws -> String) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else { throw UsageError("--yes answers, when there is no terminal to ask on") }
        // What is signed may go to standard output.
        Console.show(try story() + "\n")
        Console.show("\(choice)? Type yes: ")
        guard let line = try InputDescriptor.line(of: STDIN_FILENO, limit: 16), Array("yes".utf8) == Array(line) else {
            throw UsageError("nothing was signed")
        }
    }
}

/// How a person answers the gate.
struct AnswerOptions: ParsableArguments {
    @OptionGroup var signer: SignerOptions
    @Option(help: "Why.") var reason = ""
    @Option(help: ArgumentHelp("How long an approval may be used (s, m, h), 1h at most.", valueName: "time")) var lifetime =
        "5m"

    /// What is signed, after the person saw it and said yes.
    func terms(
        _ choice: Approval.Choice, on decision: GateDecision, _ id: DecisionID, showing story: () throws -> String
    ) throws -> Approval.Terms {
        let lifetime = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard lifetime <= Approval.longestLifetime else { throw UsageError("--lifetime is at most 1h") }
        try signer.confirm(choice.rawValue, story)
        return try Approval.Terms(choice, on: decision, id, justification: reason, at: Home.now(), lifetime: lifetime)
    }
}

/// The answer of a person at this home.
struct AnswerArguments: ParsableArguments {
    @Argument(help: "The decision's id, or how it begins.") var decision: String
    @Option(help: "Who answers: a name or id of `chancery approver list`.") var by: String
    @OptionGroup var answering: AnswerOptions

    func answer(_ choice: Approval.Choice, _ gate: ActionGate, in home: Home, _ options: GlobalOptions) async throws {
        let id = try gate.id(decision)
        let history = try gate.history(of: id)
        let approver = try home.approvers.approver(called: by)
        let terms = try answering.terms(choice, on: history.decision, id) { try GateView.story(history, standing: nil) }
        let signing = try answering.signer.signingKey(options)
        guard signing.publicKey == approver.key else { throw UsageError("the key file is not that of `\(approver.name)`") }
        let approval = try Approval.sign(terms, as: approver, key: signing)
        let standing = try await gate.answer(approval.record.bytes, by: GateCaller.local)
        try options.show(["decision": .string(id.text), "standing": GateBody.json(standing)]) {
            "\(id.short)…: \(GateView.text(standing))"
        }
    }
}

struct GateSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: "Sign an answer on a machine that has no home, to be sent to the one that asks.",
        discussion: """
            The question is the answer of `GET /v1/ledger/events/ID`, or the event alone: its hash is the decision's id, so \
            what is shown is what is signed. The signed answer goes to `POST /v1/gate/answers`; whoever carries it cannot \
            change it.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The question; - for standard input.", valueName: "file")) var question: String
    @Flag(help: "Say no instead of yes.") var reject = false
    @Option(help: ArgumentHelp("Where the signed answer goes. Default: standard output.", valueName: "file")) var out: String?
    @OptionGroup var answering: AnswerOptions

    func run() throws {
        guard question != "-" || answering.signer.yes else {
            throw UsageError("with - as the question there is nobody to ask; add --yes")
        }
        try UserFile.requireFree(out)
        let event = try Self.event(UserFile.read(question, limit: UserFile.identityLimit))
        let (decision, id) = (try GateDecision(event.payload), try DecisionID(event.hash))
        let terms = try answering.terms(reject ? .reject : .approve, on: decision, id) {
            try "decision   \(id.text)\n" + GateView.story(decision)
        }
        try UserFile.write(Approval.sign(terms, key: answering.signer.signingKey(options)).bytes, to: out)
    }

    private static func event(_ bytes: [UInt8]) throws -> BatchEvent {
        try UsageError.reading("the question") {
            let value = try JSONParser.parse(bytes, limits: .document)
            guard let record = value["record"] else { return try BatchEvent(decoding: bytes) }
            return try BatchEvent(decoding: record.string.map { Array($0.utf8) } ?? CanonicalForm.jcs.encode(record))
        }
    }
}

struct GateApprove: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Say yes to a waiting action, signed with a person's own key.",
        discussion: "Shows what will be carried out, word for word. The approval can be used once, for exactly that.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var answer: AnswerArguments

    var access: Home.Access { .writing("gate approve") }

    func run(_ gate: ActionGate, in home: Home) async throws { try await answer.answer(.approve, gate, in: home, options) }
}

struct GateReject: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "reject", abstract: "Say no to a waiting action, signed with a person's own key.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var answer: AnswerArguments

    var access: Home.Access { .writing("gate reject") }

    func run(_ gate: ActionGate, in home: Home) async throws { try await answer.answer(.reject, gate, in: home, options) }
}

struct GateWait: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "wait", abstract: "Wait until a person answered, or nobody can any more.",
        discussion: "Ends with 0 when it was approved, 3 when not, and 5 when the time to wait is over.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The decision's id, or how it begins.") var decision: String
    @Option(help: ArgumentHelp("How long to wait (s, m, h).", valueName: "time")) var timeout = "5m"

    func run(_ gate: ActionGate, in home: Home) async throws {
        let id = try gate.id(decision)
        let deadline = Home.now().advanced(bySeconds: try TimeSpan(timeout, option: "--timeout").seconds)
        let standing = try await gate.settled(id, until: deadline)
        try options.show(["decision": .string(id.text), "standing": GateBody.json(standing)]) { GateView.text(standing) }
        switch standing {
        case .approved, .allowed: break
        case .waiting: throw Stop(code: ExitStatus.unavailable)
        case .blocked, .rejected, .lapsed, .redeemed: throw Stop(code: ExitStatus.refused)
        }
    }
}
