internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryWire

/// What the seed's clients send about an action.
struct EvaluateBody {
    /// Longest body in bytes, and with a policy.
    static let bytes = GatedAction.maximumBytes * 2
    static let bytesWithPolicy = bytes + PolicyActivation.maximumBytes * 2

    let agent: String?
    let action: GatedAction
    /// What the caller says about the agent: recorded and never used (rule P2).
    let claims: Claims?
    /// A policy to try; nil for the one that is active.
    let yaml: String?

    private static let claimed = ["a2c_score", "agent_name", "role", "trust_score", "tsi_state", "vrs"]

    init(_ body: [UInt8], takesPolicy: Bool) throws {
        let limit = takesPolicy ? Self.bytesWithPolicy : Self.bytes
        var reader = try RecordReader(
            JSONParser.parse(body, limits: .init(bytes: limit, depth: GatedAction.maximumDepth + 2)), "request")
        agent = try reader.optionalString("agent_id", limit: 256)
        yaml = takesPolicy ? try reader.optionalString("yaml", limit: PolicyActivation.maximumBytes) : nil
        var claims = JSONObject()
        for name in Self.claimed { claims[name] = reader.optional(name) }
        self.claims = try Claims(claims)
        let target =
            reader.optional("target_domain").map(\.isNull) == false ? try reader.string("target_domain", limit: 260) : nil
        let payload = reader.optional("payload").map(\.isNull) == false ? try reader.object("payload") : JSONObject()
        action = try GatedAction(reader.string("action", limit: 256), payload: payload, target: target)
        try reader.finish()
    }

    static func schema(takesPolicy: Bool) -> Schema {
        let claims = claimed.map { ($0, Schema.any) }
        let policy = takesPolicy ? [("yaml", Schema.string(limit: PolicyActivation.maximumBytes))] : []
        return .object(
            [("action", .text())],
            described: "What the agent wants to do. Role, vrs, tsi_state and scores are recorded as claims and never used.",
            optional: [("agent_id", .text()), ("payload", .map(.any)), ("target_domain", .text(limit: 259))] + claims + policy)
    }
}
