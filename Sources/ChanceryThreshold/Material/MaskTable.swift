internal import ChanceryArithmetic

/// One custodian's shares of all masks of a range of indices, as rows of one element for each index.
struct MaskTable: Sendable {
    let indices: Range<UInt64>
    /// The index under which the secrets were installed whose masks are in the products.
    var secretsIndex: UInt64?
    /// Masks of the plan's masked values, then its random bits.
    var table: ShareStreams.Target
    /// Masks under which divided and compared values are opened.
    var openings: ShareStreams.Target
    /// Zeros that outputs are added to.
    var zeros: ShareStreams.Target
    /// γ: the products of masks.
    var dots: ShareStreams.Target

    var count: Int { indices.count }

    /// Everything but the bits and what is made of them.
    init(
        _ plan: Plan, indices: Range<UInt64>, streams: ShareStreams, secrets: (streams: ShareStreams, index: UInt64)?
    ) {
        let count = indices.count
        let first = indices.lowerBound
        self.indices = indices
        secretsIndex = secrets?.index
        table = ShareStreams.Target(rows: plan.maskedCount + plan.bitCount, indices: count)
        openings = ShareStreams.Target(rows: plan.openingMasks, indices: count)
        zeros = ShareStreams.Target(rows: plan.outputs.count, indices: count)
        dots = ShareStreams.Target(rows: plan.dots.count, indices: count)
        if let secrets, !plan.secrets.isEmpty {
            var own = ShareStreams.Target(rows: plan.secrets.count, indices: 1)
            secrets.streams.addMasks(.mask, first: secrets.index, count: plan.secrets.count, to: &own)
            for (row, mask) in own.elements.enumerated() {
                for index in 0..<count { table.elements[(plan.secrets.lowerBound + row) * count + index] = mask }
            }
        }
        var run = 0
        while run < plan.freshMasks.count {
            // Rows that stand together are filled together.
            var end = run + 1
            while end < plan.freshMasks.count, plan.freshMasks[end] == plan.freshMasks[end - 1] + 1 { end += 1 }
            streams.addMasks(.mask, first: first, slot: run, count: end - run, to: &table, row: plan.freshMasks[run])
            run = end
        }
        for (to, division) in plan.divisions { addDivision(division, to: to, first, streams) }
        for stage in plan.stages {
            for case .maskedSum(let to, let terms, _) in stage.locals { addSum(plan.terms[terms], to: to) }
        }
        streams.addZeros(.output, first: first, count: plan.outputs.count, to: &zeros)
        for comparison in plan.comparisons { addHigh(comparison, first, streams) }
    }

    private mutating func addDivision(_ division: Plan.Division, to row: Int, _ first: UInt64, _ streams: ShareStreams) {
        guard division.low != nil else {
            streams.addBounded(
                .pair, first: first, slot: division.slot, bits: division.bits + Plan.statisticalBits, shift: division.shift,
                to: &openings, row: division.mask, quotients: &table, quotientRow: row)
            return
        }
        // The low part is made of bits, later; the high part is the mask of the quotient.
        var scaled = ShareStreams.Target(rows: 1, indices: count)
        streams.addBounded(
            .pair, first: first, slot: division.slot, bits: division.bits - division.shift + Plan.statisticalBits, shift: 0,
            to: &scaled, row: 0, quotients: &table, quotientRow: row)
        let scale = FieldElement(reducing: 1 << UInt128(division.shift))
        for index in 0..<count { openings.elements[division.mask * count + index] = scale * scaled.elements[index] }
    }

    private mutating func addHigh(_ comparison: Plan.Comparison, _ first: UInt64, _ streams: ShareStreams) {
        var high = ShareStreams.Target(rows: 1, indices: count)
        var unused = ShareStreams.Target(rows: 1, indices: count)
        streams.addBounded(
            .high, first: first, slot: comparison.slot, bits: Plan.statisticalBits + 1, shift: 0, to: &high, row: 0,
            quotients: &unused, quotientRow: 0)
        let scale = FieldElement(reducing: 1 << UInt128(comparison.bits - 1))
        for index in 0..<count { openings.elements[comparison.mask * count + index] = scale * high.elements[index] }
    }

    private mutating func addSum(_ terms: ArraySlice<Plan.Term>, to row: Int) {
        for index in 0..<count {
            var sum = FieldAccumulator()
            for term in terms { sum.add(term.coefficient, times: table.elements[Int(term.place) * count + index]) }
            table.elements[row * count + index] = sum.reduced
        }
    }

    /// Takes the shares of the random bits and completes the masks that hold some.
    mutating func setBits(_ bits: [FieldElement], _ plan: Plan) {
        let start = plan.maskedCount * count
        for (place, bit) in bits.enumerated() { table.elements[start + place] = bit }
        for (_, division) in plan.divisions {
            guard let low = division.low else { continue }
            addBits(plan, low, row: division.mask)
        }
        for comparison in plan.comparisons {
            addBits(plan, comparison.low, row: comparison.mask)
            addBits(plan, comparison.low, row: comparison.mask + 1)
        }
    }

    /// Adds Σ 2^j·bit.
    private mutating func addBits(_ plan: Plan, _ low: Plan.LowBits, row: Int) {
        for index in 0..<count {
            var sum = FieldElement.zero
            for bit in (0..<low.bits).reversed() {
                sum = sum + sum + table.elements[(plan.maskedCount + low.firstBit + bit) * count + index]
            }
            openings.elements[row * count + index] += sum
        }
    }

    /// The share of each product of masks, as a point of a polynomial of degree 2t.
    func products(_ plan: Plan, into target: inout ShareStreams.Target) {
        let count = count
        unsafe table.elements.withUnsafeBufferPointer { masks in
            unsafe target.elements.withUnsafeMutableBufferPointer { sums in
                for (dot, range) in plan.dots.enumerated() {
                    for index in 0..<count {
                        var sum = FieldAccumulator()
                        for pair in plan.pairs[range] {
                            unsafe sum.add(
                                masks[Int(pair.left) * count + index], times: masks[Int(pair.right) * count + index])
                        }
                        unsafe sums[dot * count + index] += sum.reduced
                    }
                }
            }
        }
    }
}
