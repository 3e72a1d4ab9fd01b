public import ChanceryLedger
public import ChanceryWire

/// Lets one agent act with a part of what another one may.
public struct DelegationTerms: Sendable, Hashable {
    public static let depths: ClosedRange<Int64> = 0...4

    public let delegator: DID
    public let delegate: DID
    public let scope: Scope
    public let constraints: Constraints
    /// The delegation has ended at this time.
    public let until: UTCTime
    /// How many further delegations may follow one another below this one.
    public let depth: Int64

    /// - Throws: `governance.proposal_malformed` for a delegation to oneself or a depth outside 0…4.
    public init(
        from delegator: DID, to delegate: DID, scope: Scope, constraints: Constraints, until: UTCTime, depth: Int64
    ) throws(GovernanceError) {
        guard delegator != delegate, Self.depths.contains(depth) else {
            throw GovernanceError(.proposalMalformed, "a delegation is to somebody else, with a depth of 0 to 4")
        }
        self.delegator = delegator
        self.delegate = delegate
        self.scope = scope
        self.constraints = constraints
        self.until = until
        self.depth = depth
    }

    public var json: JSONValue {
        [
            "constraints": constraints.json, "delegate": .string(delegate.text), "delegator": .string(delegator.text),
            "depth": .integer(depth), "scope": .string(scope.text), "until": .string(until.text),
        ]
    }

    public init(_ value: JSONValue) throws {
        var reader = try RecordReader(value, "delegation")
        try self.init(
            from: DID(reader.string("delegator", limit: 128)), to: DID(reader.string("delegate", limit: 128)),
            scope: reader.scope(), constraints: Constraints(reader.value("constraints")), until: reader.time("until"),
            depth: reader.integer("depth", in: Self.depths))
        try reader.finish()
    }
}
