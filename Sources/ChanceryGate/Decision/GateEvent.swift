internal import ChancerySuite
public import ChanceryWire

/// What the gate writes into its chain. Everything that it knows can be made from these again.
public enum GateEvent: Sendable {
    case policy(PolicyActivation)
    case decision(GateDecision)
    case answer(Answer)
    case redemption(Redemption)
    case outcome(Outcome)
    case lapse(Lapse)
    case refusal(Refusal)

    /// A person answered; the signed answer is a record of its own.
    public struct Answer: Sendable, Equatable {
        package static let eventType = "gate_answer"
        public let decision: DecisionID
        public let choice: Approval.Choice
        public let approver: String
        public let name: String
        /// The id of the signed record.
        public let record: [UInt8]
        public let expires: UTCTime

        public init(_ approval: Approval) {
            decision = approval.terms.decision
            choice = approval.terms.choice
            approver = approval.approver.id
            name = approval.approver.name
            record = approval.record.id
            expires = approval.terms.expires
        }
    }

    /// The one use of a permission.
    public struct Redemption: Sendable, Equatable {
        public static let eventType = "gate_redemption"
        public let decision: DecisionID
        public let actionHash: [UInt8]
        public let caller: String

        public init(_ decision: DecisionID, actionHash: [UInt8], caller: String) {
            self.decision = decision
            self.actionHash = actionHash
            self.caller = caller.clipped(to: GateEvent.nameBytes)
        }
    }

    /// What came of an action.
    public struct Outcome: Sendable, Equatable {
        package static let eventType = "gate_outcome"
        public enum Status: String, Sendable, CaseIterable {
            case done, failed
            /// Nobody knows: who carried it out is gone.
            case unknown
        }

        public let decision: DecisionID
        public let status: Status
        /// SHA-256 of the result.
        public let result: [UInt8]?
        public let detail: String
        public let caller: String

        public init(_ decision: DecisionID, _ status: Status, result: [UInt8]?, detail: String, caller: String) {
            self.decision = decision
            self.status = status
            self.result = result
            self.detail = detail.asErrorDetail
            self.caller = caller.clipped(to: GateEvent.nameBytes)
        }
    }

    /// A question whose time was over before anybody answered.
    public struct Lapse: Sendable, Equatable {
        package static let eventType = "gate_lapse"
        public let decision: DecisionID

        public init(_ decision: DecisionID) { self.decision = decision }
    }

    /// Something was refused that is no decision: an answer, a redemption, an action that cannot be read.
    public struct Refusal: Sendable, Equatable {
        package static let eventType = "gate_refusal"
        /// The agent's DID or, where there is none, what the caller is called.
        public let agent: String
        public let what: String
        public let errorCode: String
        public let detail: String
        public let caller: String
        public let decision: DecisionID?

        public init(
            of what: String, _ error: any CodedError, agent: String, caller: String, decision: DecisionID? = nil
        ) {
            // Whoever was refused chose some of these texts; the event has to be read again all the same.
            self.agent = agent.clipped(to: GateEvent.nameBytes)
            self.what = what.clipped(to: GateEvent.nameBytes)
            errorCode = error.code.clipped(to: 128)
            detail = error.detail.clipped(to: GateEvent.detailBytes)
            self.caller = caller.clipped(to: GateEvent.nameBytes)
            self.decision = decision
        }
    }

    /// Longest name of an agent or caller, and longest detail, in bytes.
    static let nameBytes = 256
    static let detailBytes = 1024

    /// The `event_type` of every event.
    public static let eventTypes: Set<String> = [
        PolicyActivation.eventType, GateDecision.eventType, Answer.eventType, Redemption.eventType, Outcome.eventType,
        Lapse.eventType, Refusal.eventType,
    ]
}

