internal import ChanceryAPI
package import ChanceryGovernance
internal import ChanceryNode
internal import ChancerySuite
package import ChanceryWire

/// A decision as JSON: the same from a route and from `chancery governance decisions --json`.
package enum DecisionBody {
    package static func json(_ decision: Decision) -> JSONValue {
        [
            "epoch": .integer(decision.block.context.epoch), "id": .string(Hex.encode(decision.id.bytes)),
            "proposals": .array(
                decision.certifiedProposals.map { ["id": .string(Hex.encode($0.id)), "kind": .string($0.kind.rawValue)] }),
            "slot": .integer(decision.slot), "state_root": .string(Hex.encode(decision.block.stateRoot.bytes)),
            "time": .string(decision.block.context.time.text),
        ]
    }

    static let schema = Schema.object([
        ("epoch", .count), ("id", .hex(32)), ("proposals", .array(.object([("id", .hex(32)), ("kind", .string())]))),
        ("slot", .count), ("state_root", .hex(32)), ("time", .time()),
    ])
}
