internal import ArgumentParser
internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryWire

struct PolicyExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say rule by rule what a policy makes of an action, and why.",
        discussion: """
            The facts are those of an agent of this home as they are known now, or are given as in a file of cases \
            (`policy test`), such as '{"role": "operator", "risk": 0.3}'. Nothing is stored and nothing is allowed by it.
            """)

    @OptionGroup var options: GlobalOptions
    @OptionGroup var passphrase: PassphraseSource
    @Option(help: ArgumentHelp("The policy's file; the active one of this home when absent.", valueName: "file"))
    var policy: String?
    @Option(help: "The tool or kind of action.") var action: String
    @Option(help: ArgumentHelp("Its arguments: a JSON object, @FILE, or - for standard input.", valueName: "json"))
    var payload = "{}"
    @Option(help: "The host that it goes to.") var target: String?
    @Option(help: "A restriction such as `untrusted`, with --agent; may be repeated.") var label: [String] = []
    @Option(help: "An agent of this home: name, DID or agent id.") var agent: String?
    @Option(help: ArgumentHelp("Facts instead: a JSON object, @FILE, or - for standard input.", valueName: "json"))
    var facts: String?

    func validate() throws {
        guard agent == nil || facts == nil else { throw ValidationError("--agent and --facts exclude each other") }
        guard agent != nil || label.isEmpty else { throw ValidationError("--label goes with --agent; --facts has `labels`") }
    }

    func run() throws {
        let gate = agent == nil && policy != nil ? nil : try Home(options, .reading).gate(passphrase, options)
        let text = try text(gate)
        let policy = try Policy(parsing: Array(text.utf8), format: PolicyFile.format(Array(text.utf8)))
        let payload = try UserFile.object(payload)
        let explanations: [Explanation]
        if let agent, let gate {
            let action = try GatedAction(action, payload: payload, target: target, labels: Set(label))
            let decision = try Daemon.result { try await gate.rehearse(action, for: agent, by: GateCaller.local, under: text) }
            explanations = try action.targets().map {
                try policy.explain(ActionRequest(action: action.name, payload: .object(payload), target: $0), decision.facts)
            }
        } else {
            let found = try facts.map { try UserFile.object($0) } ?? JSONObject()
            let (request, facts) = try Self.given(action, payload, target, found)
            explanations = [policy.explain(request, facts)]
        }
        // Of several hosts that an action names, the worst answer counts.
        let worst = explanations.max { $0.verdict.effect < $1.verdict.effect }
        guard let worst else { throw UsageError("the action names nothing that can be decided") }
        try options.show(worst.json()) { worst.lines.map(Console.printable).joined(separator: "\n") }
    }

    private func text(_ gate: ActionGate?) throws -> String {
        guard let policy else {
            guard let active = try gate?.activePolicy() else {
                throw NodeError(.notFound, "no policy is active; without one everything is denied")
            }
            return active.text
        }
        let bytes = try UserFile.read(policy, limit: PolicyFile.limit)
        guard let text = String(validating: bytes, as: UTF8.self) else { throw UsageError("`\(policy)` is not UTF-8") }
        return text
    }

    /// A request and facts in the form of a case: what is left out has the same defaults.
    private static func given(
        _ action: String, _ payload: JSONObject, _ target: String?, _ facts: JSONObject
    ) throws -> (ActionRequest, Facts) {
        var element: JSONObject = [
            "action": .string(action), "expect": .string(Effect.block.rawValue), "facts": .object(facts),
            "payload": .object(payload),
        ]
        element["target"] = target.map { .string($0) }
        let file: JSONValue = ["cases": [.object(element)]]
        let cases = try PolicyTestFile(parsing: CanonicalForm.jcs.encode(file), format: .json).cases
        guard let only = cases.first else { throw UsageError("nothing was asked") }
        return (try only.request.get(), only.facts)
    }
}
