internal import ChanceryAPI
internal import ChanceryGate
internal import ChanceryWire

/// What an agent sends about the action that it wants to do.
struct ActionBody {
    let agent: String?
    let action: GatedAction
    let isRehearsal: Bool

    init(_ body: [UInt8]) throws {
        var reader = try RecordReader(
            JSONParser.parse(body, limits: .init(bytes: GatedAction.maximumBytes * 2, depth: GatedAction.maximumDepth + 2)),
            "request")
        agent = try reader.optionalString("agent", limit: 256)
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
    }

    static let schema = Schema.object(
        [("action", .text()), ("payload", .map(.any))],
        described: "What the agent wants to do; who it is follows from the key.",
        optional: [
            ("agent", .text()), ("dry_run", .bool), ("labels", .array(.text(limit: 64), limit: 16)),
            ("target", .text(limit: 259)),
        ])

    /// The shape of ``GateBody/answer(_:)``.
    static let answer = Schema.object([
        ("action_hash", .hex(32)), ("agent", .string()), ("allowed", .bool), ("decision", .hex(64)),
        ("effect", .string()), ("expires", .time()), ("obligations", .array(.any)), ("policy", .string(isOptional: true)),
        ("reason", .string()), ("rule", .string()),
    ])
}
