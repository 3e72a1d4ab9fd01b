public import ChanceryGate
internal import ChanceryLedger
public import ChanceryWire

/// The one question that an evidence file answers.
public enum EvidenceQuestion: Sendable, Equatable {
    /// Why could the agent do that? A decision of a gate.
    case action(DecisionID)
    /// What is this event, and what stands before and after it? By its hash.
    case event([UInt8])
    /// What did the agent do between two times? The first inclusive, the second not.
    case period(chain: String, from: UTCTime, until: UTCTime)
    /// Who decided this? A slot of a federation.
    case decision(slot: Int64)

    public var name: String {
        switch self {
        case .action: "action"
        case .event: "event"
        case .period: "period"
        case .decision: "decision"
        }
    }

    /// For people.
    public var text: String {
        switch self {
        case .action(let id): "Why could this agent do that? Decision \(id.short)…"
        case .event(let hash): "What is this event? \(Hex.encode(hash.prefix(8)))…"
        case .period(let chain, let from, let until): "What did agent \(chain) do from \(from.text) until \(until.text)?"
        case .decision(let slot): "Who decided this? Slot \(slot)."
        }
    }

    var json: JSONValue {
        switch self {
        case .action(let id): ["decision": .string(id.text), "type": "action"]
        case .event(let hash): ["event": .string(Hex.encode(hash)), "type": "event"]
        case .period(let chain, let from, let until):
            ["chain": .string(chain), "from": .string(from.text), "type": "period", "until": .string(until.text)]
        case .decision(let slot): ["slot": .integer(slot), "type": "decision"]
        }
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "question")
        switch try reader.string("type", limit: 16) {
        case "action": self = .action(try DecisionID(reader.string("decision", limit: 128)))
        case "event":
            let hash = try Hex.decode(reader.string("event", limit: 128))
            guard [32, 64].contains(hash.count) else { throw WireError(.invalidValue, "an event's hash has 32 or 64 bytes") }
            self = .event(hash)
        case "period":
            let (from, until) = (try reader.time("from"), try reader.time("until"))
            guard from < until else { throw WireError(.invalidValue, "a period ends after it begins") }
            self = .period(chain: try AgentID(reader.string("chain", limit: 64)).text, from: from, until: until)
        case "decision": self = .decision(slot: try reader.integer("slot", in: 1...(1 << 20)))
        case let other: throw WireError(.invalidValue, "`\(other)` is no question")
        }
        try reader.finish()
    }
}

/// Whom an evidence file is about, as it says itself; verification recomputes it.
public struct EvidenceParties: Sendable, Equatable {
    /// The agent's DID.
    public var agent: String?
    /// The DID under which the gate signs.
    public var gate: String?
    /// The federation's id in hex.
    public var federation: String?

    public init(agent: String? = nil, gate: String? = nil, federation: String? = nil) {
        self.agent = agent
        self.gate = gate
        self.federation = federation
    }

    var json: JSONValue {
        [
            "agent": agent.map { .string($0) } ?? .null, "federation": federation.map { .string($0) } ?? .null,
            "gate": gate.map { .string($0) } ?? .null,
        ]
    }

    init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "parties")
        agent = try reader.value("agent").isNull ? nil : DID(reader.string("agent", limit: 128)).text
        gate = try reader.value("gate").isNull ? nil : DID(reader.string("gate", limit: 128)).text
        federation = try reader.value("federation").isNull ? nil : Hex.encode(reader.hex("federation", count: 32))
        try reader.finish()
        guard agent == nil || agent != gate else {
            throw EvidenceError(.contradiction, "nobody is agent and gate at once")
        }
    }
}
