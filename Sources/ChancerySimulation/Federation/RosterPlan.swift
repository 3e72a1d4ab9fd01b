/// Which members may come, go and change their keys in a run, so that Byzantine members never weigh a third.
struct RosterPlan: Sendable {
    /// A node that may join, and with which weight.
    let addition: (node: Int, weight: Int64)?
    /// A member that may be removed.
    let removal: Int?
    /// A member whose keys may change.
    let rotation: Int?
    /// The weights of every committee that can come about.
    let rosters: [[Int64]]

    init(_ company: Company, _ random: inout SimulatedRandom) {
        let newcomer = company.weights.firstIndex(of: 0).map { (node: $0, weight: Int64(1 + $0 % 2)) }
        let leaver = random.chance(60) ? random.below(company.dids.count) : nil
        rotation = random.chance(60) ? random.below(company.dids.count) : nil
        var rosters = [company.weights]
        if let newcomer {
            var grown = company.weights
            grown[newcomer.node] = newcomer.weight
            rosters.append(grown)
        }
        addition = newcomer
        if let leaver, leaver != newcomer?.node {
            let shrunk = rosters.map { weights in weights.indices.map { $0 == leaver ? 0 : weights[$0] } }
            let isBearable = shrunk.allSatisfy { weights in
                weights.count { $0 > 0 } >= 4 && 3 * company.byzantine.reduce(0) { $0 + weights[$1] } < weights.reduce(0, +)
            }
            removal = isBearable ? leaver : nil
            if isBearable { rosters += shrunk }
        } else {
            removal = nil
        }
        self.rosters = rosters
    }
}
