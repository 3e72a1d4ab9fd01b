import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct CircuitTests {
    private static let x = Circuit.Input(name: "x", type: .field)
    private static func wire(_ index: Int32) -> Circuit.Wire { .init(index: index) }
    private static func output(_ index: Int32) -> Circuit.Output { .init(name: "y", wire: wire(index), type: .field) }

    @Test(
        arguments: [
            [], [.input(1)], [.input(0), .input(0)], [.secret(0)], [.constant(.one)],
            [.input(0), .sum([.init(wire(1))], .zero)],
            [.input(0), .sum([.init(wire(2))], .zero)], [.input(0), .sum([.init(wire(-1))], .zero)],
            [.input(0), .products([], nil)],
            [.input(0), .products([.init(wire(0), wire(7))], nil)], [.input(0), .truncate(wire(0), .init(shift: 0, bits: 9))],
            [.input(0), .truncate(wire(0), .init(shift: 9, bits: 9))],
            [.input(0), .truncate(wire(0), .init(shift: 9, bits: 81))],
            [.input(0), .isNegative(wire(0), bits: 1)], [.input(0), .isNegative(wire(0), bits: 255)],
        ] as [[Circuit.Gate]])
    func `gates that make no circuit are refused`(gates: [Circuit.Gate]) {
        let error = #expect(throws: CircuitError.self) {
            try Circuit(inputs: [Self.x], secrets: [], gates: gates, outputs: [Self.output(0)])
        }
        #expect(error?.code == "compute.invalid_circuit")
    }

    @Test func `names, ranges and outputs are checked`() {
        let ranges: [ClosedRange<Int128>] = [0...128, Int128.min...0, 0...Int128.max]
        for range in ranges {
            #expect(throws: CircuitError.self) {
                try Circuit(
                    inputs: [.init(name: "x", type: .integer(bits: 8), range: range)], secrets: [], gates: [.input(0)],
                    outputs: [Self.output(0)])
            }
        }
        #expect(throws: CircuitError.self) { try Circuit(inputs: [Self.x], secrets: [], gates: [.input(0)], outputs: []) }
        #expect(throws: CircuitError.self) {
            try Circuit(inputs: [Self.x], secrets: [], gates: [.input(0)], outputs: [Self.output(1)])
        }
        #expect(throws: CircuitError.self) {
            try Circuit(inputs: [Self.x], secrets: [Self.x], gates: [.input(0), .secret(0)], outputs: [Self.output(0)])
        }
        #expect(throws: CircuitError.self) {
            try Circuit(
                inputs: [.init(name: "x", type: .fixed(bits: 8, fraction: 8))], secrets: [], gates: [.input(0)],
                outputs: [Self.output(0)])
        }
    }

    @Test func `an evaluation checks how many values there are, their ranges, and the bounds of gates`() throws {
        let circuit = try Circuit(
            inputs: [.init(name: "x", type: .integer(bits: 8), range: -5...5)], secrets: [],
            gates: [.input(0), .sum([.init(Self.wire(0), FieldElement(4))], .zero), .isNegative(Self.wire(1), bits: 5)],
            outputs: [Self.output(2)])
        #expect(try circuit.evaluate(inputs: [FieldElement(signed: -3)]) == [.one])
        #expect(try circuit.evaluate(inputs: [.zero]) == [.zero])
        for (inputs, code) in [
            ([], "compute.wrong_inputs"), ([.zero, .zero], "compute.wrong_inputs"),
            ([FieldElement(6)], "compute.input_out_of_range"), ([FieldElement(4)], "compute.value_out_of_range"),
        ] as [([FieldElement], String)] {
            let error = #expect(throws: CircuitError.self) { try circuit.evaluate(inputs: inputs) }
            #expect(error?.code == code)
        }
    }

    @Test func `a product that only outputs use is never opened, another is, layer by layer`() throws {
        let circuit = try CircuitCompiler.compile(
            "input a: int<8>; input b: int<8>\nlet p = a * b\nlet q = p * a\noutput y = q * b + 3\noutput z = a * a")
        #expect(circuit.levels.map(\.count) == [1, 1])
        #expect(circuit.cost(parties: 4, threshold: 1).openings == 2)
        #expect(circuit.cost(parties: 4, threshold: 1).bytes == 2 * 12 * 16)
        #expect(circuit.cost(parties: 4, threshold: 1).maskProducts == 4)
        #expect(circuit.outputs.allSatisfy { circuit.isShared($0.wire) })
        #expect(try circuit.numbers([3, -5]) == [3 * -5 * 3 * -5 + 3, 9])
    }

    @Test func `a 64-bit comparison costs what the reference says`() throws {
        let circuit = try Circuit(
            inputs: [Self.x], secrets: [], gates: [.input(0), .isNegative(Self.wire(0), bits: 64)], outputs: [Self.output(1)])
        let cost = circuit.cost(parties: 3, threshold: 1)
        #expect((cost.openings, cost.rounds, cost.bytes) == (125, 7, 12_000))
        #expect(cost.randomBits == 63)
    }

    @Test func `inputs that nothing uses stay, gates that nothing uses go`() throws {
        let circuit = try CircuitCompiler.compile(
            "input a: bit; input b: bit\nsecret c: bit\nlet d = a and b\noutput y = 1 + 1")
        #expect(circuit.gates.count == 4)
        #expect(circuit.inputs.count == 2)
        #expect(try circuit.numbers([1, 1], secrets: [0]) == [2])
    }

    @Test func `the digest is fixed, and everything changes it`() throws {
        let sources = [
            "input a: int<8>; secret w: int<8>\noutput y = a * w", "input b: int<8>; secret w: int<8>\noutput y = b * w",
            "input a: int<9>; secret w: int<8>\noutput y = a * w",
            "input a: int<8> in 0...9; secret w: int<8>\noutput y = a * w",
            "input a: int<8>; secret w: int<8>\noutput y = a * w + 1",
            "input a: int<8>; secret w: int<8>\noutput y = a * w rounded to 2",
            "input a: int<8>; secret w: int<8>\noutput z = a * w",
            "input a: int<8>; secret w: int<8>\noutput y = a * w as logistic",
            "input a: int<8>; secret w: int<8>\noutput y = relu(a)",
        ]
        let digests = try sources.map { Hex.encode(try CircuitCompiler.compile($0).digest) }
        #expect(Set(digests).count == sources.count)
        #expect(digests[0] == "63e4b61d655d32d48b75e08b05f7823936a697c00fe1dcff6d804ddeea965d54")
        // Remarks and blanks are no part of the circuit.
        #expect(Hex.encode(try CircuitCompiler.compile(sources[0] + " # yes\n\n").digest) == digests[0])
    }
}
