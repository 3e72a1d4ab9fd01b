public import ChanceryLedger
public import ChanceryWire

/// A delegation in force until its end: what an agent may do as long as the one who gave it may.
public struct Delegation: Sendable, Hashable {
    public let delegator: DID
    public let delegate: DID
    public let scope: Scope
    /// With the end of the delegation as their `notAfter`.
    public let constraints: Constraints
    public let depth: Int64
    /// Of the two agents' entries when it was given: a later REVOKE of either ends it where it touches.
    public let delegatorGeneration: Int64
    public let delegateGeneration: Int64
    /// The proposal of the delegation from which the delegator has the right; nil for a grant of its own.
    public let parent: [UInt8]?
    public let from: UTCTime
    public let slot: Int64
    public let proposal: [UInt8]

    var json: JSONValue {
        [
            "constraints": constraints.json, "delegate": .string(delegate.text),
            "delegate_generation": .integer(delegateGeneration), "delegator": .string(delegator.text),
            "delegator_generation": .integer(delegatorGeneration), "depth": .integer(depth), "from": .string(from.text),
            "parent": parent.map { .string(Hex.encode($0)) } ?? .null, "proposal": .string(Hex.encode(proposal)),
            "scope": .string(scope.text), "slot": .integer(slot),
        ]
    }
}
