internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite

/// Watches what correct nodes do and holds it against the promises. It knows what no node knows: everything.
struct Referee {
    private struct Ballot: Hashable {
        let place: ConsensusPlace
        let phase: ConsensusPhase
        let node: Int
    }

    private(set) var violation: Violation?
    var equivocations = 0
    /// The first decision of each slot.
    private var decided: [(id: Digest256, head: Head<SimulatedLog>, node: Int)] = []
    private var votes: [Ballot: Digest256?] = [:]
    private let genesis: ConsensusMembers

    init(_ scenario: Scenario) { genesis = scenario.genesis }

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

    /// A correct node decides.
    mutating func judge(_ decision: Decision, _ head: Head<SimulatedLog>, by node: Int, _ verifier: SymbolicAuthority) {
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
        let members = place == 0 ? genesis : place <= decided.count ? decided[place - 1].head.members : head.members
        do {
            try decision.verify(against: members, by: verifier)
        } catch {
            accuse(.noQuorum, "slot \(decision.slot) at n\(node): \(error)")
        }
        if place == decided.count { decided.append((decision.id, head, node)) }
    }
}
