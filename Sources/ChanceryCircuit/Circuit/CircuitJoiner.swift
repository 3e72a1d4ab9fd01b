internal import ChanceryArithmetic

/// Joins sums of sums into one, and products that are only added up into one sum of products: one opening instead of many.
///
/// Every gate is looked at once, so the time is that of the circuit's operands.
struct CircuitJoiner {
    private let source: CircuitBuilder
    private let outputs: [Circuit.Wire]
    /// How often a gate is used by gates that are needed; an output counts twice, so that it stays.
    private var uses: [Int]
    /// Whether the one user is a sum.
    private var isSummand: [Bool]
    private var target = CircuitBuilder()
    private var places: [Circuit.Wire?]

    init(_ source: CircuitBuilder, outputs: [Circuit.Wire]) {
        self.source = source
        self.outputs = outputs
        var uses = [Int](repeating: 0, count: source.gates.count)
        var isSummand = [Bool](repeating: false, count: source.gates.count)
        for wire in outputs { uses[Int(wire.index)] += 2 }
        for index in source.gates.indices.reversed() where uses[index] > 0 {
            let gate = source.gates[index]
            gate.forEachOperand { uses[Int($0.index)] += 1 }
            if case .sum(let terms, _) = gate {
                for term in terms { isSummand[Int(term.wire.index)] = true }
            }
        }
        self.uses = uses
        self.isSummand = isSummand
        places = Array(repeating: nil, count: source.gates.count)
    }

    /// The joined gates, and the outputs among them.
    consuming func run() throws(CircuitError) -> (CircuitBuilder, [Circuit.Wire]) {
        for index in source.gates.indices {
            switch source.gates[index] {
            case .input(let number): places[index] = try target.input(source.inputs[number])
            case .secret(let number): places[index] = try target.secret(source.secrets[number])
            default: break
            }
        }
        for index in source.gates.indices where uses[index] > 0 && places[index] == nil && !isJoined(index) {
            places[index] = try emit(index)
        }
        return (target, outputs.map { places[Int($0.index)]! })
    }

    /// Whether the gate has no place of its own: the sum that uses it takes it in.
    private func isJoined(_ index: Int) -> Bool {
        guard uses[index] == 1, isSummand[index] else { return false }
        switch source.gates[index] {
        case .sum, .products(_, nil): return true
        default: return false
        }
    }

    private mutating func emit(_ index: Int) throws(CircuitError) -> Circuit.Wire {
        // Operands come before their users, and those that are joined are never asked for.
        switch source.gates[index] {
        case .input, .secret: return places[index]!
        case .constant(let value): return try target.constant(value)
        case .sum(let terms, let constant): return try join(terms, constant)
        case .products(let pairs, let truncation): return try target.products(moved(pairs), truncation)
        case .truncate(let wire, let truncation): return try target.truncate(place(wire), truncation)
        case .isNegative(let wire, let bits): return try target.isNegative(place(wire), bits: bits)
        }
    }

    private func place(_ wire: Circuit.Wire) -> Circuit.Wire { places[Int(wire.index)]! }

    private func moved(_ pairs: [Circuit.Pair]) -> [Circuit.Pair] {
        pairs.map { Circuit.Pair(place($0.left), place($0.right)) }
    }

    private mutating func join(_ terms: [Circuit.Term], _ constant: FieldElement) throws(CircuitError) -> Circuit.Wire {
        var pending = Array(terms.reversed())
        var constant = constant
        var own: [Circuit.Term] = []
        var products: [(pairs: [Circuit.Pair], coefficient: FieldElement)] = []
        while let term = pending.popLast() {
            switch source.gates[Int(term.wire.index)] {
            case .sum(let inner, let addend) where isJoined(Int(term.wire.index)):
                constant += term.coefficient * addend
                for term2 in inner.reversed() {
                    pending.append(Circuit.Term(term2.wire, term.coefficient * term2.coefficient))
                }
            case .products(let pairs, nil) where isJoined(Int(term.wire.index)):
                products.append((moved(pairs), term.coefficient))
            default: own.append(Circuit.Term(place(term.wire), term.coefficient))
            }
        }
        if products.count == 1 {
            own.append(Circuit.Term(try target.products(products[0].pairs), products[0].coefficient))
        } else if !products.isEmpty {
            var pairs: [Circuit.Pair] = []
            for (own, coefficient) in products {
                for pair in own {
                    let left = try target.sum([Circuit.Term(pair.left, coefficient)])
                    pairs.append(Circuit.Pair(left, pair.right))
                }
            }
            own.append(Circuit.Term(try target.products(pairs)))
        }
        return try target.sum(own, constant)
    }
}
