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

/// The answer of a person.
struct AnswerArguments: ParsableArguments {
    @Argument(help: "The decision's id, or how it begins.") var decision: String
    @Option(help: "Who answers: a name or id of `chancery approver list`.") var by: String
    @Option(help: ArgumentHelp("The person's private key file, of `chancery approver register`.", valueName: "file")) var key:
        String
    @Option(help: ArgumentHelp("The first line of this file is the passphrase of the person's key.", valueName: "file"))
    var keyPassphraseFile: String?
    @Option(help: "Why.") var reason = ""
    @Option(help: ArgumentHelp("How long an approval may be used (s, m, h), 1h at most.", valueName: "time")) var lifetime =
        "5m"
    @Flag(help: "Do not ask whether this is what was meant.") var yes = false

    func answer(_ choice: Approval.Choice, _ gate: ActionGate, in home: Home, _ options: GlobalOptions) async throws {
        let id = try gate.id(decision)
        let history = try gate.history(of: id)
        let approver = try home.approvers.approver(called: by)
        let lifetime = try TimeSpan(lifetime, option: "--lifetime").seconds
        guard lifetime <= Approval.longestLifetime else { throw UsageError("--lifetime is at most 1h") }
        try confirm(choice, history)
        let bytes = try UserFile.read(key, limit: UserFile.identityLimit)
        let source = keyPassphraseFile.map { PassphraseSource.file($0) } ?? PassphraseSource.none
        let signing = try ApproverKeyFile.open(bytes, source.opening(APIKeyFile.custody(of: bytes), options))
        guard signing.publicKey == approver.key else { throw UsageError("the key file is not that of `\(approver.name)`") }
        let terms = try Approval.Terms(
            choice, on: history.decision, id, justification: reason, at: Home.now(), lifetime: lifetime)
        let approval = try Approval.sign(terms, as: approver, key: signing)
        let standing = try await gate.answer(approval.record.bytes, by: GateCaller.local)
        try options.show(["decision": .string(id.text), "standing": GateBody.json(standing)]) {
            "\(id.short)…: \(GateView.text(standing))"
        }
    }

    private func confirm(_ choice: Approval.Choice, _ history: ActionGate.History) throws {
        guard !yes else { return }
        guard isatty(STDIN_FILENO) == 1 else { throw UsageError("--yes answers, when there is no terminal to ask on") }
        try Console.print(GateView.story(history, standing: nil))
        Console.show("\(choice.rawValue)? Type yes: ")
        guard let line = try InputDescriptor.line(of: STDIN_FILENO, limit: 16), Array("yes".utf8) == Array(line) else {
            throw UsageError("nothing was signed")
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
