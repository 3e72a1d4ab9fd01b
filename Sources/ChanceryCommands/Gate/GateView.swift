internal import ChanceryGate
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChanceryWire

/// How decisions are shown to people.
enum GateView {
    /// One line: what, by which rule, why.
    static func line(_ decision: GateDecision) -> String {
        Console.printable(
            "\(decision.verdict.effect.rawValue)  \(decision.action.name) by \(decision.facts.agentName ?? decision.facts.agent): "
                + "\(decision.verdict.reason) [\(decision.verdict.rule)]")
    }

    static func text(_ standing: OpenDecision.Standing) -> String {
        switch standing {
        case .allowed(let end): "allowed until \(end.text)"
        case .blocked: "blocked"
        case .waiting(let stage, let clearance): "waits for \(clearance.rawValue), stage \(stage + 1)"
        case .approved(let name, let end): "approved by \(name), until \(end.text)"
        case .rejected(let name): "rejected by \(name)"
        case .lapsed: "lapsed"
        case .redeemed: "used"
        }
    }

    /// What was asked, as it will be carried out.
    static func request(_ decision: GateDecision) throws -> String {
        var lines = [
            Console.printable("agent      \(decision.facts.agentName ?? "")  \(decision.facts.agent)"),
            Console.printable("action     \(decision.action.name)"),
            "arguments  \(try Console.json(.object(decision.action.payload)))",
        ]
        if let target = decision.action.target { lines.append(Console.printable("target     \(target)")) }
        if let tool = decision.action.tool {
            lines.append(
                Console.printable("tool       \(tool.upstream)") + (tool.pin.map { "  pin \(Hex.encode($0.prefix(8)))…" } ?? "")
            )
        }
        lines.append("hash       \(Hex.encode(decision.action.hash))")
        return lines.joined(separator: "\n")
    }

    /// The whole story of a decision, in words.
    static func story(_ history: ActionGate.History, standing: OpenDecision.Standing?) throws -> String {
        try story(history.decision, following: Array(zip(history.following, history.times)), standing: standing)
    }

    /// A decision and what followed it, in words.
    static func story(
        _ decision: GateDecision, following: [(GateEvent, UTCTime)] = [], standing: OpenDecision.Standing? = nil
    ) throws -> String {
        var lines = [
            "\(decision.time.text)  \(Console.printable(decision.facts.agentName ?? decision.facts.agent)) asked (through "
                + "\(Console.printable(decision.caller))):", try indented(request(decision)),
            "what was known then:", indented(facts(decision.facts)),
            "policy \(decision.policy.map { Hex.encode($0.prefix(8)) + "…" } ?? "none"), \(decision.engine)",
            Console.printable(
                "→ \(decision.verdict.effect.rawValue) by \(decision.verdict.rule): \(decision.verdict.reason)"),
        ]
        let others = decision.verdict.rules.filter { $0 != decision.verdict.rule }
        if !others.isEmpty { lines.append(Console.printable("  also spoke: \(others.joined(separator: ", "))")) }
        for (event, time) in following {
            lines.append(Console.printable("\(time.text)  \(sentence(event))"))
        }
        if let standing { lines.append("now: \(text(standing))") }
        return lines.joined(separator: "\n")
    }

    private static func sentence(_ event: GateEvent) -> String {
        switch event {
        case .answer(let answer): "\(answer.name) said \(answer.choice.rawValue) (until \(answer.expires.text))"
        case .redemption(let redemption): "the permission was used, through \(redemption.caller)"
        case .outcome(let outcome): "outcome: \(outcome.status.rawValue)\(outcome.detail.isEmpty ? "" : ", \(outcome.detail)")"
        case .lapse: "nobody answered in time"
        case .refusal(let refusal): "refused to \(refusal.what): \(refusal.errorCode): \(refusal.detail)"
        case .policy, .decision: ""
        }
    }

    private static func facts(_ facts: Facts) -> String {
        Console.printable(
            "role \(facts.role ?? "none"), \(facts.authorized ? "authorised" : "not authorised")\(facts.frozen ? ", frozen" : "")"
                + ", risk \(facts.risk?.description ?? "unknown"), stability \(facts.stability?.rawValue ?? "unknown")"
                + ", trust \(facts.trust?.description ?? "unknown"), collusion \(facts.collusion?.description ?? "unknown")"
                + ", \(facts.alerts.count) alerts in two days"
                + (facts.labels.isEmpty ? "" : ", labels \(facts.labels.sorted().joined(separator: ", "))"))
    }

    private static func indented(_ text: String) -> String {
        text.split(separator: "\n").map { "  " + $0 }.joined(separator: "\n")
    }
}
