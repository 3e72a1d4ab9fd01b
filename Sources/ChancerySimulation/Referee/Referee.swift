internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite

/// Watches what correct nodes do and holds it against the promises. It knows what no node knows: everything.
struct Referee<Work: Agenda> {
    private struct Ballot: Hashable {
        let place: ConsensusPlace
        let phase: ConsensusPhase
        let node: Int
    }

    private(set) var violation: Violation?
    var equivocations = 0
    /// The first decision of each slot.
    private var decided: [(id: Digest256, head: Head<Work.State>, node: Int)] = []
    private var votes: [Ballot: Digest256?] = [:]
    private let genesis: Head<Work.State>
    private var audit: Work.Audit

    init(_ scenario: Scenario<Work>) {
        genesis = scenario.head
        audit = scenario.work.audit
    }

    mutating func accuse(_ found: Violation?) {
        if let found { accuse(found.kind, found.detail) }
    }

    mutating func accuse(_ kind: Violation.Kind, _ detail: String) {
        if violation == nil { violation = Violation(kind: kind, detail: detail) }
    }

    /// A correct member sends a vote.
    mutating func see(_ vote: ConsensusVote, by node: Int) {
        let ballot = Ballot(place: vote.place, phase: vote.phase, node: node)
        if let known = votes.updateValue(vote.value, forKey: ballot), known != vote.value {
            accuse(.framed, "n\(node) signed two values for \(vote.phase.rawValue) \(vote.place.slot)/\(vote.place.round)")
        }
    }

    /// Whether nobody decided the slot yet.
    func isFirst(_ slot: Int64) -> Bool { slot > Int64(decided.count) }

    /// A correct node decides.
    mutating func judge(_ decision: Decision, _ head: Head<Work.State>, by node: Int, _ verifier: SymbolicAuthority) {
        let place = Int(decision.slot) - 1
        if place < decided.count {
            let first = decided[place]
            guard first.id == decision.id else {
                return accuse(
                    .fork,
                    "slot \(decision.slot): n\(first.node) decided \(first.id.description.prefix(8)), n\(node) \(decision.id.description.prefix(8))"
                )
            }
            if first.head.root != head.root { accuse(.stateRoot, "slot \(decision.slot): n\(first.node) and n\(node) differ") }
        }
        let members = place == 0 ? genesis.members : place <= decided.count ? decided[place - 1].head.members : head.members
        do {
            try decision.verify(against: members, by: verifier)
        } catch {
            accuse(.noQuorum, "slot \(decision.slot) at n\(node): \(error)")
        }
        guard place == decided.count else { return }
        accuse(audit.judge(decision, from: decided.last?.head ?? genesis, to: head))
        decided.append((decision.id, head, node))
    }
}
