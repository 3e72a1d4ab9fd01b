internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What a seed stands for: who takes part, who misbehaves, what they decide about, and how bad the weather is.
struct Scenario<Work: Agenda>: Sendable {
    let company: Company
    let places: [DID: Int]
    let secrets: [DID: UInt64]
    let misbehaviours: [Misbehaviour?]
    let skews: [Int64]
    let work: Work
    /// When the faults stop.
    let calm: Int64
    let crashes: Int
    let splits: Int
    /// Messages in a hundred that are dropped, doubled or late.
    let drops: Int
    let doubles: Int
    let stalls: Int
    /// Whether the network cuts off whoever is the first to decide.
    let isHunting: Bool

    var dids: [DID] { company.dids }
    var head: Head<Work.State> { work.head }
    var genesis: ConsensusMembers { work.head.members }

    init(_ options: SimulationOptions, _ random: inout SimulatedRandom) {
        let company = Company(Work.names, variants: Work.variants, &random)
        let dids = company.dids
        work = Work(company, options, &random)
        self.company = company
        places = Dictionary(uniqueKeysWithValues: dids.enumerated().map { ($1, $0) })
        secrets = Work.secrets(of: dids, &random)
        misbehaviours = dids.indices.map { company.byzantine.contains($0) ? Misbehaviour.random(&random) : nil }
        // A clock may be further off than blocks may be. Its owner counts among the faulty: it agrees to no fresh block.
        var skews = dids.map { _ in random.within(-120...120) }
        let astray = random.below(dids.count)
        let faulty = company.byzantine.union([astray])
        let isBearable = work.committees.allSatisfy { members in
            3 * faulty.reduce(0) { $0 + members.weight(of: dids[$1]) } < members.total
        }
        if isBearable, random.chance(30) { skews[astray] = random.chance(50) ? 900 : -900 }
        self.skews = skews
        calm = random.within(500...4000)
        crashes = random.chance(70) ? random.below(7) : 0
        splits = random.chance(70) ? random.below(6) : 0
        drops = random.chance(70) ? random.below(30) : 0
        doubles = random.below(10)
        stalls = random.chance(60) ? random.below(25) : 0
        isHunting = random.chance(60)
    }
}