extension GateEvent {
    /// As the payload of an event. What follows a decision is filed under it.
    public var payload: JSONObject {
        switch self {
        case .policy(let activation): return activation.payload
        case .decision(let decision): return decision.payload
        case .answer(let answer):
            return Self.following(
                answer.decision, Answer.eventType,
                [
                    "approver": .string(answer.approver), "choice": .string(answer.choice.rawValue),
                    "expires": .string(answer.expires.text), "name": .string(answer.name),
                    "record": .string(Hex.encode(answer.record)),
                ])
        case .redemption(let redemption):
            return Self.following(
                redemption.decision, Redemption.eventType,
                ["action_hash": .string(Hex.encode(redemption.actionHash)), "caller": .string(redemption.caller)])
        case .outcome(let outcome):
            return Self.following(
                outcome.decision, Outcome.eventType,
                [
                    "caller": .string(outcome.caller), "detail": .string(outcome.detail),
                    "result": outcome.result.map { .string(Hex.encode($0)) } ?? .null,
                    "status": .string(outcome.status.rawValue),
                ])
        case .lapse(let lapse): return Self.following(lapse.decision, Lapse.eventType, [:])
        case .refusal(let refusal):
            return Self.following(
                refusal.decision, Refusal.eventType,
                [
                    "agent": .string(refusal.agent), "caller": .string(refusal.caller), "code": .string(refusal.errorCode),
                    "detail": .string(refusal.detail), "what": .string(refusal.what),
                ])
        }
    }

    private static func following(_ decision: DecisionID?, _ type: String, _ members: JSONValue) -> JSONObject {
        var object = members.object ?? JSONObject()
        object["event_type"] = .string(type)
        object["session_id"] = decision.map { .string($0.text) }
        return object
    }

    /// Reads what ``payload`` wrote.
    ///
    /// - Throws: `gate.event_malformed` for an event of somebody else, and what the parts throw.
    public init(_ payload: JSONObject) throws {
        var reader = RecordReader(payload, "gate event")
        let type = try reader.string("event_type", limit: 64)
        switch type {
        case PolicyActivation.eventType: self = .policy(try PolicyActivation(payload))
        case GateDecision.eventType: self = .decision(try GateDecision(payload))
        case Answer.eventType: self = .answer(try Answer(&reader))
        case Redemption.eventType: self = .redemption(try Redemption(&reader))
        case Outcome.eventType: self = .outcome(try Outcome(&reader))
        case Lapse.eventType:
            self = .lapse(Lapse(try DecisionID(reading: &reader)))
            try reader.finish()
        case Refusal.eventType: self = .refusal(try Refusal(&reader))
        default: throw GateError(.eventMalformed, "`\(type)` is no event of the gate")
        }
    }
}

extension String {
    /// The longest beginning of whole code points within `limit` bytes.
    func clipped(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var clipped = String.UnicodeScalarView()
        var count = 0
        for scalar in unicodeScalars {
            count += UTF8.width(scalar)
            guard count <= limit else { break }
            clipped.append(scalar)
        }
        return String(clipped)
    }
}

extension DecisionID {
    init(reading reader: inout RecordReader) throws {
        try self.init(reader.string("session_id", limit: 2 * Self.byteCount))
    }
}

extension GateEvent.Answer {
    init(_ reader: inout RecordReader) throws {
        decision = try DecisionID(reading: &reader)
        guard let choice = Approval.Choice(rawValue: try reader.string("choice", limit: 16)) else {
            throw GateError(.eventMalformed, "an answer approves or rejects")
        }
        self.choice = choice
        approver = try reader.string("approver", limit: 64)
        name = try reader.string("name", limit: 64)
        record = try reader.hex("record", count: 32)
        expires = try reader.time("expires")
        try reader.finish()
    }
}

extension GateEvent.Redemption {
    init(_ reader: inout RecordReader) throws {
        decision = try DecisionID(reading: &reader)
        actionHash = try reader.hex("action_hash", count: 32)
        caller = try reader.string("caller", limit: 256)
        try reader.finish()
    }
}

extension GateEvent.Outcome {
    init(_ reader: inout RecordReader) throws {
        decision = try DecisionID(reading: &reader)
        guard let status = Status(rawValue: try reader.string("status", limit: 16)) else {
            throw GateError(.eventMalformed, "an outcome is done, failed or unknown")
        }
        self.status = status
        result = try reader.value("result").isNull ? nil : reader.hex("result", count: 32)
        detail = try reader.string("detail", limit: 1024)
        caller = try reader.string("caller", limit: 256)
        try reader.finish()
    }
}

extension GateEvent.Refusal {
    init(_ reader: inout RecordReader) throws {
        decision = try reader.optional("session_id") == nil ? nil : DecisionID(reading: &reader)
        agent = try reader.string("agent", limit: 256)
        caller = try reader.string("caller", limit: 256)
        errorCode = try reader.string("code", limit: 128)
        detail = try reader.string("detail", limit: 1024)
        what = try reader.string("what", limit: 256)
        try reader.finish()
    }
}
