internal import ChanceryPolicy
public import ChancerySuite
public import ChanceryWire

/// A person's answer to one question about one action, signed with their own key.
///
/// Source: rule P3. It names the decision and, so that the person's signature alone says what they saw, the action by the
/// hash of its canonical text, the agent, the policy and an end.
public struct Approval: Sendable {
    public static let type = "chancery/approval/v1"
    /// Longest time between an answer and its end in seconds.
    public static let longestLifetime: Int64 = 3600
    public static let justificationBytes = 1024

    public enum Choice: String, Sendable, CaseIterable {
        case approve, reject
    }

    /// What a person signs.
    public struct Terms: Sendable, Equatable {
        public let decision: DecisionID
        public let choice: Choice
        public let agent: String
        public let action: String
        public let actionHash: [UInt8]
        public let target: String?
        public let policy: [UInt8]
        public let justification: String
        public let time: UTCTime
        public let expires: UTCTime

        /// The answer to `decision`, which was read as `id`.
        ///
        /// - Throws: `gate.not_pending` for a decision that asks nobody.
        public init(
            _ choice: Choice, on decision: GateDecision, _ id: DecisionID, justification: String, at time: UTCTime,
            lifetime: Int64 = 300
        ) throws {
            guard decision.question != nil, let policy = decision.policy else {
                throw GateError(.notPending, "the decision asks nobody")
            }
            self.decision = id
            self.choice = choice
            agent = decision.facts.agent
            action = decision.action.name
            actionHash = decision.action.hash
            target = decision.action.target
            self.policy = policy
            self.justification = justification
            self.time = time
            expires = time.advanced(bySeconds: min(max(lifetime, 1), Approval.longestLifetime))
        }
    }

    public let record: VerifiedRecord
    public let terms: Terms
    public let approver: Approver

    /// Signs `terms` as `approver`.
    public static func sign(_ terms: Terms, as approver: Approver, key: SigningKey<Purpose.Approval>) throws -> Approval {
        Approval(record: try record(terms, of: approver.id, key), terms: terms, approver: approver)
    }

    /// Signs `terms` with the key of a person, wherever the person is: nothing of the home is needed.
    public static func sign(_ terms: Terms, key: SigningKey<Purpose.Approval>) throws -> VerifiedRecord {
        try record(terms, of: Approver.id(of: key.publicKey), key)
    }

    private static func record(
        _ terms: Terms, of approver: String, _ key: SigningKey<Purpose.Approval>
    ) throws -> VerifiedRecord {
        var body = terms.json.object ?? JSONObject()
        body["approver"] = .string(approver)
        body["salt"] = .string(Base64.url.encode(SystemRandom.bytes(16)))
        return try VerifiedRecord.sign(body, type: type, by: key)
    }

    /// Verifies an answer with the key that the home has of the person.
    ///
    /// - Throws: `gate.approver_unknown`, and the errors of a false signature.
    public static func verify(
        _ bytes: [UInt8], by approver: (String) throws -> Approver?
    ) throws -> Approval {
        let unverified = try UnverifiedRecord(decoding: bytes, limit: 1 << 16)
        guard let id = unverified.body["approver"]?.string, let approver = try approver(id) else {
            throw GateError(.approverUnknown, "the answer is of nobody who may approve here")
        }
        let record = try unverified.verify(type: type, by: approver.key)
        return Approval(record: record, terms: try Terms(record.body), approver: approver)
    }
}

extension Approval.Terms {
    var json: JSONValue {
        [
            "action": .string(action), "action_hash": .string(Hex.encode(actionHash)), "agent": .string(agent),
            "choice": .string(choice.rawValue), "decision": .string(decision.text), "expires": .string(expires.text),
            "justification": .string(justification), "policy": .string(Hex.encode(policy)),
            "target": target.map { .string($0) } ?? .null, "time": .string(time.text),
        ]
    }

    init(_ body: JSONObject) throws {
        var reader = RecordReader(body, "approval")
        _ = try reader.string("type", limit: 64)
        _ = try reader.bytes("salt", count: 16)
        _ = try reader.string("approver", limit: 64)
        guard let choice = Approval.Choice(rawValue: try reader.string("choice", limit: 16)) else {
            throw WireError(.invalidValue, "an answer approves or rejects")
        }
        self.choice = choice
        decision = try DecisionID(reader.string("decision", limit: 128))
        agent = try reader.string("agent", limit: 128)
        action = try reader.string("action", limit: 256)
        actionHash = try reader.hex("action_hash", count: 32)
        target = try reader.value("target").isNull ? nil : reader.string("target", limit: 260)
        policy = try reader.hex("policy", count: 32)
        justification = try reader.string("justification", limit: Approval.justificationBytes)
        time = try reader.time("time")
        expires = try reader.time("expires")
        try reader.finish()
    }
}

extension GateError.Reason {
    /// The decision waits for nobody, or not any more.
    public static let notPending = Self(rawValue: "gate.not_pending")
    /// Nobody of this key or name may approve here.
    public static let approverUnknown = Self(rawValue: "gate.approver_unknown")
}
