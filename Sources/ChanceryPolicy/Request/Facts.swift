public import ChanceryWire

extension PolicyError.Reason {
    /// Facts that are not in their one form.
    public static let facts = Self(rawValue: "policy.facts")
}

/// What the daemon itself knows about an agent at one moment. A caller never states these (rule P2).
///
/// Nil means "not known", and not knowing never helps an agent.
public struct Facts: Sendable, Equatable {
    /// The agent's DID or id.
    public var agent: String
    public var agentName: String?
    public var role: String?
    /// 0 is harmless, 1 is worst (the reference's VRS).
    public var risk: ExactDecimal?
    public var stability: Stability?
    /// 0…1 (the reference's A2C risk).
    public var collusion: ExactDecimal?
    /// 0…1, 1 is best.
    public var trust: ExactDecimal?
    /// When earlier decisions of this agent were BLOCK, REQUIRE_HUMAN or QUARANTINE; Unix seconds, any order.
    public var alerts: [Int64]
    /// When earlier decisions of this agent came from the rule `TSI_WATCH`; Unix seconds, any order.
    public var watches: [Int64]
    public var authorized: Bool
    public var frozen: Bool
    /// The agent that delegated to this one; nil when nobody did.
    public var delegatedBy: String?
    /// Now, in Unix seconds.
    public var time: Int64
    /// Restrictions that the caller adds, such as `untrusted`.
    public var labels: Set<String>

    /// An agent that is neither authorised nor known in any other way.
    public init(agent: String, time: Int64) {
        self.agent = agent
        self.time = time
        alerts = []
        watches = []
        authorized = false
        frozen = false
        labels = []
    }
}

extension Facts {
    /// The form that is sealed with a decision: every member, decimals as strings, labels in byte order.
    public func json() -> JSONValue {
        func text(_ value: String?) -> JSONValue { value.map { .string($0) } ?? .null }
        return [
            "agent": .string(agent), "agent_name": text(agentName),
            "alerts": .array(alerts.map { .integer($0) }), "authorized": .bool(authorized),
            "collusion": text(collusion?.description), "delegated_by": text(delegatedBy), "frozen": .bool(frozen),
            "labels": .array(
                labels.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.map { .string($0) }),
            "risk": text(risk?.description), "role": text(role), "stability": text(stability?.rawValue),
            "time": .integer(time), "trust": text(trust?.description),
            "watches": .array(watches.map { .integer($0) }),
        ]
    }

    /// The facts that ``json()`` wrote.
    ///
    /// - Throws: ``PolicyError`` `policy.facts` for a missing, unknown or mistyped member.
    public init(_ json: JSONValue) throws(PolicyError) {
        do throws(WireError) {
            var reader = try RecordReader(json, "facts")
            self.init(agent: try reader.string("agent"), time: try reader.integer("time", in: Int64.min...Int64.max))
            agentName = try reader.text("agent_name")
            role = try reader.text("role")
            risk = try reader.decimal("risk")
            trust = try reader.decimal("trust")
            collusion = try reader.decimal("collusion")
            delegatedBy = try reader.text("delegated_by")
            if let name = try reader.text("stability") {
                guard let known = Stability(rawValue: name) else {
                    throw WireError(.invalidValue, "facts member `stability` is `\(name)`")
                }
                stability = known
            }
            alerts = try reader.times("alerts")
            watches = try reader.times("watches")
            authorized = try reader.bool("authorized")
            frozen = try reader.bool("frozen")
            for label in try reader.array("labels") {
                guard let label = label.string else { throw WireError(.wrongType, "facts member `labels` holds \(label.kind)") }
                labels.insert(label)
            }
            try reader.finish()
        } catch {
            throw PolicyError(.facts, error.detail)
        }
    }
}

extension RecordReader {
    fileprivate mutating func text(_ name: String) throws(WireError) -> String? {
        try value(name).isNull ? nil : string(name)
    }

    fileprivate mutating func decimal(_ name: String) throws(WireError) -> ExactDecimal? {
        guard let text = try text(name) else { return nil }
        guard let decimal = ExactDecimal(text) else {
            throw WireError(.invalidValue, "facts member `\(name)` is not a decimal number")
        }
        return decimal
    }

    fileprivate mutating func times(_ name: String) throws(WireError) -> [Int64] {
        var times: [Int64] = []
        for value in try array(name, limit: 1 << 16) {
            guard let time = value.integer else { throw WireError(.wrongType, "facts member `\(name)` holds \(value.kind)") }
            times.append(time)
        }
        return times
    }
}
