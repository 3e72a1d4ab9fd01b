internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire
internal import Synchronization

/// Compiled policies by the hash of their text, and what they say.
final class PolicyShelf: Sendable {
    /// Compiling costs milliseconds, keeping some megabytes.
    private static let capacity = 8

    private let compiled = Mutex<[[UInt8]: Policy]>([:])

    /// The policy of `activation`.
    ///
    /// - Throws: what is wrong with a text that another version of the product took.
    func policy(_ activation: PolicyActivation) throws -> Policy {
        let hash = activation.hash
        if let policy = compiled.withLock({ $0[hash] }) { return policy }
        let policy = try Policy(parsing: Array(activation.text.utf8), format: .of(activation.text))
        compiled.withLock { compiled in
            if compiled.count >= Self.capacity { compiled = [:] }
            compiled[hash] = policy
        }
        return policy
    }

    /// What the policy says to an action; a denial where there is none that may decide.
    func verdict(
        _ activation: PolicyActivation?, on action: GatedAction, _ facts: Facts, _ standing: AgentStanding
    ) -> Verdict {
        guard let activation else { return Evaluation.blocked(Evaluation.noPolicy, "no policy is active") }
        if let word = standing.word, word.policy?.hash != activation.hash {
            return Evaluation.blocked(Evaluation.notInForce, "the active policy is not the one that the committee voted")
        }
        guard let policy = try? policy(activation) else {
            return Evaluation.blocked(Evaluation.unreadable, "the active policy does not compile")
        }
        return Evaluation.verdict(of: policy, on: action, facts)
    }

    /// The decision about an action.
    ///
    /// - Parameter open: the decision whose permission is about to be used: its own alert does not count against it.
    func decide(
        _ action: GatedAction, _ standing: AgentStanding, caller: String, _ view: borrowing GateView, at time: UTCTime,
        answering open: OpenDecision? = nil, usedAtOnce: Bool = false, claims: Claims? = nil
    ) throws -> GateDecision {
        var facts = standing.facts(view.history(of: standing.did.text), labels: action.labels, at: time)
        if let open, open.question != nil, let index = facts.alerts.firstIndex(of: open.time.seconds) {
            facts.alerts.remove(at: index)
        }
        let activation = view.state.policy
        let verdict = verdict(activation, on: action, facts, standing)
        let terms = activation.flatMap { try? policy($0).approval }
        return GateDecision(
            caller: caller, action: action, facts: facts, policy: activation?.hash,
            engine: Policy.engine + " " + standing.risk.engine, verdict: verdict,
            question: terms.map { Question($0, risk: facts.risk, obligations: verdict.obligations) }, isUsedAtOnce: usedAtOnce,
            claims: claims, time: time)
    }
}
