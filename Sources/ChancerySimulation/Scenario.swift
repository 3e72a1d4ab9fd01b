internal import ChanceryGovernance
internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// What a seed stands for: who takes part, who misbehaves, and how bad the weather is.
struct Scenario {
    /// Wall time when the simulation begins.
    static let start: Int64 = 1_790_000_000_000

    let dids: [DID]
    let places: [DID: Int]
    let secrets: [DID: UInt64]
    let misbehaviours: [Misbehaviour?]
    let skews: [Int64]
    let genesis: ConsensusMembers
    let head: Head<SimulatedLog>
    /// The slots whose decision may bring in other members.
    let changes: [Int64: ConsensusMembers]
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

    init(_ options: SimulationOptions, _ random: inout SimulatedRandom) {
        let count = 4 + random.below(4)
        let dids = (0..<count).map { Self.did($0) }
        // The last node may join later.
        let first = count > 4 && random.chance(40) ? count - 1 : count
        var weights = dids.indices.map { index in index < first ? (random.chance(60) ? 1 : random.within(1...4)) : 0 }
        var byzantine: Set<Int> = []
        let order = dids.indices.shuffled(using: &random)
        for index in order where random.chance(70) {
            let weight = (byzantine.union([index])).reduce(0) { $0 + weights[$1] }
            if weights[index] > 0, 3 * weight < weights.reduce(0, +) { byzantine.insert(index) }
        }
        let genesis = Self.members(0, dids, weights)
        var changes: [Int64: ConsensusMembers] = [:]
        if options.slots > 1, random.chance(60) {
            for _ in 0..<8 {
                let next = dids.indices.map { _ in random.chance(25) ? 0 : random.chance(60) ? 1 : random.within(1...4) }
                let total = next.reduce(0, +)
                guard next.count(where: { $0 > 0 }) >= 4, byzantine.reduce(0, { $0 + next[$1] }) * 3 < total else { continue }
                changes[random.within(1...options.slots - 1)] = Self.members(1, dids, next)
                weights = next
                break
            }
        }
        self.dids = dids
        places = Dictionary(uniqueKeysWithValues: dids.enumerated().map { ($1, $0) })
        secrets = Dictionary(uniqueKeysWithValues: dids.map { ($0, random.next()) })
        misbehaviours = dids.indices.map { byzantine.contains($0) ? Misbehaviour.random(&random) : nil }
        // A clock may be further off than blocks may be. Its owner counts among the faulty: it agrees to no fresh block.
        var skews = dids.map { _ in random.within(-120...120) }
        let astray = random.below(count)
        let faulty = byzantine.union([astray])
        let isBearable = ([genesis] + changes.values).allSatisfy { members in
            3 * faulty.reduce(0) { $0 + members.weight(of: dids[$1]) } < members.total
        }
        if isBearable, random.chance(30) { skews[astray] = random.chance(50) ? 900 : -900 }
        self.skews = skews
        self.genesis = genesis
        self.changes = changes
        head = Head(
            slot: 0, id: genesis.federation, time: UTCTime(milliseconds: Self.start - 1000), root: genesis.federation,
            state: SimulatedLog(root: genesis.federation, changes: changes), members: genesis)
        calm = random.within(500...4000)
        crashes = random.chance(70) ? random.below(7) : 0
        splits = random.chance(70) ? random.below(6) : 0
        drops = random.chance(70) ? random.below(30) : 0
        doubles = random.below(10)
        stalls = random.chance(60) ? random.below(25) : 0
        isHunting = random.chance(60)
    }

    private static func did(_ index: Int) -> DID {
        // Hexadecimal text of 32 bytes is a DID.
        guard let did = try? DID(DID.prefix + Hex.encode(Digest.sha256([UInt8(index)]))) else { fatalError("unreachable") }
        return did
    }

    private static func members(_ epoch: Int64, _ dids: [DID], _ weights: [Int64]) -> ConsensusMembers {
        let listed = zip(dids, weights).filter { $0.1 > 0 }.map { ConsensusMembers.Member($0.0, weight: $0.1, key: nil) }
        let text = Array("epoch \(epoch) of \(weights)".utf8)
        // The scenario draws its weights itself: a failure here is a defect of the simulator, never of what it simulates.
        guard let federation = Digest256(Digest.sha256(Array("federation".utf8))),
            let committee = Digest256(Digest.sha256(text)),
            let members = try? ConsensusMembers(federation: federation, epoch: epoch, committee: committee, listed)
        else { fatalError("a scenario has members of positive weight") }
        return members
    }
}
