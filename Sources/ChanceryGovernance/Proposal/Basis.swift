internal import ChancerySuite
public import ChanceryWire

/// What a proposal was made for: it is void once that is no longer so (rule G4).
///
/// Kinds that only restrict have none and are never stale. What UNFREEZE and the changes of members rest on is signed
/// elsewhere in the proposal: the freezes by name in its parameters, the roster in its body.
public enum Basis: Sendable, Hashable {
    case none
    /// Of the subject's or program's entry; 0 when there is none yet.
    case generation(Int64)
    /// Of the entries of both agents.
    case delegation(delegator: Int64, delegate: Int64)
    /// The policy in force; nil when there is none yet.
    case policy([UInt8]?)
    /// ``MemberKeys/hash`` of the keys that shall be replaced.
    case keys([UInt8])

    public var json: JSONValue {
        switch self {
        case .none: .null
        case .generation(let generation): ["generation": .integer(generation)]
        case .delegation(let delegator, let delegate):
            ["delegate_generation": .integer(delegate), "delegator_generation": .integer(delegator)]
        case .policy(let policy): ["policy": policy.map { .string(Hex.encode($0)) } ?? .null]
        case .keys(let keys): ["keys": .string(Hex.encode(keys))]
        }
    }

    /// Reads the basis of a proposal of `kind`.
    public init(_ kind: ProposalKind, _ value: JSONValue) throws(WireError) {
        switch kind {
        case .revokeModel, .revokeAgent, .emergencyFreeze, .unfreeze, .addNode, .removeNode:
            guard value.isNull else { throw WireError(.wrongType, "a proposal of `\(kind.rawValue)` has no basis") }
            self = .none
            return
        default: break
        }
        var reader = try RecordReader(value, "basis")
        self =
            switch kind {
            case .delegation:
                .delegation(
                    delegator: try reader.integer("delegator_generation"), delegate: try reader.integer("delegate_generation"))
            case .updatePolicy: .policy(try reader.value("policy").isNull ? nil : reader.hex("policy", count: 32))
            case .rotateKey: .keys(try reader.hex("keys", count: 32))
            default: .generation(try reader.integer("generation"))
            }
        try reader.finish()
    }
}

extension MemberKeys {
    /// SHA3-256 over the ids of the three keys: what a rotation says that it replaces.
    public var hash: [UInt8] {
        Digest.sha3_256([ballot.id, consensus.id, http.id].reduce(Array("chancery/member-keys/v1".utf8) + [0], +))
    }
}
