internal import ChanceryArithmetic

extension Circuit {
    /// The largest circuit that anybody has to take.
    public enum Limits {
        public static let gates = 1_000_000
        /// Terms of sums and pairs of products, all together.
        public static let operands = 4_000_000
        public static let variables = 100_000
        public static let outputs = 10_000
        /// UTF-8 bytes.
        public static let name = 256
        public static let bits: UInt8 = 80
    }

    static func check(inputs: [Input], secrets: [Secret], gates: [Gate], outputs: [Output]) throws(CircuitError) {
        guard gates.count <= Limits.gates, inputs.count + secrets.count <= Limits.variables, outputs.count <= Limits.outputs
        else {
            throw CircuitError(
                .tooLarge,
                "a circuit has at most \(Limits.gates) gates, \(Limits.variables) inputs and secrets and \(Limits.outputs) outputs"
            )
        }
        guard !outputs.isEmpty else { throw CircuitError(.invalidCircuit, "a circuit needs an output") }
        try check(names: (inputs + secrets).map(\.name), "input or secret")
        try check(names: outputs.map(\.name), "output")
        for variable in inputs + secrets { try check(variable) }
        try check(gates, inputs: inputs.count, secrets: secrets.count)
        for output in outputs {
            guard gates.indices.contains(Int(output.wire.index)) else {
                throw CircuitError(.invalidCircuit, "the output `\(output.name)` names a gate that does not exist")
            }
            try check(Variable(name: output.name, type: output.type, range: output.range))
            guard output.step >= 1, output.step <= Int128(1) << 125 else {
                throw CircuitError(.invalidCircuit, "the output `\(output.name)` has an impossible step")
            }
        }
    }

    private static func check(names: [String], _ what: String) throws(CircuitError) {
        var seen: Set<[UInt8]> = []
        for name in names {
            guard !name.isEmpty, name.utf8.count <= Limits.name else {
                throw CircuitError(.invalidCircuit, "the name of an \(what) has 1 to \(Limits.name) bytes")
            }
            guard seen.insert(Array(name.utf8)).inserted else {
                throw CircuitError(.invalidCircuit, "the \(what) `\(name)` appears twice")
            }
        }
    }

    private static func check(_ variable: Variable) throws(CircuitError) {
        try check(variable.type, of: variable.name)
        guard let range = variable.range else { return }
        let largest = Int128(1) << 125
        guard range.lowerBound >= -largest, range.upperBound <= largest else {
            throw CircuitError(.invalidCircuit, "the range of `\(variable.name)` leaves ±2^125")
        }
        if let whole = variable.type.range, range.lowerBound < whole.lowerBound || range.upperBound > whole.upperBound {
            throw CircuitError(.invalidCircuit, "the range of `\(variable.name)` is wider than its type")
        }
    }

    private static func check(_ type: WireType, of name: String) throws(CircuitError) {
        let isSound =
            switch type {
            case .field, .bit: true
            case .integer(let bits): (2...126).contains(bits)
            case .fixed(let bits, let fraction): (2...126).contains(bits) && fraction >= 1 && fraction < bits
            }
        guard isSound else { throw CircuitError(.invalidCircuit, "the type of `\(name)` has impossible sizes") }
    }

    private static func check(_ gates: [Gate], inputs: Int, secrets: Int) throws(CircuitError) {
        var inputsSeen = [Bool](repeating: false, count: inputs)
        var secretsSeen = [Bool](repeating: false, count: secrets)
        var operands = 0
        for (index, gate) in gates.enumerated() {
            let isSound: Bool
            switch gate {
            case .input(let number):
                isSound = inputsSeen.indices.contains(number) && !inputsSeen[number]
                if isSound { inputsSeen[number] = true }
            case .secret(let number):
                isSound = secretsSeen.indices.contains(number) && !secretsSeen[number]
                if isSound { secretsSeen[number] = true }
            case .constant: isSound = true
            case .sum(let terms, _):
                isSound = true
                operands += terms.count
            case .products(let pairs, let truncation):
                isSound = !pairs.isEmpty && truncation.map(isPossible) ?? true
                operands += pairs.count
            case .truncate(_, let truncation): isSound = isPossible(truncation)
            case .isNegative(_, let bits): isSound = (2...Limits.bits).contains(bits)
            }
            guard isSound, gate.allOperands(satisfy: { (0..<Int32(index)).contains($0.index) }) else {
                throw CircuitError(
                    .invalidCircuit, "gate \(index) has an impossible size, a repeated variable or a later operand")
            }
            guard operands <= Limits.operands else {
                throw CircuitError(.tooLarge, "a circuit has at most \(Limits.operands) terms and pairs")
            }
        }
        guard !inputsSeen.contains(false), !secretsSeen.contains(false) else {
            throw CircuitError(.invalidCircuit, "an input or a secret has no gate")
        }
    }

    private static func isPossible(_ truncation: Truncation) -> Bool {
        (2...Limits.bits).contains(truncation.bits) && truncation.shift >= 1 && truncation.shift < truncation.bits
    }
}

extension Circuit.Gate {
    /// Calls `body` with each operand, in order.
    package func forEachOperand(_ body: (Circuit.Wire) -> Void) {
        switch self {
        case .input, .secret, .constant: break
        case .sum(let terms, _): for term in terms { body(term.wire) }
        case .products(let pairs, _):
            for pair in pairs {
                body(pair.left)
                body(pair.right)
            }
        case .truncate(let wire, _), .isNegative(let wire, _): body(wire)
        }
    }

    func allOperands(satisfy isSound: (Circuit.Wire) -> Bool) -> Bool {
        var result = true
        forEachOperand { result = result && isSound($0) }
        return result
    }
}

extension Circuit.WireType {
    /// All numbers of the type, in units of the wire; nil for the field.
    public var range: ClosedRange<Int128>? {
        switch self {
        case .field: return nil
        case .bit: return 0...1
        case .integer(let bits), .fixed(let bits, _):
            guard (2...126).contains(bits) else { return nil }
            let half = Int128(1) << Int128(bits - 1)
            return -half...(half - 1)
        }
    }

    /// Digits after the binary point.
    public var fraction: UInt8 { if case .fixed(_, let fraction) = self { fraction } else { 0 } }
}
