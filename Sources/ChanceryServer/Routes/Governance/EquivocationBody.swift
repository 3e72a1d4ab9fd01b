internal import ChanceryAPI
package import ChanceryNode
package import ChanceryWire

/// A member's contradiction as JSON: the same from a route and from `chancery governance equivocations --json`.
package enum EquivocationBody {
    package static func json(_ found: FederationDesk.Equivocation) -> JSONValue {
        [
            "did": .string(found.member), "excluded": .bool(found.isExcluded), "name": .string(found.name),
            "position": .integer(Int64(clamping: found.position)),
        ]
    }

    static let schema = Schema.object([("did", .string()), ("excluded", .bool), ("name", .string()), ("position", .count)])
}
