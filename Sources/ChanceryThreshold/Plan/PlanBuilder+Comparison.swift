internal import ChanceryArithmetic

extension PlanBuilder {
    /// 1 where the value is below zero.
    ///
    /// c = 2^(ℓ−1) + x + r is opened; with c′ and r′ the low ℓ − 1 bits, x mod 2^(ℓ−1) = c′ − r′ + 2^(ℓ−1)·[c′ < r′].
    mutating func compare(_ place: Plan.Place, bits: Int) -> Plan.Place {
        let level = level(place)
        let low = lowBits(bits - 1, openedAt: level)
        let comparison = Plan.Comparison(bits: bits, low: low, mask: plan.openingMasks, slot: plan.slots, from: place)
        plan.openingMasks += 2
        plan.slots += 1
        plan.comparisons.append(comparison)
        append(.compare(from: place, comparison), at: level)
        let carry = carry(low)
        let to = newShared(at: self.level(carry))
        append(.sign(Int(~to), comparison, carry: Int(~carry)), at: self.level(carry))
        return to
    }

    /// Makes room for comparing the low bits of what is opened after `level` rounds with as many shared ones.
    ///
    /// The comparison of a public number with shared bits is a tree over (generate, propagate); its first layer, over pairs of
    /// bits, is linear in the bits and their products, which the material holds.
    mutating func lowBits(_ bits: Int, openedAt level: Int) -> Plan.LowBits {
        let leaves = (0..<2 * ((bits + 1) / 2)).map { _ in newShared(at: level + 1) }
        let low = Plan.LowBits(
            bits: bits, number: plan.lows.count, firstBit: plan.bitCount, firstPair: plan.dots.count,
            firstLeaf: Int(~(leaves.first ?? -1)))
        for pair in 0..<low.bitPairs {
            let bit = Int32(plan.bitCount + 2 * pair)
            plan.dots.append(plan.pairs.count..<plan.pairs.count + 1)
            plan.pairs.append(Plan.Pair(left: bit, right: bit + 1))
        }
        plan.bitCount += bits
        plan.lows.append(low)
        append(.leaves(low), at: level + 1)
        return low
    }

    /// 1 where the opened bits are below the shared ones.
    mutating func carry(_ low: Plan.LowBits) -> Plan.Place {
        func place(_ index: Int) -> Plan.Place { ~Plan.Place(low.firstLeaf + index) }
        return carry((0..<low.leaves).map { (generate: place(2 * $0), propagate: place(2 * $0 + 1)) })
    }

    /// Whether the public number is below the shared one, from the lowest pair to the highest.
    private mutating func carry(_ leaves: [(generate: Plan.Place, propagate: Plan.Place)]) -> Plan.Place {
        var nodes = leaves
        while nodes.count > 1 {
            var next: [(generate: Plan.Place, propagate: Plan.Place)] = []
            for low in stride(from: 0, to: nodes.count - 1, by: 2) {
                let (below, above) = (nodes[low], nodes[low + 1])
                let propagate = open(above.propagate)
                let joined = products([(propagate, open(below.generate))])
                let generate = sum(
                    [Plan.Term(place: above.generate, coefficient: .one), Plan.Term(place: joined, coefficient: .one)], .zero)
                // The lowest node's own propagation is never asked for.
                let both = low == 0 ? generate : products([(propagate, open(below.propagate))])
                next.append((generate, both))
            }
            if nodes.count % 2 == 1, let last = nodes.last { next.append(last) }
            nodes = next
        }
        return nodes[0].generate
    }
}
