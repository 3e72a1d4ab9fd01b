internal import ChanceryPolicy
internal import ChanceryWire

/// One evaluation held against what a sound gate answers.
///
/// Where the file recommends an outcome for one case and is silent about others with the same flaw, the recommendation
/// goes for all of them: the action's name is searched like the payload, and a permitted external call that is to be
/// logged is ALLOW_WITH_LOG.
struct StrictTrustGateCase {
    private let entry: JSONValue
    private let policy: Policy
    private let context: JSONValue
    private let ages: [Int64]
    private let now: Int64

    init(_ entry: JSONValue, _ policy: Policy) throws {
        self.entry = entry
        self.policy = policy
        context = try entry.stated("context")
        ages = try entry.list("recent_alert_ages_s").compactMap(\.integer)
        now = try context.number("timestamp")
    }

    func run(_ comparison: inout Comparison) throws {
        let request = try ActionRequest(
            action: context.text("action"), payload: context.stated("payload"), target: context["target_domain"]?.string)
        // "Recent" is the last hour in these vectors; that a restriction may outlast it is not their subject.
        let verdict = policy.decide(request, try facts(ages.filter { $0 < 3600 }))
        let stated = try entry.stated("expected").text("outcome")
        let outcome: String
        if let recommended = entry["recommended_outcome"]?.string {
            outcome = recommended
        } else if verdict.rule == TrustGateRule.dangerousPattern.rawValue, try occursInActionAlone(request) {
            outcome = Effect.block.rawValue
        } else if verdict.rule == TrustGateRule.externalCall.rawValue, stated == Effect.allow.rawValue {
            outcome = Effect.allowWithLog.rawValue
        } else {
            outcome = stated
            comparison.equal("rule", verdict.rule, try entry.stated("expected").text("rule"))
        }
        comparison.equal("outcome", verdict.effect.rawValue, outcome)
        comparison.equal("the same verdict again", policy.decide(request, try facts(ages.filter { $0 < 3600 })), verdict)
        if ages.contains(where: { $0 >= 3600 }) {
            comparison.isTrue(
                "older alerts never help, which", policy.decide(request, try facts(ages)).effect >= verdict.effect)
        }
        var unknown = try facts(ages)
        unknown.risk = nil
        comparison.equal("outcome without a risk", policy.decide(request, unknown).effect, .block)
    }

    private func facts(_ ages: [Int64]) throws -> Facts {
        var facts = Facts(agent: try context.text("agent_id"), time: now)
        facts.authorized = true
        facts.role = try context.text("role")
        facts.risk = ExactDecimal(json: try context.stated("vrs"))
        facts.stability = Stability(rawValue: try context.text("tsi_state"))
        facts.collusion = ExactDecimal(json: try context.stated("a2c_score"))
        facts.trust = ExactDecimal(json: try context.stated("trust_score"))
        facts.alerts = ages.map { now - $0 }
        return facts
    }

    /// Whether the payload alone would not have matched.
    private func occursInActionAlone(_ request: ActionRequest) throws -> Bool {
        let other = try ActionRequest(action: "-", payload: request.payload, target: request.target)
        return policy.decide(other, try facts([])).rules.contains(TrustGateRule.dangerousPattern.rawValue) == false
    }
}
