import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold

/// Circuits, values and randomness of tests.
enum Sample {
    static let committees = [(3, 2), (4, 2), (5, 2), (5, 3), (7, 3)]

    static func committee(_ size: Int, _ quorum: Int, seed: UInt64 = 1, network: LocalNetwork = LocalNetwork()) throws
        -> LocalCommittee
    {
        var generator = SeededGenerator(seed: seed)
        return try LocalCommittee(
            size: size, quorum: quorum,
            random: { count in (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) } }, network: network)
    }

    static func wire(_ index: Int) -> Circuit.Wire { Circuit.Wire(index: Int32(index)) }

    static func pair(_ left: Int, _ right: Int) -> Circuit.Pair { Circuit.Pair(wire(left), wire(right)) }

    static func term(_ index: Int, _ coefficient: Int64) -> Circuit.Term {
        Circuit.Term(wire(index), FieldElement(signed: coefficient))
    }

    static func output(_ index: Int, _ name: String = "y") -> Circuit.Output {
        Circuit.Output(name: name, wire: wire(index), type: .field)
    }

    static func inputs(_ count: Int, range: ClosedRange<Int128>? = nil) -> [Circuit.Input] {
        (0..<count).map { Circuit.Input(name: "x\($0)", type: .field, range: range) }
    }

    static func secrets(_ count: Int, range: ClosedRange<Int128>? = nil) -> [Circuit.Secret] {
        (0..<count).map { Circuit.Secret(name: "w\($0)", type: .field, range: range) }
    }

    /// A random circuit over the field: sums, products and dot products of any earlier values.
    static func random(_ generator: inout SeededGenerator, gates: Int) throws -> (Circuit, [[FieldElement]], [FieldElement]) {
        var all: [Circuit.Gate] = [.input(0), .input(1), .input(2), .secret(0), .secret(1)]
        for _ in 0..<gates {
            let places = (0..<8).map { _ in Int.random(in: 0..<all.count, using: &generator) }
            switch UInt8.random(in: 0..<5, using: &generator) {
            case 0: all.append(.constant(generator.element()))
            case 1, 2:
                all.append(
                    .sum(places[..<3].map { Circuit.Term(wire($0), generator.element()) }, generator.element()))
            case 3: all.append(.products([pair(places[0], places[1])], nil))
            default: all.append(.products((0..<4).map { pair(places[$0], places[$0 + 4]) }, nil))
            }
        }
        let outputs = (0..<4).map { output(all.count - 1 - 3 * $0, "y\($0)") }
        let circuit = try Circuit(inputs: inputs(3), secrets: secrets(2), gates: all, outputs: outputs)
        let values = (0..<3).map { _ in (0..<3).map { _ in generator.element() } }
        return (circuit, values, [generator.element(), generator.element()])
    }
}

/// SplitMix64 (Steele, Lea, Flood 2014): reproducible test values.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    mutating func element() -> FieldElement { FieldElement(reducing: UInt128(next()) << 64 | UInt128(next())) }
}
