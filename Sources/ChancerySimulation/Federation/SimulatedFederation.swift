internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The shipped state of a federation, with the world's memory of what was verified.
struct SimulatedFederation: ReplicatedState {
    let governance: GovernanceState
    let rules: GovernanceRules

    func applying(
        _ items: [JSONValue], in context: Block.Context
    ) throws(GovernanceError) -> Transition<SimulatedFederation> {
        let kept = rules.contains(.revocation) ? items : items.filter { !Self.revokes($0) }
        let next = try governance.applying(kept, in: context) { value, state in
            try World.shared.read(value, after: state, isExcluding: rules.contains(.exclusion))
        }
        return Transition(
            state: SimulatedFederation(governance: next.state, rules: rules), root: next.root, members: next.members)
    }

    private static func revokes(_ item: JSONValue) -> Bool {
        item["proposal"]?["body"]?["kind"]?.string?.hasPrefix("revoke-") ?? false
    }
}

/// Rules of governance that a test takes away to see that they are missed.
package struct GovernanceRules: OptionSet, Sendable {
    package let rawValue: Int

    package init(rawValue: Int) { self.rawValue = rawValue }

    /// No certificate holds a ballot of a member whose contradiction was ordered.
    package static let exclusion = Self(rawValue: 1)
    /// A REVOKE takes away what was granted.
    package static let revocation = Self(rawValue: 2)
    /// A freeze that was seen is durable before anything else happens.
    package static let seenFreezes = Self(rawValue: 4)

    package static let all: Self = [.exclusion, .revocation, .seenFreezes]
}
