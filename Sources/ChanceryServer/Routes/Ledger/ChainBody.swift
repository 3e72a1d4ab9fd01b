internal import ChanceryAPI
package import ChanceryNode
package import ChanceryWire

/// Where a chain stands, as JSON.
package enum ChainBody {
    package static func json(_ agentID: String, _ state: ChainState) -> JSONValue {
        [
            "agent_id": .string(agentID), "count": .integer(Int64(state.count)), "ended": .bool(state.hasEnded),
            "head": .string(state.head), "profile": .string(state.profile),
        ]
    }

    static let schema = Schema.object([
        ("agent_id", .string()), ("count", .count), ("ended", .bool), ("head", .string()), ("profile", .string()),
    ])
}
