internal import ChanceryAPI
public import ChanceryGate
public import ChanceryNode
internal import ChanceryPolicy
internal import ChancerySuite
public import ChanceryWire

/// How decisions, questions and policies are shown.
public enum GateBody {
    /// A decision that is on record.
    public static func json(_ decided: ActionGate.Decided, standing: OpenDecision.Standing? = nil) -> JSONValue {
        json(decided.decision, id: decided.id, standing: standing)
    }

    /// A decision; without an id one that was only rehearsed.
    public static func json(
        _ decision: GateDecision, id: DecisionID? = nil, standing: OpenDecision.Standing? = nil
    ) -> JSONValue {
        var object = decision.payload
        object["event_type"] = nil
        object["verdict"] = nil
        for member in decision.verdict.json().object?.members ?? [] { object[member.name] = member.value }
        object["agent_name"] = decision.facts.agentName.map { .string($0) } ?? .null
        object["decision"] = id.map { .string($0.text) }
        object["standing"] = standing.map(json)
        object["allowed"] = .bool(decision.isPermission && id != nil)
        return .object(object)
    }

    /// The short form that an agent needs to go on.
    public static func answer(_ decided: ActionGate.Decided) -> JSONValue {
        let decision = decided.decision
        return [
            "action_hash": .string(Hex.encode(decision.action.hash)), "agent": .string(decision.facts.agent),
            "allowed": .bool(decision.isPermission), "decision": .string(decided.id.text),
            "effect": .string(decision.verdict.effect.rawValue), "expires": .string(decision.expires.text),
            "obligations": .array(decision.verdict.obligations.map { $0.json() }),
            "policy": decision.policy.map { .string(Hex.encode($0)) } ?? .null,
            "reason": .string(decision.verdict.reason), "redeemed": .bool(decision.isUsedAtOnce),
            "rule": .string(decision.verdict.rule),
        ]
    }

    public static func json(_ standing: OpenDecision.Standing) -> JSONValue {
        var object: JSONObject = ["state": .string(standing.word)]
        switch standing {
        case .allowed(let end): object["until"] = .string(end.text)
        case .waiting(let stage, let clearance):
            object["stage"] = .integer(stage)
            object["clearance"] = .string(clearance.rawValue)
        case .approved(let name, let end):
            object["by"] = .string(name)
            object["until"] = .string(end.text)
        case .rejected(let name): object["by"] = .string(name)
        case .blocked, .lapsed, .redeemed: break
        }
        return .object(object)
    }

    /// A question that waits for people.
    public static func json(_ open: OpenDecision, at time: UTCTime) -> JSONValue {
        [
            "action": .string(open.action), "action_hash": .string(Hex.encode(open.actionHash)), "agent": .string(open.agent),
            "asked": .string(open.time.text), "caller": .string(open.caller), "decision": .string(open.id.text),
            "expires": .string(open.expires.text), "policy": open.policy.map { .string(Hex.encode($0)) } ?? .null,
            "question": open.question?.json ?? .null, "standing": json(open.standing(at: time)),
            "target": open.target.map { .string($0) } ?? .null,
        ]
    }

    /// A policy that is or was active.
    public static func json(_ activation: PolicyActivation, withText: Bool = false) -> JSONValue {
        var object: JSONObject = [
            "activated_at": .string(activation.time.text), "activated_by": .string(activation.by),
            "comment": .string(activation.comment), "name": .string(activation.name),
            "policy": .string(Hex.encode(activation.hash)),
            "previous": activation.previous.map { .string(Hex.encode($0)) } ?? .null,
            "proposal": activation.proposal.map { .string(Hex.encode($0)) } ?? .null,
            "version": .string(activation.version),
        ]
        if withText { object["text"] = .string(activation.text) }
        return .object(object)
    }

    public static func json(_ approver: Approver, at time: UTCTime) -> JSONValue {
        [
            "approver": .string(approver.id), "clearance": .string(approver.clearance.rawValue),
            "name": .string(approver.name), "not_after": .string(approver.notAfter.text),
            "not_before": .string(approver.notBefore.text),
            "status": .string(approver.status == .active && approver.notAfter < time ? "expired" : approver.status.rawValue),
        ]
    }

    /// A decision with everything that followed.
    public static func json(_ history: ActionGate.History, standing: OpenDecision.Standing?) -> JSONValue {
        var object = json(history.decision, id: history.id, standing: standing).object ?? JSONObject()
        object["following"] = .array(
            zip(history.following, history.times).map { event, time in
                var payload = event.payload
                payload["session_id"] = nil
                payload["time"] = .string(time.text)
                return .object(payload)
            })
        object["position"] = .integer(Int64(clamping: history.position))
        return .object(object)
    }
}
