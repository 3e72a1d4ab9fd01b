internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite

/// What survives a crash of a node, and what does not.
struct SimulatedDisk<State: ReplicatedState> {
    private(set) var journal: JournalEntry?
    private var blocks: [Block] = []
    /// The decided slots, with the head after each.
    private(set) var decisions: [(decision: Decision, head: Head<State>)] = []
    private var syncedDecisions = 0

    /// Written, but lost in a crash unless something is synced later.
    mutating func append(_ decision: Decision, _ head: Head<State>) { decisions.append((decision, head)) }

    /// A synced write.
    mutating func keep(_ block: Block) { blocks.append(block) }

    /// A synced write: everything before it is on disk as well.
    mutating func persist(_ entry: JournalEntry) {
        journal = entry
        syncedDecisions = decisions.count
        blocks.removeAll { $0.context.slot <= syncedDecisions }
    }

    mutating func crash() { decisions.removeSubrange(syncedDecisions...) }

    /// The blocks that were kept for a slot.
    func blocks(of slot: Int64) -> [[UInt8]] { blocks.filter { $0.context.slot == slot }.map(\.bytes) }
}

/// One member or observer with its clock.
struct SimulatedMember: Sendable {
    let did: DID
    let authority: SymbolicAuthority
    /// How far its clock is off, in milliseconds, and how fast its timers run in percent.
    let skew: Int64
    let pace: Int64
    /// Nil for a correct member.
    let misbehaviour: Misbehaviour?
}

/// A member's node: its disk, its desk and, while it runs, its replica.
@dynamicMemberLookup
struct SimulatedNode<Work: Agenda> {
    let member: SimulatedMember
    var disk = SimulatedDisk<Work.State>()
    var desk: Work.Desk
    /// Nil while it is down.
    var replica: Replica<Work.State>?
    /// Counts restarts: timers of an earlier life do not ring.
    var life = 0
    /// What a replaying member has to resend.
    var heard: [ConsensusMessage] = []

    init(_ member: SimulatedMember, desk: Work.Desk) {
        self.member = member
        self.desk = desk
    }

    var isCorrect: Bool { member.misbehaviour == nil }

    subscript<Value>(dynamicMember path: KeyPath<SimulatedMember, Value>) -> Value { member[keyPath: path] }
}

/// What a Byzantine member does.
struct Misbehaviour: OptionSet, Sendable {
    let rawValue: Int

    /// Votes and proposes differently towards different peers.
    static let equivocates = Self(rawValue: 1)
    /// Keeps messages back.
    static let withholds = Self(rawValue: 2)
    /// Proposes invalid blocks, wrong state roots and made-up valid rounds.
    static let lies = Self(rawValue: 4)
    /// Sends old messages again.
    static let replays = Self(rawValue: 8)
    /// Votes for every block that it sees.
    static let agrees = Self(rawValue: 16)
    /// Goes on voting as member of an earlier epoch.
    static let lingers = Self(rawValue: 32)
    /// Makes up votes of others and certificates.
    static let forges = Self(rawValue: 64)

    static func random(_ random: inout SimulatedRandom) -> Misbehaviour {
        // Mostly several at once: attacks need each other.
        Misbehaviour(rawValue: Int(random.next() & 127) | (random.chance(60) ? 1 | 16 : 0) | (random.chance(50) ? 4 | 32 : 0))
    }
}
