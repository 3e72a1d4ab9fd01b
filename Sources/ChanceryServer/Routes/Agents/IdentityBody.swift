internal import ChanceryAPI
package import ChanceryLedger
internal import ChancerySuite
package import ChanceryWire

/// An identity document in short: the same from a route and from `chancery identity list --json`.
package enum IdentityBody {
    package static func json(_ document: IdentityDocument) -> JSONValue {
        [
            "agent_id": .string(document.agentID.text), "classical_agent_id": .string(document.classicalAgentID.text),
            "created_at": .string(document.createdAt.text), "did": .string(document.did.text),
            "document": .integer(document.number), "hash": .string(Hex.encode(document.hash)),
            "name": .string(document.name), "suite": .string(document.rootKey.suite.rawValue),
        ]
    }

    static let schema = Schema.object([
        ("agent_id", .string()), ("classical_agent_id", .string()), ("created_at", .time()), ("did", .string()),
        ("document", .count), ("hash", .hex(32)), ("name", .string()), ("suite", .string()),
    ])
}
