import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

/// What `rounded to` promises.
struct RoundingTests {
    private static let source = """
        secret bias: int<16>
        input x: int<16> in -500...500
        output y = x + bias rounded to 16
        """

    @Test(arguments: Sample.committees)
    func `a rounded output is the nearest multiple, whatever was cut off`(size: Int, quorum: Int) throws {
        let circuit = try CircuitCompiler.compile(Self.source)
        for bias: Int64 in [-9, 0, 5, 16] {
            let values = (-40...40).map { Int64($0) }
            let result = try Sample.committee(size, quorum).evaluate(
                circuit, values.map { [FieldElement(signed: $0)] }, secrets: [FieldElement(signed: bias)])
            for (x, outputs) in zip(values, result.outputs) {
                #expect(circuit.outputs[0].number(outputs[0]) == Double(((x + bias + 8) >> 4) * 16), "\(x) + \(bias)")
            }
        }
    }

    @Test func `equal questions get equal answers, however often they are asked`() throws {
        let circuit = try CircuitCompiler.compile(Self.source)
        let rows = [[FieldElement(signed: 100)]] + [[FieldElement]](repeating: [FieldElement(signed: 112)], count: 60)
        let result = try Sample.committee(4, 2).evaluate(circuit, rows, secrets: [FieldElement(signed: 3)])
        #expect(circuit.outputs[0].number(result.outputs[0][0]) == 96)
        #expect(Set(result.outputs.dropFirst().map { circuit.outputs[0].number($0[0]) }) == [112])
    }

    /// What else uses the quotient does not make the output depend on chance.
    @Test func `an output that other gates use is exact too`() throws {
        var generator = SeededGenerator(seed: 16)
        for shift: UInt8 in [1, 2, 3, 7, 24] {
            let circuit = try Circuit(
                inputs: Sample.inputs(1), secrets: [],
                gates: [
                    .input(0), .truncate(Sample.wire(0), Circuit.Truncation(shift: shift, bits: 60)),
                    .products([Sample.pair(1, 0)], nil),
                ], outputs: [Sample.output(1, "quotient"), Sample.output(2, "product")])
            let rows = (0..<30).map { _ in
                [FieldElement(signed: Int64.random(in: -(1 << 50)...(1 << 50), using: &generator))]
            }
            let result = try Sample.committee(3, 2).evaluate(circuit, rows, secrets: [])
            for (row, outputs) in zip(rows, result.outputs) {
                #expect(try outputs[0] == circuit.evaluate(inputs: row)[0], "\(row[0].signed) by 2^\(shift)")
            }
        }
    }

    @Test func `the stated cost is that of the plan at most`() throws {
        for bits in [1, 2, 3, 5, 8, 24] {
            let circuit = try CircuitCompiler.compile(
                "secret w: int<20>\ninput x: int<20>\noutput y = w * x rounded to \(1 << bits)")
            let (plan, cost) = (try Plan(circuit), circuit.cost(parties: 3, threshold: 1))
            #expect(plan.openingCount <= cost.openings && plan.roundCount <= cost.rounds, "\(bits) bits")
            // The proof of the input's range takes a product for each of its bits, and is not in the cost of the circuit.
            #expect(plan.randomBitCount <= cost.randomBits && plan.dotCount <= cost.maskProducts + 20, "\(bits) bits")
        }
    }
}
