public import ChanceryWire

/// What `requestState` holds: a call that waits for a person, and nothing that could be used for another call (rule P4).
public struct CallState: Sendable, Equatable {
    public static let type = "chancery/mcp-call-state/v1"

    /// Different for each state that a gateway ever gave out.
    public let serial: String
    /// Id, rule, reason and policy of the decision.
    public let receipt: DecisionReceipt
    public let principal: String
    public let upstream: String
    public let method: GatedAction.Method
    public let name: String
    public let pin: String?
    public let argumentsHash: String
    public let expires: UTCTime

    package init(
        serial: String, receipt: DecisionReceipt, principal: String, upstream: String, method: GatedAction.Method, name: String,
        pin: String?, argumentsHash: String, expires: UTCTime
    ) {
        self.serial = serial
        self.receipt = receipt
        self.principal = principal
        self.upstream = upstream
        self.method = method
        self.name = name
        self.pin = pin
        self.argumentsHash = argumentsHash
        self.expires = expires
    }

    /// Whether the state was given for exactly this call of this principal.
    func belongs(to action: GatedAction, of principal: String) -> Bool {
        let same = { (left: String, right: String) in left.utf8.elementsEqual(right.utf8) }
        return same(self.principal, principal) && same(upstream, action.upstream) && method == action.method
            && same(name, action.name) && same(argumentsHash, action.argumentsHash) && pin == action.pin
    }
}

extension CallState {
    /// The bytes to seal: RFC 8785.
    public func encoded() throws(WireError) -> [UInt8] {
        var object: JSONObject = [
            "type": .string(Self.type), "serial": .string(serial), "decision": .string(receipt.id),
            "outcome": .string(receipt.outcome), "rule": .string(receipt.rule), "reason": .string(receipt.reason),
            "policy": .string(receipt.policyHash), "principal": .string(principal), "upstream": .string(upstream),
            "method": .string(method.rawValue), "name": .string(name), "arguments": .string(argumentsHash),
            "expires": .string(expires.text),
        ]
        object["pin"] = pin.map(JSONValue.string)
        return try CanonicalForm.jcs.encode(object)
    }

    /// Reads exactly what ``encoded()`` writes.
    public init(decoding bytes: [UInt8]) throws(WireError) {
        let value = try JSONParser.parse(bytes, limits: .init(bytes: 64 << 10, depth: 1))
        var reader = try RecordReader(value, "call state")
        guard try reader.string("type", limit: 64) == Self.type else {
            throw WireError(.invalidValue, "not a state of type \(Self.type)")
        }
        serial = try reader.string("serial", limit: 256)
        receipt = DecisionReceipt(
            id: try reader.string("decision", limit: 256), outcome: try reader.string("outcome", limit: 64),
            rule: try reader.string("rule"), reason: try reader.string("reason"),
            policyHash: try reader.string("policy", limit: 256))
        principal = try reader.string("principal", limit: 1024)
        upstream = try reader.string("upstream", limit: 256)
        let word = try reader.string("method", limit: 64)
        guard let method = GatedAction.Method(rawValue: word) else {
            throw WireError(.invalidValue, "call state names the method `\(word)`")
        }
        self.method = method
        name = try reader.string("name", limit: 8192)
        pin = try reader.optionalString("pin", limit: 64)
        argumentsHash = try reader.string("arguments", limit: 64)
        expires = try reader.time("expires")
        try reader.finish()
        guard try encoded() == bytes else { throw WireError(.notCanonical, "call state is not in canonical form") }
    }
}
