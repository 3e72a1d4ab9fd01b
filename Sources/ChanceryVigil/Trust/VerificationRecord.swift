/// The share of interactions that the peer verified, each weighing half as much as one 30 days younger.
///
/// The weight 2^(day/30) of an interaction never changes, so the share does not depend on when it is asked. Weights
/// are kept per block of 30 days; blocks more than 240 days older than the newest are forgotten.
package struct VerificationRecord: Sendable, Equatable {
    /// A block of 30 days, counted from 1970.
    struct Block: Sendable, Equatable {
        let number: Int64
        var verified: UInt64 = 0
        var total: UInt64 = 0
    }

    static let blockLimit = 8
    /// About two thousand million interactions in a block; further ones no longer count.
    static let largestSum: UInt64 = 1 << 52

    // Invariant: at most `blockLimit` blocks, ascending, all within `blockLimit` of the newest.
    private(set) var blocks: [Block] = []

    package mutating func add(day: Int64, isVerified: Bool) {
        let number = day / 30
        if blocks.last?.number != number {
            blocks.append(Block(number: number))
            blocks.removeAll { $0.number <= number - Int64(Self.blockLimit) }
        }
        let weight = FixedTables.weight[Int(day % 30)]
        let last = blocks.count - 1
        guard blocks[last].total <= Self.largestSum - weight else { return }
        blocks[last].total += weight
        if isVerified { blocks[last].verified += weight }
    }

    /// One where there were no interactions.
    package var share: Millionths {
        guard let newest = blocks.last?.number else { return .one }
        var verified: UInt128 = 0
        var total: UInt128 = 0
        for block in blocks {
            let shift = UInt128(Int64(Self.blockLimit) - 1 - (newest - block.number))
            verified += UInt128(block.verified) << shift
            total += UInt128(block.total) << shift
        }
        return .ratio(verified, of: total)
    }

    package init() {}

    /// Nil where a watch cannot have written the blocks.
    init?(_ blocks: [Block]) {
        self.blocks = blocks
        guard let newest = blocks.last?.number else { return }
        let isSound =
            blocks.count <= Self.blockLimit
            && blocks.allSatisfy {
                $0.number >= 0 && $0.number > newest - Int64(Self.blockLimit) && $0.total > 0 && $0.total <= Self.largestSum
                    && $0.verified <= $0.total
            } && zip(blocks, blocks.dropFirst()).allSatisfy { $0.number < $1.number }
        guard isSound else { return nil }
    }
}
