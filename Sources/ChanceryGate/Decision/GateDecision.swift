public import ChanceryPolicy
public import ChanceryWire

/// What was decided about an action, with everything that it was decided from: anybody who has the policy decides the same
/// again.
///
/// Source: rule P1: the bytes of input and facts are kept, because a hash alone cannot be replayed.
public struct GateDecision: Sendable {
    public static let eventType = "gate_decision"
    /// How long an agent may act on what was allowed, in seconds (rule P1).
    public static let lifetime: Int64 = 30

    /// Who asked; on this machine `uid:` and a number, over HTTP the id of a key.
    public let caller: String
    public let action: GatedAction
    public let facts: Facts
    /// SHA-256 of the policy's text; nil when there was none.
    public let policy: [UInt8]?
    public let engine: String
    public let verdict: Verdict
    /// Whether whoever asked carries a permission out at once: the decision is its own one use.
    public let isUsedAtOnce: Bool
    /// What people must be asked; nil unless the effect is REQUIRE_HUMAN.
    public let question: Question?
    /// What the caller said besides, which decided nothing.
    public let claims: Claims?
    public let time: UTCTime
    /// After this the decision allows nothing, and nobody can approve it.
    public let expires: UTCTime

    public init(
        caller: String, action: GatedAction, facts: Facts, policy: [UInt8]?, engine: String, verdict: Verdict,
        question: Question?, isUsedAtOnce: Bool = false, claims: Claims? = nil, time: UTCTime
    ) {
        self.caller = caller.clipped(to: GateEvent.nameBytes)
        self.action = action
        self.facts = facts
        self.policy = policy
        self.engine = engine
        self.verdict = verdict
        self.isUsedAtOnce = isUsedAtOnce && verdict.effect < .requireHuman
        self.question = verdict.effect == .requireHuman ? question : nil
        self.claims = claims
        self.time = time
        expires = Self.expiry(self.question, time)
    }

    private static func expiry(_ question: Question?, _ time: UTCTime) -> UTCTime {
        time.advanced(bySeconds: question?.span ?? lifetime)
    }

    /// Whether an agent may act on it without asking anybody.
    public var isPermission: Bool { verdict.effect < .requireHuman }

    public var payload: JSONObject {
        let value: JSONValue = [
            "action": action.json, "action_hash": .string(Hex.encode(action.hash)), "agent": .string(facts.agent),
            "caller": .string(caller), "engine": .string(engine), "event_type": .string(Self.eventType),
            "expires": .string(expires.text), "facts": facts.json(),
            "policy": policy.map { .string(Hex.encode($0)) } ?? .null, "question": question?.json ?? .null,
            "time": .string(time.text), "used": .bool(isUsedAtOnce), "verdict": verdict.json(),
        ]
        var object = value.object ?? JSONObject()
        object["claims"] = claims.map { .object($0.members) }
        return object
    }

    /// Reads what ``payload`` wrote.
    ///
    /// - Throws: `gate.event_malformed`, and what the parts throw; also when the stated hash is not that of the action.
    public init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "decision")
        _ = try reader.string("event_type", limit: 64)
        let stated = try reader.value("action")
        action = try GatedAction(stated)
        guard action.json == stated else {
            throw GateError(.eventMalformed, "an action is not in its one form: its labels sorted, its target in lower case")
        }
        facts = try Facts(reader.value("facts"))
        guard try reader.hex("action_hash", count: 32) == action.hash, try reader.string("agent", limit: 128) == facts.agent
        else { throw GateError(.eventMalformed, "a decision's hash or agent is not that of its parts") }
        caller = try reader.string("caller", limit: 256)
        engine = try reader.string("engine", limit: 256)
        policy = try reader.value("policy").isNull ? nil : reader.hex("policy", count: 32)
        verdict = try Verdict(reader.value("verdict"))
        let question = try reader.value("question")
        self.question = question.isNull ? nil : try Question(question)
        claims = try reader.optional("claims") == nil ? nil : Claims(reader.object("claims"))
        time = try reader.time("time")
        expires = try reader.time("expires")
        isUsedAtOnce = try reader.bool("used")
        try reader.finish()
        guard claims != nil || payload["claims"] == nil else {
            throw GateError(.eventMalformed, "a decision without claims says nothing of them")
        }
        guard !isUsedAtOnce || isPermission else {
            throw GateError(.eventMalformed, "only a permission is used at once")
        }
        guard expires == Self.expiry(self.question, time) else {
            throw GateError(.eventMalformed, "a decision ends when its question does, or after \(Self.lifetime) seconds")
        }
        guard (self.question != nil) == (verdict.effect == .requireHuman) else {
            throw GateError(.eventMalformed, "a decision asks people exactly when its effect is REQUIRE_HUMAN")
        }
    }
}

extension GateError.Reason {
    /// A stored event of the gate is not what the gate writes.
    public static let eventMalformed = Self(rawValue: "gate.event_malformed")
}
