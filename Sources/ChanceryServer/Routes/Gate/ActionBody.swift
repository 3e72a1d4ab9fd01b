internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryWire

/// What an agent sends about the action that it wants to do.
struct ActionBody {
    let agent: String?
    let action: GatedAction
    let isRehearsal: Bool
    /// Whether a permission is used by being given: the caller acts at once.
    let isUsedAtOnce: Bool

    /// - Parameters:
    ///   - body: what is read instead of the request's own, where that holds more than the action.
    ///   - mayUse: whether the request may ask for the use of what it is about to be allowed.
    init(_ request: APIRequest, body: [UInt8]? = nil, mayUse: Bool = false) throws {
        var reader = try RecordReader(
            JSONParser.parse(
                body ?? request.body, limits: .init(bytes: GatedAction.maximumBytes * 2, depth: GatedAction.maximumDepth + 2)),
            "request")
        agent = try request.agentOfQuery(orNamed: reader.optionalString("agent", limit: 256))
        isUsedAtOnce = try mayUse && reader.optional("redeem") != nil && reader.bool("redeem")
        isRehearsal = try reader.optional("dry_run") == nil ? false : reader.bool("dry_run")
        let labels = try reader.optional("labels") == nil ? [] : reader.array("labels", limit: 16)
        var words: Set<String> = []
        for label in labels {
            guard let word = label.string else { throw WireError(.wrongType, "a label is a text") }
            words.insert(word)
        }
        let target = try reader.optionalString("target", limit: 260)
        action = try GatedAction(
            reader.string("action", limit: 256), payload: reader.object("payload"), target: target, labels: words)
        try reader.finish()
        guard !isRehearsal || !isUsedAtOnce else { throw APIError(.invalidParameter, "a dry run allows nothing to use") }
    }

    static let schema = Schema.object(
        [("action", .text()), ("payload", .map(.any))],
        described: "What the agent wants to do; who it is follows from the key.",
        optional: [
            ("agent", .text()), ("dry_run", .bool), ("labels", .array(.text(limit: 64), limit: 16)),
            ("target", .text(limit: 259)),
        ])

    /// As ``schema``, with the use of what is allowed.
    static let deciding = Schema.object(
        [("action", .text()), ("payload", .map(.any))],
        described: "What the agent wants to do; with `redeem`, and does at once when it may.",
        optional: [
            ("agent", .text()), ("dry_run", .bool), ("labels", .array(.text(limit: 64), limit: 16)), ("redeem", .bool),
            ("target", .text(limit: 259)),
        ])

    /// The shape of ``GateBody/answer(_:)``.
    static let answer = Schema.object([
        ("action_hash", .hex(32)), ("agent", .string()), ("allowed", .bool), ("decision", .hex(64)),
        ("effect", .string()), ("expires", .time()), ("obligations", .array(.any)), ("policy", .string(isOptional: true)),
        ("reason", .string()), ("redeemed", .bool), ("rule", .string()),
    ])
}

extension RouteDocument.Parameter {
    /// For whom an operator asks.
    static let gateAgent = Self.query("agent", .text(), "For whom an operator asks, instead of `agent` in the body.")
}

extension APIRequest {
    /// The agent that the query names, or the body; not both, unless they agree.
    func agentOfQuery(orNamed named: String?) throws -> String? {
        guard let asked = try parameters.text("agent") else { return named }
        guard named.map({ $0.utf8.elementsEqual(asked.utf8) }) ?? true else {
            throw APIError(.invalidParameter, "query and body name two agents")
        }
        return asked
    }
}
