internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryServer
internal import ChanceryWire

struct GateDecisions: GateCommandBody {
    static let configuration = CommandConfiguration(commandName: "decisions", abstract: "List what was decided, newest first.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: "Only those about this agent: name, DID or agent id.") var agent: String?
    @Option(help: "Only those with this effect, such as BLOCK.") var effect: String?
    @Option(help: "At most this many, 1…10000.") var limit = 50

    func validate() throws {
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit lies in 1…10000") }
        guard effect.map({ Effect(rawValue: $0.uppercased()) != nil }) ?? true else {
            throw ValidationError("--effect is ALLOW, ALLOW_WITH_LOG, RESTRICTED, REQUIRE_HUMAN or BLOCK")
        }
    }

    func run(_ gate: ActionGate, in home: Home) async throws {
        let did = try agent.map { try home.registry.agent(called: $0).identity.did.text }
        let found = try gate.decisions(RecordQuery(limit: did == nil && effect == nil ? limit : 10_000, newestFirst: true))
            .filter { did == nil || $0.decision.facts.agent == did }
            .filter { effect == nil || $0.decision.verdict.effect.rawValue == effect?.uppercased() }.prefix(limit)
        try options.show(.array(found.map { GateBody.json($0) })) {
            var table = Table(["time", "effect", "rule", "agent", "action", "decision"])
            for decided in found {
                let decision = decided.decision
                table.add([
                    decision.time.text, decision.verdict.effect.rawValue, decision.verdict.rule,
                    decision.facts.agentName ?? decision.facts.agent, decision.action.name, decided.id.short,
                ])
            }
            return table.text
        }
    }
}

struct GateShow: GateCommandBody {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Show a decision and all that followed.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The decision's id, or how it begins.") var decision: String

    func run(_ gate: ActionGate, in home: Home) async throws {
        let id = try gate.id(decision)
        let (history, standing) = (try gate.history(of: id), try gate.standing(of: id))
        try options.show(GateBody.json(history, standing: standing)) {
            GateView.line(history.decision) + "\n" + (try GateView.request(history.decision))
                + (standing.map { "\nnow        \(GateView.text($0))" } ?? "")
        }
    }
}

struct GateWhy: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Tell the story of a decision: what was asked, what was known, which rule spoke, what followed.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The decision's id, or how it begins.") var decision: String

    func run(_ gate: ActionGate, in home: Home) async throws {
        let id = try gate.id(decision)
        let (history, standing) = (try gate.history(of: id), try gate.standing(of: id))
        try options.show(GateBody.json(history, standing: standing)) { try GateView.story(history, standing: standing) }
    }
}

struct GateReplay: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "replay", abstract: "Decide again from what a decision was decided from, and compare.",
        discussion: "Ends with 4 when the verdict differs from the one on record.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Argument(help: "The decision's id, or how it begins.") var decision: String

    func run(_ gate: ActionGate, in home: Home) async throws {
        let history = try gate.history(of: gate.id(decision))
        let again = try gate.replay(history.decision)
        let isSame = again == history.decision.verdict
        try options.show([
            "decision": .string(history.id.text), "equal": .bool(isSame), "recorded": history.decision.verdict.json(),
            "replayed": again.json(),
        ]) {
            isSame
                ? "the same verdict: \(again)"
                : "DIFFERENT: on record \(history.decision.verdict), now \(again)"
        }
        if !isSame { throw Stop(code: ExitStatus.verificationFailed) }
    }
}

struct GateOrphans: GateCommandBody {
    static let configuration = CommandConfiguration(
        commandName: "orphans", abstract: "List permissions that were used and of whose action nobody said what came of it.")

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("How far back to look (s, m, h, d).", valueName: "time")) var since = "1d"
    @Option(help: ArgumentHelp("How long an action may take before it counts (s, m, h, d).", valueName: "time"))
    var grace = "60s"

    func run(_ gate: ActionGate, in home: Home) async throws {
        let start = Home.now().advanced(bySeconds: -(try TimeSpan(since, option: "--since").seconds))
        let found = try gate.orphans(since: start, grace: TimeSpan(grace, option: "--grace").seconds)
        try options.show(.array(found.map { GateBody.json($0, standing: nil) })) {
            var table = Table(["decided", "agent", "action", "decision"])
            for history in found {
                table.add([
                    history.decision.time.text, history.decision.facts.agentName ?? history.decision.facts.agent,
                    history.decision.action.name, history.id.short,
                ])
            }
            return table.text
        }
    }
}
