internal import ChanceryGate
internal import ChanceryLedger
internal import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
internal import ChanceryWire

/// Finds decisions, newest first.
struct DecisionSearch: Sendable {
    /// Most decisions that one search looks at; the next one goes on from there.
    static let reach = 10_000

    /// The agent's DID.
    var agent: String?
    /// As ``SeedDecision/outcome``, but for what nobody answered in time.
    var outcome: String?
    var since: UTCTime?
    /// Only decisions before this position.
    var before: UInt64?
    var limit: Int

    /// - Returns: what was found, and where the search goes on; nil when there is nothing more.
    func run(_ gate: ActionGate) throws -> (found: [ActionGate.Decided], next: UInt64?) {
        var query = RecordQuery(from: since?.milliseconds, after: before, limit: 500, newestFirst: true)
        var found: [ActionGate.Decided] = []
        var seen = 0
        while seen < Self.reach {
            let page = try gate.decisions(query)
            for decided in page {
                seen += 1
                query.after = decided.position
                guard matches(decided.decision) else { continue }
                found.append(decided)
                if found.count == limit { return (found, decided.position) }
            }
            guard page.count == query.limit else { return (found, nil) }
        }
        return (found, query.after)
    }

    /// The decisions in the seed's words, under `name`.
    func answer(_ name: String, _ service: TrustGateService, besides: JSONObject = JSONObject()) throws -> JSONValue {
        let (found, next) = try run(service.gate)
        var names = PolicyNames(service.gate)
        let time = service.now()
        let elements = try found.map { decided -> JSONValue in
            let isAsked = decided.decision.question != nil
            let decision =
                isAsked
                ? SeedDecision(try service.gate.history(of: decided.id), at: time)
                : SeedDecision(decided.decision, id: decided.id)
            var object = try decision.json(&names)
            object["position"] = .integer(Int64(clamping: decided.position))
            return .object(object)
        }
        var object = besides
        object[name] = .array(elements)
        object["total"] = .integer(Int64(elements.count))
        object["next"] = next.map { .integer(Int64(clamping: $0)) } ?? .null
        return .object(object)
    }

    private func matches(_ decision: GateDecision) -> Bool {
        (agent.map { $0.utf8.elementsEqual(decision.facts.agent.utf8) } ?? true)
            && (outcome.map { $0 == decision.verdict.effect.rawValue } ?? true)
    }
}
