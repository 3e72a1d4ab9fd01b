internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// The state that simulated replicas agree on: a hash over everything decided, and who decides.
struct SimulatedLog: ReplicatedState {
    let root: Digest256
    /// The members that a roster item of a slot brings in.
    let changes: [Int64: ConsensusMembers]

    static func item(_ number: UInt64) -> JSONValue { ["set": .integer(Int64(number >> 12))] }
    static let rosterItem: JSONValue = ["roster": true]

    func applying(_ items: [JSONValue], in context: Block.Context) throws(GovernanceError) -> Transition<SimulatedLog> {
        var members: ConsensusMembers?
        for (index, item) in items.enumerated() {
            if item == Self.rosterItem, index == items.count - 1, let next = changes[context.slot] {
                members = next
            } else if item["set"]?.integer == nil {
                throw GovernanceError(.blockInvalid, "the item does not apply", index: index)
            }
        }
        guard !items.isEmpty, let text = try? CanonicalForm.jcs.encode(.array(items)),
            let next = Digest256(Digest.sha3_256(root.bytes + text))
        else { throw GovernanceError(.blockInvalid, "there is nothing to decide") }
        return Transition(state: SimulatedLog(root: next, changes: changes), root: next, members: members)
    }
}
