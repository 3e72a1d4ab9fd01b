package import ChanceryGovernance
internal import ChanceryNode
internal import ChancerySuite
package import ChanceryWire

/// The verdict on a decision file as JSON: the same from a route and from `chancery governance certificate verify --json`.
package enum DecisionFileBody {
    package static func json(_ file: DecisionFile) -> JSONValue {
        [
            "decided": .array(
                (file.decisions.last?.certifiedProposals ?? []).map {
                    ["id": .string(Hex.encode($0.id)), "kind": .string($0.kind.rawValue), "title": .string($0.title)]
                }),
            "epoch": .integer(file.head.members.epoch), "slot": .integer(file.head.slot),
            "state_root": .string(Hex.encode(file.head.root.bytes)), "strength": "decided",
        ]
    }
}
