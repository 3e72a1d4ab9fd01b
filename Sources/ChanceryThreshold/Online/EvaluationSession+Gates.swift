internal import ChanceryArithmetic

/// The arithmetic of one custodian between two rounds. Rows hold one element for each evaluation.
extension EvaluationSession {
    /// This custodian's share of a value.
    @inline(__always)
    func share(_ place: Plan.Place, _ index: Int) -> FieldElement {
        guard place >= 0 else { return shared.elements[Int(~place) * count + index] }
        let element = Int(place) * count + index
        return masked.elements[element] - masks.table.elements[element]
    }

    mutating func compute(_ local: Plan.Local) {
        switch local {
        case .constant(let to, let value):
            for index in 0..<count { masked.elements[to * count + index] = value }
        case .maskedSum(let to, let terms, let constant):
            for index in 0..<count {
                var sum = FieldAccumulator()
                sum.add(constant)
                for term in plan.terms[terms] {
                    sum.add(term.coefficient, times: masked.elements[Int(term.place) * count + index])
                }
                masked.elements[to * count + index] = sum.reduced
            }
        case .sharedSum(let to, let terms, let constant):
            for index in 0..<count {
                var sum = FieldAccumulator()
                sum.add(constant)
                for term in plan.terms[terms] { sum.add(term.coefficient, times: share(term.place, index)) }
                shared.elements[to * count + index] = sum.reduced
            }
        case .products(let to, let pairs, let dot): multiply(plan.pairs[pairs], dot: dot, to: to)
        case .leaves(let low): computeLeaves(low)
        case .sign(let to, let comparison, let carry): computeSign(comparison, carry: carry, to: to)
        }
    }

    /// Σ x·y = Σ Δx·(Δy − λy) − Δy·λx + γ, in shares.
    private mutating func multiply(_ pairs: ArraySlice<Plan.Pair>, dot: Int, to: Int) {
        let count = count
        unsafe masked.elements.withUnsafeBufferPointer { masked in
            unsafe masks.table.elements.withUnsafeBufferPointer { table in
                unsafe masks.dots.elements.withUnsafeBufferPointer { dots in
                    unsafe shared.elements.withUnsafeMutableBufferPointer { shared in
                        for index in 0..<count {
                            var sum = FieldAccumulator()
                            unsafe sum.add(dots[dot * count + index])
                            for pair in pairs {
                                let left = Int(pair.left) * count + index
                                let right = Int(pair.right) * count + index
                                unsafe sum.add(masked[left], times: masked[right] - table[right])
                                unsafe sum.add(-masked[right], times: table[left])
                            }
                            unsafe shared[to * count + index] = sum.reduced
                        }
                    }
                }
            }
        }
    }

    /// (generate, propagate) of pairs of bits: whether the public pair is below the shared one, and whether they are equal.
    private mutating func computeLeaves(_ low: Plan.LowBits) {
        let bits = low.bits
        for index in 0..<count {
            let number = compared[low.number * count + index]
            func bit(_ place: Int) -> FieldElement {
                masks.table.elements[(plan.maskedCount + low.firstBit + place) * count + index]
            }
            for leaf in 0..<low.leaves {
                let even = bit(2 * leaf)
                let generate: FieldElement
                let propagate: FieldElement
                let publicLow = number >> UInt128(2 * leaf) & 1
                if 2 * leaf + 1 < bits {
                    let odd = bit(2 * leaf + 1)
                    let both = masks.dots.elements[(low.firstPair + leaf) * count + index]
                    switch (number >> UInt128(2 * leaf + 1) & 1, publicLow) {
                    case (0, 0): (generate, propagate) = (odd + even - both, FieldElement.one - odd - even + both)
                    case (0, _): (generate, propagate) = (odd, even - both)
                    case (_, 0): (generate, propagate) = (both, odd - both)
                    default: (generate, propagate) = (.zero, both)
                    }
                } else {
                    (generate, propagate) = publicLow == 0 ? (even, .one - even) : (.zero, even)
                }
                shared.elements[(low.firstLeaf + 2 * leaf) * count + index] = generate
                shared.elements[(low.firstLeaf + 2 * leaf + 1) * count + index] = propagate
            }
        }
    }

    /// −(x − x mod 2^(ℓ−1)) / 2^(ℓ−1).
    private mutating func computeSign(_ comparison: Plan.Comparison, carry: Int, to: Int) {
        let scale = FieldElement(reducing: 1 << UInt128(comparison.bits - 1))
        // A power of two is not zero.
        let inverse = scale.inverse() ?? .zero
        for index in 0..<count {
            let number = FieldElement(reducing: compared[comparison.low.number * count + index])
            let low = masks.openings.elements[(comparison.mask + 1) * count + index]
            let rest = number - low + scale * shared.elements[carry * count + index]
            shared.elements[to * count + index] = (rest - share(comparison.from, index)) * inverse
        }
    }

    /// This custodian's shares of what the stage opens.
    func openingPayload(_ openings: [Plan.Opening]) -> [UInt8] {
        var shares: [FieldElement] = []
        shares.reserveCapacity(openings.count * count)
        for opening in openings {
            switch opening {
            case .mask(let to, let from):
                for index in 0..<count {
                    shares.append(shared.elements[from * count + index] + masks.table.elements[to * count + index])
                }
            case .truncate(_, let from, let division):
                append(from, bits: division.bits, mask: division.mask, to: &shares)
            case .compare(let from, let comparison):
                append(from, bits: comparison.bits, mask: comparison.mask, to: &shares)
            }
        }
        return Elements.encode(shares)
    }

    /// Shares of 2^(bits−1) + value + mask: as a whole number it does not reach p.
    private func append(_ from: Plan.Place, bits: Int, mask: Int, to shares: inout [FieldElement]) {
        let offset = FieldElement(reducing: 1 << UInt128(bits - 1))
        for index in 0..<count { shares.append(share(from, index) + offset + masks.openings.elements[mask * count + index]) }
    }

    /// Takes the opened values of the stage.
    mutating func close(_ values: [FieldElement]) {
        for (number, opening) in plan.stages[stage].openings.enumerated() {
            switch opening {
            case .mask(let to, _):
                for index in 0..<count { masked.elements[to * count + index] = values[number * count + index] }
            case .truncate(let to, _, let division):
                let offset = FieldElement(reducing: 1 << UInt128(division.bits - 1 - division.shift))
                for index in 0..<count {
                    let quotient = values[number * count + index].value >> UInt128(division.shift)
                    masked.elements[to * count + index] = FieldElement(reducing: quotient) - offset
                }
                if let low = division.low { keep(low, of: values, number) }
            case .compare(_, let comparison): keep(comparison.low, of: values, number)
            }
        }
    }

    private mutating func keep(_ low: Plan.LowBits, of values: [FieldElement], _ number: Int) {
        let mask = (UInt128(1) << UInt128(low.bits)) - 1
        for index in 0..<count { compared[low.number * count + index] = values[number * count + index].value & mask }
    }
}
