public import ArgumentParser
public import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryServer
internal import ChanceryWire
internal import Foundation

/// What an agent wants to do, on the command line.
struct ActionArguments: ParsableArguments {
    @Option(help: "The agent: name, DID or agent id.") var agent: String
    @Option(help: "The tool or kind of action.") var action: String
    @Option(help: ArgumentHelp("Its arguments: a JSON object, @FILE, or - for standard input.", valueName: "json"))
    var payload = "{}"
    @Option(help: "The host that it goes to; must be among those that the arguments name, if they name any.")
    var target: String?
    @Option(help: "A restriction such as `untrusted`; may be repeated.") var label: [String] = []

    func value() throws -> GatedAction {
        try GatedAction(action, payload: UserFile.object(payload), target: target, labels: Set(label))
    }
}

struct GateDecide: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "decide", abstract: "Decide whether an agent may do something now.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var request: ActionArguments
    @Flag(help: "Only say what would be decided: nothing is stored and nothing is allowed by it.") var dryRun = false

    var access: Home.Access { dryRun ? .reading : .writing("gate decide") }

    func run(_ gate: ActionGate, in home: Home) async throws {
        let action = try request.value()
        if dryRun {
            let decision = try await gate.rehearse(action, for: request.agent, by: GateCaller.local)
            try options.show(GateBody.json(decision)) { "dry run: " + GateView.line(decision) }
            return try Self.end(decision.verdict.effect)
        }
        let decided = try await gate.decide(action, for: request.agent, by: GateCaller.local)
        try options.show(GateBody.answer(decided)) { GateView.line(decided.decision) + "\ndecision  \(decided.id.text)" }
        try Self.end(decided.decision.verdict.effect)
    }

    /// Ends the command as the effect says.
    private static func end(_ effect: Effect) throws {
        switch effect {
        case .block: throw Stop(code: ExitStatus.refused)
        case .requireHuman: throw Stop(code: ExitStatus.unavailable)
        case .allow, .allowWithLog, .restrict: break
        }
    }
}

/// Who works on this machine.
enum GateCaller {
    static var local: String { "uid:\(getuid())" }
}

struct GateRedeem: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "redeem", abstract: "Use a permission, once, just before the action happens.",
        discussion: "The policy is asked again with what is known now. Who hears a refusal must not act.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @OptionGroup var request: ActionArguments
    @Argument(help: "The decision's id, or how it begins.") var decision: String

    var access: Home.Access { .writing("gate redeem") }

    func run(_ gate: ActionGate, in home: Home) async throws {
        let id = try gate.id(decision)
        try await gate.redeem(id, request.value(), for: request.agent, by: GateCaller.local)
        try options.show(["decision": .string(id.text), "redeemed": .bool(true)]) {
            "used \(id.short)…: the action may happen now"
        }
    }
}

struct GateOutcome: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "outcome", abstract: "Note what came of an action whose permission was used.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The decision's id, or how it begins.") var decision: String
    @Option(help: "The agent: name, DID or agent id.") var agent: String
    @Option(help: "done, failed or unknown.") var status: GateEvent.Outcome.Status
    @Option(help: ArgumentHelp("SHA-256 of the result.", valueName: "hex")) var result: String?
    @Option(help: "One line about it.") var detail = ""

    var access: Home.Access { .writing("gate outcome") }

    func run(_ gate: ActionGate, in home: Home) async throws {
        let id = try gate.id(decision)
        let result = try result.map { text in try UsageError.reading("--result") { try Hex.decode(text, count: 32) } }
        try await gate.note(.init(id, status, result: result, detail: detail, caller: GateCaller.local), of: agent)
        try options.show(["decision": .string(id.text), "status": .string(status.rawValue)]) {
            "\(id.short)…: \(status.rawValue)"
        }
    }
}

extension GateEvent.Outcome.Status: ExpressibleByArgument {}
