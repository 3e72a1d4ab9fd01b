public import ChanceryArithmetic

extension Circuit {
    /// What the circuit gives for these values, in the clear and exactly: every division rounds down. This is the slow twin
    /// of the protocol.
    ///
    /// - Throws: `compute.wrong_inputs`, `compute.input_out_of_range`, and `compute.value_out_of_range` where a value breaks the
    ///   bound of its gate.
    public func evaluate(inputs: [FieldElement], secrets: [FieldElement] = []) throws(CircuitError) -> [FieldElement] {
        let values = try trace(inputs: inputs, secrets: secrets)
        return outputs.map { values[Int($0.wire.index)] }
    }

    /// The value of every wire.
    package func trace(inputs: [FieldElement], secrets: [FieldElement]) throws(CircuitError) -> [FieldElement] {
        try Self.check(inputs, are: self.inputs, "input")
        try Self.check(secrets, are: self.secrets, "secret")
        var values: [FieldElement] = []
        values.reserveCapacity(gates.count)
        for (index, gate) in gates.enumerated() {
            switch gate {
            case .input(let number): values.append(inputs[number])
            case .secret(let number): values.append(secrets[number])
            case .constant(let value): values.append(value)
            case .sum(let terms, let constant):
                var sum = constant
                for term in terms { sum += term.coefficient * values[Int(term.wire.index)] }
                values.append(sum)
            case .products(let pairs, let truncation):
                var sum = FieldElement.zero
                for pair in pairs { sum += values[Int(pair.left.index)] * values[Int(pair.right.index)] }
                values.append(try Self.truncated(sum, truncation, at: index))
            case .truncate(let wire, let truncation):
                values.append(try Self.truncated(values[Int(wire.index)], truncation, at: index))
            case .isNegative(let wire, let bits):
                let value = values[Int(wire.index)].signed
                try Self.check(value, bits: bits, at: index)
                values.append(value < 0 ? .one : .zero)
            }
        }
        return values
    }

    private static func truncated(
        _ value: FieldElement, _ truncation: Truncation?, at index: Int
    ) throws(CircuitError) -> FieldElement {
        guard let truncation else { return value }
        try check(value.signed, bits: truncation.bits, at: index)
        return FieldElement(signed128: value.signed >> Int128(truncation.shift))
    }

    private static func check(_ value: Int128, bits: UInt8, at index: Int) throws(CircuitError) {
        guard value.magnitude < UInt128(1) << UInt128(bits - 1) else {
            throw CircuitError(.valueOutOfRange, "the value at gate \(index) does not fit \(bits) bits")
        }
    }

    private static func check(
        _ values: [FieldElement], are variables: [Variable], _ what: String
    ) throws(CircuitError) {
        guard values.count == variables.count else {
            throw CircuitError(.wrongInputs, "the circuit has \(variables.count) of the kind \(what), found \(values.count)")
        }
        for (value, variable) in zip(values, variables) {
            guard variable.range.map({ $0.contains(value.signed) }) ?? true else {
                throw CircuitError(.inputOutOfRange, "the \(what) `\(variable.name)` lies outside its range")
            }
        }
    }
}
