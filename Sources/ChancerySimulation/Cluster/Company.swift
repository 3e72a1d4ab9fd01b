internal import ChanceryLedger
internal import ChancerySuite
internal import ChanceryWire

/// Who takes part in a cluster: nodes, what their members weigh at first, and which of them are Byzantine.
struct Company: Sendable {
    /// Wall time when the simulation begins.
    static let start: Int64 = 1_790_000_000_000

    let dids: [DID]
    /// At genesis; 0 for a node that may join later.
    let weights: [Int64]
    let byzantine: Set<Int>

    /// `names` are the members that there are, at least seven; with a number of `variants` companies of a size weigh what one
    /// of so many weighs.
    init(_ names: [DID], variants: Int?, _ random: inout SimulatedRandom) {
        let count = 4 + random.below(4)
        dids = Array(names.prefix(count))
        // The last node may join later.
        let first = count > 4 && random.chance(40) ? count - 1 : count
        var dice = variants.map { SimulatedRandom(seed: UInt64(100 * count + random.below($0))) } ?? random
        let weights = (0..<count).map { index in index < first ? (dice.chance(60) ? 1 : dice.within(1...4)) : 0 }
        if variants == nil { random = dice }
        var byzantine: Set<Int> = []
        let order = (0..<count).shuffled(using: &random)
        for index in order where random.chance(70) {
            let weight = (byzantine.union([index])).reduce(0) { $0 + weights[$1] }
            if weights[index] > 0, 3 * weight < weights.reduce(0, +) { byzantine.insert(index) }
        }
        self.weights = weights
        self.byzantine = byzantine
    }

    /// Names without keys.
    static let nameless: [DID] = (0..<7).map { index in
        // Hexadecimal text of 32 bytes is a DID.
        guard let did = try? DID(DID.prefix + Hex.encode(Digest.sha256([UInt8(index)]))) else {
            fatalError("32 bytes in hexadecimal name somebody")
        }
        return did
    }
}
