internal import ChanceryArithmetic
internal import ChanceryCircuit

/// Turns gates into local steps and openings, and sorts them into rounds.
struct PlanBuilder {
    private let circuit: Circuit
    var plan = Plan()
    /// Where each gate's value stands, and after how many rounds.
    private var places: [Plan.Place] = []
    /// The opened form of shared values.
    private var opened: [Plan.Place: Plan.Place] = [:]
    private var maskedLevels: [Int] = []
    private var sharedLevels: [Int] = []
    /// What outputs show of divisions, by gate: the quotient itself. Whatever else uses it takes the one that may be a unit higher.
    private var exact: [Circuit.Wire: Plan.Place] = [:]

    init(_ circuit: Circuit) { self.circuit = circuit }

    mutating func build() throws(ThresholdError) -> Plan {
        plan.secrets = 0..<circuit.secrets.count
        plan.maskedCount = circuit.secrets.count
        plan.addInputs(circuit.inputs)
        plan.addRangeChecks(circuit.inputs)
        maskedLevels = [Int](repeating: 0, count: plan.maskedCount)
        for (index, gate) in circuit.gates.enumerated() {
            places.append(add(gate, to: Circuit.Wire(index: Int32(index))))
            // A comparison of 80 bits adds a few hundred values, so the limit is passed by little.
            guard plan.maskedCount + plan.sharedCount + plan.bitCount <= Plan.maximumElements / 4 else { throw Self.tooLarge }
        }
        plan.outputs = circuit.outputs.map { exact[$0.wire] ?? places[Int($0.wire.index)] }
        guard plan.maximumBatch > 0 else { throw Self.tooLarge }
        moveBitsBehindMasks()
        return plan
    }

    private static let tooLarge = ThresholdError(.invalidProgram, "the program is too large for one session")

    private mutating func add(_ gate: Circuit.Gate, to wire: Circuit.Wire) -> Plan.Place {
        switch gate {
        case .input(let number): return Plan.Place(plan.inputs.lowerBound + number)
        case .secret(let number): return Plan.Place(plan.secrets.lowerBound + number)
        case .constant(let value):
            let to = newMasked(at: 0)
            append(.constant(Int(to), value), at: 0)
            return to
        case .sum(let terms, let constant):
            return sum(terms.map { Plan.Term(place: places[Int($0.wire.index)], coefficient: $0.coefficient) }, constant)
        case .products(let pairs, let truncation):
            let product = products(
                pairs.map { (masked(gate: Int($0.left.index)), masked(gate: Int($0.right.index))) })
            return truncation.map { truncate(product, $0, to: wire) } ?? product
        case .truncate(let from, let truncation): return truncate(places[Int(from.index)], truncation, to: wire)
        case .isNegative(let from, let bits): return compare(places[Int(from.index)], bits: Int(bits))
        }
    }

    // MARK: Values

    func level(_ place: Plan.Place) -> Int { place >= 0 ? maskedLevels[Int(place)] : sharedLevels[Int(~place)] }

    private mutating func newMasked(at level: Int) -> Plan.Place {
        maskedLevels.append(level)
        plan.maskedCount += 1
        return Plan.Place(plan.maskedCount - 1)
    }

    mutating func newShared(at level: Int) -> Plan.Place {
        sharedLevels.append(level)
        plan.sharedCount += 1
        return ~Plan.Place(plan.sharedCount - 1)
    }

    private mutating func reach(_ level: Int) {
        while plan.stages.count <= level { plan.stages.append(Plan.Stage()) }
    }

    mutating func append(_ local: Plan.Local, at level: Int) {
        reach(level)
        plan.stages[level].locals.append(local)
    }

    mutating func append(_ opening: Plan.Opening, at level: Int) {
        reach(level)
        plan.stages[level].openings.append(opening)
    }

    mutating func sum(_ terms: [Plan.Term], _ constant: FieldElement) -> Plan.Place {
        let level = terms.reduce(0) { max($0, self.level($1.place)) }
        let range = plan.terms.count..<plan.terms.count + terms.count
        plan.terms += terms
        if terms.allSatisfy({ $0.place >= 0 }) {
            let to = newMasked(at: level)
            append(.maskedSum(Int(to), range, constant), at: level)
            return to
        }
        let to = newShared(at: level)
        append(.sharedSum(Int(~to), range, constant), at: level)
        return to
    }

    mutating func products(_ operands: [(Plan.Place, Plan.Place)]) -> Plan.Place {
        let level = operands.reduce(0) { max($0, self.level($1.0), self.level($1.1)) }
        let range = plan.pairs.count..<plan.pairs.count + operands.count
        plan.pairs += operands.map { Plan.Pair(left: $0.0, right: $0.1) }
        plan.dots.append(range)
        let to = newShared(at: level)
        append(.products(Int(~to), range, dot: plan.dots.count - 1), at: level)
        return to
    }

    /// The masked form of a shared value: one opening, once.
    mutating func open(_ place: Plan.Place) -> Plan.Place {
        guard place < 0 else { return place }
        if let known = opened[place] { return known }
        let level = level(place)
        let to = newMasked(at: level + 1)
        plan.freshMasks.append(Int(to))
        append(.mask(to: Int(to), from: Int(~place)), at: level)
        opened[place] = to
        return to
    }

    /// The masked form of a gate's value. A sum with one shared term is made anew from that term's masked form, which other
    /// sums can use too; any other sum is opened itself.
    private mutating func masked(gate: Int, depth: Int = 0) -> Plan.Place {
        let place = places[gate]
        guard place < 0, opened[place] == nil, depth < 64, case .sum(let terms, let constant) = circuit.gates[gate] else {
            return open(place)
        }
        let shared = terms.filter { places[Int($0.wire.index)] < 0 }
        guard shared.count == 1, let wire = shared.first?.wire else { return open(place) }
        _ = masked(gate: Int(wire.index), depth: depth + 1)
        let again = sum(
            terms.map { term in
                let place = places[Int(term.wire.index)]
                return Plan.Term(place: place >= 0 ? place : (opened[place] ?? place), coefficient: term.coefficient)
            }, constant)
        guard again >= 0 else { return open(place) }
        opened[place] = again
        return again
    }

    private mutating func truncate(
        _ place: Plan.Place, _ truncation: Circuit.Truncation, to wire: Circuit.Wire
    ) -> Plan.Place {
        let level = level(place)
        let to = newMasked(at: level + 1)
        let low = circuit.isExact(wire) ? lowBits(Int(truncation.shift), openedAt: level) : nil
        let division = Plan.Division(
            shift: Int(truncation.shift), bits: Int(truncation.bits), mask: plan.openingMasks, low: low, slot: plan.slots)
        plan.openingMasks += 1
        plan.slots += 1
        plan.divisions.append((to: Int(to), division))
        append(.truncate(to: Int(to), from: place, division), at: level)
        if let low {
            exact[wire] = sum(
                [Plan.Term(place: to, coefficient: .one), Plan.Term(place: carry(low), coefficient: -FieldElement.one)], .zero)
        }
        return to
    }

    /// Random bits were numbered from 0; in the table of masks they stand behind the masked values.
    private mutating func moveBitsBehindMasks() {
        let first = Int32(plan.maskedCount)
        for low in plan.lows {
            for dot in low.firstPair..<low.firstPair + low.bitPairs {
                let place = plan.dots[dot].lowerBound
                let pair = plan.pairs[place]
                plan.pairs[place] = Plan.Pair(left: first + pair.left, right: first + pair.right)
            }
        }
    }
}
