internal import ChanceryArithmetic

/// Collects gates for a circuit: equal gates are made once, and what is known already is computed at once.
struct CircuitBuilder {
    typealias Wire = Circuit.Wire

    private(set) var inputs: [Circuit.Input] = []
    private(set) var secrets: [Circuit.Secret] = []
    private(set) var gates: [Circuit.Gate] = []
    private var known: [Circuit.Gate: Int32] = [:]
    private var operands = 0

    mutating func input(_ variable: Circuit.Input) throws(CircuitError) -> Wire {
        inputs.append(variable)
        return try add(.input(inputs.count - 1))
    }

    mutating func secret(_ variable: Circuit.Secret) throws(CircuitError) -> Wire {
        secrets.append(variable)
        return try add(.secret(secrets.count - 1))
    }

    mutating func constant(_ value: FieldElement) throws(CircuitError) -> Wire { try add(.constant(value)) }

    /// The value of `wire` where it is known while compiling.
    func value(of wire: Wire) -> FieldElement? {
        if case .constant(let value) = gates[Int(wire.index)] { value } else { nil }
    }

    mutating func sum(_ terms: [Circuit.Term], _ constant: FieldElement = .zero) throws(CircuitError) -> Wire {
        var constant = constant
        var merged: [Circuit.Term] = []
        for term in terms.sorted(by: { $0.wire.index < $1.wire.index }) {
            if let value = value(of: term.wire) {
                constant += term.coefficient * value
            } else if let last = merged.last, last.wire == term.wire {
                merged[merged.count - 1] = Circuit.Term(term.wire, last.coefficient + term.coefficient)
            } else {
                merged.append(term)
            }
        }
        merged.removeAll { $0.coefficient == .zero }
        if merged.isEmpty { return try self.constant(constant) }
        if merged.count == 1, merged[0].coefficient == .one, constant == .zero { return merged[0].wire }
        return try add(.sum(merged, constant))
    }

    mutating func products(
        _ pairs: [Circuit.Pair], _ truncation: Circuit.Truncation? = nil
    ) throws(CircuitError) -> Wire {
        if let truncation {
            guard pairs.contains(where: { value(of: $0.left) == nil && value(of: $0.right) == nil }) else {
                return try truncate(try products(pairs), truncation)
            }
            return try add(.products(pairs.map(Self.ordered), truncation))
        }
        // A product with a known factor is a term.
        var secret: [Circuit.Pair] = []
        var terms: [Circuit.Term] = []
        for pair in pairs {
            if let factor = value(of: pair.left) {
                terms.append(Circuit.Term(pair.right, factor))
            } else if let factor = value(of: pair.right) {
                terms.append(Circuit.Term(pair.left, factor))
            } else {
                secret.append(Self.ordered(pair))
            }
        }
        if secret.isEmpty { return try sum(terms) }
        let product = try add(.products(secret, nil))
        return terms.isEmpty ? product : try sum(terms + [Circuit.Term(product)])
    }

    mutating func truncate(_ wire: Wire, _ truncation: Circuit.Truncation) throws(CircuitError) -> Wire {
        guard let value = value(of: wire) else { return try add(.truncate(wire, truncation)) }
        return try constant(FieldElement(signed128: value.signed >> Int128(truncation.shift)))
    }

    mutating func isNegative(_ wire: Wire, bits: UInt8) throws(CircuitError) -> Wire {
        guard let value = value(of: wire) else { return try add(.isNegative(wire, bits: bits)) }
        return try constant(value.signed < 0 ? .one : .zero)
    }

    private static func ordered(_ pair: Circuit.Pair) -> Circuit.Pair {
        pair.left.index <= pair.right.index ? pair : Circuit.Pair(pair.right, pair.left)
    }

    private mutating func add(_ gate: Circuit.Gate) throws(CircuitError) -> Wire {
        if let index = known[gate] { return Wire(index: index) }
        gate.forEachOperand { _ in operands += 1 }
        guard gates.count < Circuit.Limits.gates, operands <= 2 * Circuit.Limits.operands else {
            throw CircuitError(.tooLarge, "the program needs more than \(Circuit.Limits.gates) gates")
        }
        let index = Int32(gates.count)
        known[gate] = index
        gates.append(gate)
        return Wire(index: index)
    }

    /// The circuit: sums joined, sums of products fused, and without gates that no output needs. Inputs and secrets stay.
    func finish(_ outputs: [Circuit.Output]) throws(CircuitError) -> Circuit {
        let (joined, moved) = try CircuitJoiner(self, outputs: outputs.map(\.wire)).run()
        return try joined.compacted(zip(outputs, moved).map { $0.moved(to: $1) })
    }

    /// The circuit without gates that no output needs.
    private func compacted(_ outputs: [Circuit.Output]) throws(CircuitError) -> Circuit {
        var live = [Bool](repeating: false, count: gates.count)
        for output in outputs { live[Int(output.wire.index)] = true }
        for index in gates.indices.reversed() {
            switch gates[index] {
            case .input, .secret: live[index] = true
            default: if live[index] { gates[index].forEachOperand { live[Int($0.index)] = true } }
            }
        }
        var places = [Int32](repeating: 0, count: gates.count)
        var kept: [Circuit.Gate] = []
        for index in gates.indices where live[index] {
            places[index] = Int32(kept.count)
            kept.append(gates[index].mapped { Wire(index: places[Int($0.index)]) })
        }
        return try Circuit(
            inputs: inputs, secrets: secrets, gates: kept,
            outputs: outputs.map { $0.moved(to: Wire(index: places[Int($0.wire.index)])) })
    }
}

extension Circuit.Gate {
    /// The same gate with other operands.
    func mapped(_ move: (Circuit.Wire) -> Circuit.Wire) -> Circuit.Gate {
        switch self {
        case .input, .secret, .constant: self
        case .sum(let terms, let constant): .sum(terms.map { .init(move($0.wire), $0.coefficient) }, constant)
        case .products(let pairs, let truncation):
            .products(pairs.map { .init(move($0.left), move($0.right)) }, truncation)
        case .truncate(let wire, let truncation): .truncate(move(wire), truncation)
        case .isNegative(let wire, let bits): .isNegative(move(wire), bits: bits)
        }
    }
}

extension Circuit.Output {
    func moved(to wire: Circuit.Wire) -> Circuit.Output {
        Circuit.Output(name: name, wire: wire, type: type, reading: reading, range: range, step: step)
    }
}
