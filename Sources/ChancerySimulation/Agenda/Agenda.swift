internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What the nodes of a cluster decide about: their state, what their people sign, and what must hold besides consensus.
protocol Agenda: Sendable {
    associatedtype State: ReplicatedState
    /// What one node knows besides its decisions.
    associatedtype Desk: Sendable
    /// What nodes tell each other besides consensus.
    associatedtype Paper: Sendable
    /// What holds the decisions of a run against promises.
    associatedtype Audit: AgendaAudit where Audit.State == State

    /// The members that take part in some run, at least seven.
    static var names: [DID] { get }
    /// How many distributions of weight there are for each number of members; nil for any.
    static var variants: Int? { get }
    /// With what each member signs in consensus.
    static func secrets(of members: [DID], _ random: inout SimulatedRandom) -> [DID: UInt64]

    /// Draws what happens besides faults.
    init(_ company: Company, _ options: SimulationOptions, _ random: inout SimulatedRandom)

    var head: Head<State> { get }
    /// Every set of members that may decide.
    var committees: [ConsensusMembers] { get }
    var audit: Audit { get }

    func desk(of node: Int, _ member: SimulatedMember) -> Desk
    /// What the desk would have its node decide now; nothing opens a slot otherwise.
    func hasItems(_ desk: inout Desk, _ head: Head<State>, at time: UTCTime) -> Bool
    /// Items of a block after `head`.
    func items(
        _ desk: inout Desk, _ head: Head<State>, at time: UTCTime, _ random: inout SimulatedRandom
    ) -> [JSONValue]
    /// Items that no correct member agrees to.
    func falseItems(_ desk: Desk, _ head: Head<State>, _ random: inout SimulatedRandom) -> [JSONValue]

    /// Whether nodes have people, who act every now and then.
    static var hasPeople: Bool { get }
    /// What people do: the papers to send, to one node or to all.
    func act(
        _ desk: inout Desk, _ head: Head<State>, isCalm: Bool, _ random: inout SimulatedRandom
    ) -> [Posting<Paper>]
    /// Takes papers of another node and gives those that were new, for the others.
    func take(_ papers: [Paper], _ desk: inout Desk, _ head: Head<State>) -> [Paper]
    func take(_ proof: ConsensusEquivocation, _ desk: inout Desk, _ head: Head<State>)
    /// The head moved on, or the node restarted from what is on its disk.
    func resume(_ desk: inout Desk, _ head: Head<State>, afterCrash: Bool)
    /// What the desk of a correct node breaks.
    func violation(_ desk: Desk, _ head: Head<State>) -> Violation?
}

/// Papers on their way.
struct Posting<Paper: Sendable>: Sendable {
    let papers: [Paper]
    /// Nil for all others.
    let to: Int?
}

/// Watches the decisions of correct nodes, each slot once.
protocol AgendaAudit: Sendable {
    associatedtype State: ReplicatedState
    mutating func judge(_ decision: Decision, from before: Head<State>, to after: Head<State>) -> Violation?
}
