public import ChanceryWire

/// The tools of our own server. The raw value is the name on the wire.
public enum ServerTool: String, Sendable, CaseIterable {
    case stampEvent = "stamp_event"
    case verifyChain = "verify_chain"
    case exportAudit = "export_audit"
    case searchEvents = "search_events"
    case explainDecision = "explain_decision"

    var description: String {
        switch self {
        case .stampEvent: "Signs an event of an agent and adds it to the agent's chain. Gives the signed event and its hash."
        case .verifyChain: "Verifies a chain of signed events: signatures, links, order. Gives the verdict and the first fault."
        case .exportAudit: "Exports the chain of an agent so that others can verify it without this node."
        case .searchEvents: "Searches the stored events, newest first."
        case .explainDecision: "Tells why the gate decided as it did: rule, facts, policy, approval and outcome."
        }
    }

    var rules: [ArgumentRule] {
        let agent = ArgumentRule("agent_id", .text(limit: 256), required: true, "The agent's name or identifier.")
        return switch self {
        case .stampEvent:
            [
                agent,
                ArgumentRule("payload", .object, required: true, "What happened. Signed as it is."),
                ArgumentRule(
                    "previous_hash", .hex(count: 32), "The hash that the chain must end with now; another end is an error."),
            ]
        case .verifyChain:
            [ArgumentRule("events", .objects(limit: 10_000), required: true, "The signed events, oldest first.")]
        case .exportAudit:
            [
                agent,
                ArgumentRule("certified", .flag, "Whether the export must carry this node's signature."),
                ArgumentRule("output_format", .choice(["json", "pqz"]), "`json` (default) or the archive `pqz`."),
            ]
        case .searchEvents:
            [
                ArgumentRule("agent_id", .text(limit: 256), "Only events of this agent."),
                ArgumentRule("event_type", .text(limit: 256), "Only events of this type."),
                ArgumentRule("from_timestamp", .integer(0...253_402_300_799), "Not before this time, in seconds since 1970."),
                ArgumentRule("to_timestamp", .integer(0...253_402_300_799), "Not after this time, in seconds since 1970."),
                ArgumentRule("limit", .integer(1...1000), "How many events at most. Default 100."),
            ]
        case .explainDecision:
            [ArgumentRule("decision_id", .text(limit: 256), required: true, "The identifier of the decision.")]
        }
    }

    /// Whether the tool leaves everything as it was.
    var isReadOnly: Bool { self != .stampEvent }

    /// The descriptor in `tools/list`.
    var descriptor: JSONValue {
        let properties = JSONObject(rules.map { JSONObject.Member(name: $0.name, value: $0.schema) })
        let schema: JSONValue = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "required": .array(rules.filter(\.isRequired).map { .string($0.name) }),
        ]
        return [
            "name": .string(rawValue), "description": .string(description), "inputSchema": schema,
            "annotations": ["readOnlyHint": .bool(isReadOnly), "destructiveHint": false, "openWorldHint": false],
        ]
    }

    /// - Throws: `mcp.arguments_invalid` for a missing, unknown or wrong argument.
    func check(_ arguments: JSONObject) throws(MCPError) {
        for member in arguments.members {
            guard let rule = rules.first(where: { $0.name.utf8.elementsEqual(member.name.utf8) }) else {
                throw MCPError(.argumentsInvalid, "`\(rawValue)` takes no `\(member.name.prefix(64))`")
            }
            guard rule.allows(member.value) else {
                throw MCPError(.argumentsInvalid, "`\(rule.name)` is not what the schema of `\(rawValue)` allows")
            }
        }
        for rule in rules where rule.isRequired && arguments[rule.name] == nil {
            throw MCPError(.argumentsInvalid, "`\(rawValue)` needs `\(rule.name)`")
        }
    }
}

/// What the tools do.
public protocol ChanceryTools: Sendable {
    /// Runs a tool. The arguments are what its schema allows and nothing more.
    ///
    /// A ``CodedError`` becomes a tool error with code and detail; of any other error the client learns nothing.
    func run(_ tool: ServerTool, _ arguments: JSONObject) async throws -> JSONObject
}
