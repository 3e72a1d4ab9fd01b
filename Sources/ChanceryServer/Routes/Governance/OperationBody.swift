internal import ChanceryAPI
internal import ChanceryGovernance
package import ChanceryNode
package import ChanceryWire

/// An operation on record as JSON, in the words of pqc-ai-governance: the same from a route and from
/// `chancery governance audit --json`.
package enum OperationBody {
    package static func json(_ operation: FederationDesk.Operation) -> JSONValue {
        [
            "actor_did": .string(operation.actor), "decision": operation.choice.map { .string($0.rawValue) } ?? .null,
            "kind": operation.kind.map { .string($0.rawValue) } ?? .null, "operation": .string(operation.operation.rawValue),
            "position": .integer(Int64(clamping: operation.position)),
            "proposal_id": operation.proposal.map { .string(Hex.encode($0)) } ?? .null,
            "subject_id": operation.subject.map { .string($0) } ?? .null,
            "timestamp": operation.time.map { .string($0.text) } ?? .null,
        ]
    }

    static let schema = Schema.object([
        ("actor_did", .string()), ("decision", .string(isOptional: true)), ("kind", .string(isOptional: true)),
        ("operation", .string()), ("position", .count), ("proposal_id", .string(isOptional: true)),
        ("subject_id", .string(isOptional: true)), ("timestamp", .time(isOptional: true)),
    ])
}
