internal import ChanceryAPI
internal import ChanceryLedger
package import ChanceryNode
package import ChanceryWire

/// An agent as JSON: the same from a route and from `chancery agent list --json`.
package enum AgentBody {
    package static func json(_ agent: AgentRecord) -> JSONValue {
        [
            "agent_id": .string(agent.agentID), "did": .string(agent.did.text), "metadata": .object(agent.metadata),
            "name": .string(agent.name), "role": .string(agent.role), "status": .string(agent.status.rawValue),
            "time": .string(agent.time.text),
        ]
    }

    static let schema = Schema.object([
        ("agent_id", .string()), ("did", .string()), ("metadata", .map(.string())), ("name", .string()), ("role", .string()),
        ("status", .string(values: ["active", "retired"])), ("time", .time()),
    ])
}
