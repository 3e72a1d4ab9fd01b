internal import ChanceryArithmetic
internal import ChancerySuite

extension Circuit {
    public static let digestLabel = "chancery/circuit/v1"

    /// SHA3-256 of everything the circuit says, names included (docs/spec/compute-package.md): two compilers that agree on
    /// it run the same program.
    public var digest: [UInt8] {
        var writer = CircuitWriter()
        writer.text(Self.digestLabel)
        writer.count(inputs.count)
        for input in inputs { writer.variable(input) }
        writer.count(secrets.count)
        for secret in secrets { writer.variable(secret) }
        writer.count(gates.count)
        for gate in gates { writer.gate(gate) }
        writer.count(outputs.count)
        for output in outputs {
            writer.text(output.name)
            writer.count(Int(output.wire.index))
            writer.type(output.type)
            writer.reading(output.reading)
            writer.range(output.range)
            writer.number(output.step)
        }
        return writer.digest()
    }
}

/// The bytes of a circuit on their way into a hash.
private struct CircuitWriter {
    private var hasher = SHA3Hasher()
    private var pending: [UInt8] = []

    mutating func digest() -> [UInt8] {
        hasher.update(pending)
        pending = []
        return hasher.digest()
    }

    mutating func byte(_ value: UInt8) {
        pending.append(value)
        if pending.count >= 1 << 16 {
            hasher.update(pending)
            pending.removeAll(keepingCapacity: true)
        }
    }

    mutating func count(_ value: Int) {
        // Sizes and indexes are below 2^31 (``Circuit/Limits``).
        for shift in [24, 16, 8, 0] { byte(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func text(_ text: String) {
        count(text.utf8.count)
        for value in text.utf8 { byte(value) }
    }

    mutating func element(_ value: FieldElement) { for value in value.bytes { byte(value) } }

    mutating func type(_ type: Circuit.WireType) {
        switch type {
        case .field: for value: UInt8 in [0, 0, 0] { byte(value) }
        case .integer(let bits): for value in [1, bits, 0] { byte(value) }
        case .fixed(let bits, let fraction): for value in [2, bits, fraction] { byte(value) }
        case .bit: for value: UInt8 in [3, 0, 0] { byte(value) }
        }
    }

    mutating func reading(_ reading: Circuit.Output.Reading) {
        switch reading {
        case .value: byte(0)
        case .logistic: byte(1)
        case .label: byte(2)
        }
    }

    mutating func range(_ range: ClosedRange<Int128>?) {
        byte(range == nil ? 0 : 1)
        guard let range else { return }
        number(range.lowerBound)
        number(range.upperBound)
    }

    mutating func number(_ value: Int128) {
        for shift in stride(from: Int128(120), through: 0, by: -8) { byte(UInt8(truncatingIfNeeded: value >> shift)) }
    }

    mutating func variable(_ variable: Circuit.Variable) {
        text(variable.name)
        type(variable.type)
        range(variable.range)
    }

    mutating func truncation(_ truncation: Circuit.Truncation?) {
        byte(truncation?.shift ?? 0)
        byte(truncation?.bits ?? 0)
    }

    mutating func gate(_ gate: Circuit.Gate) {
        switch gate {
        case .input(let index):
            byte(0)
            count(index)
        case .secret(let index):
            byte(1)
            count(index)
        case .constant(let value):
            byte(2)
            element(value)
        case .sum(let terms, let constant):
            byte(3)
            count(terms.count)
            for term in terms {
                count(Int(term.wire.index))
                element(term.coefficient)
            }
            element(constant)
        case .products(let pairs, let division):
            byte(4)
            count(pairs.count)
            for pair in pairs {
                count(Int(pair.left.index))
                count(Int(pair.right.index))
            }
            truncation(division)
        case .truncate(let wire, let division):
            byte(5)
            count(Int(wire.index))
            truncation(division)
        case .isNegative(let wire, let bits):
            byte(6)
            count(Int(wire.index))
            byte(bits)
        }
    }
}
