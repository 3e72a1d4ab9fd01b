import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import Testing

struct HonestRunTests {
    @Test(arguments: Sample.committees)
    func `random circuits give what they give in the clear`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size * 10 + quorum))
        let committee = try Sample.committee(size, quorum)
        for round in 0..<6 {
            let (circuit, inputs, secrets) = try Sample.random(&generator, gates: 12 + 6 * round)
            let result = try committee.evaluate(circuit, inputs, secrets: secrets)
            for (row, outputs) in zip(inputs, result.outputs) {
                #expect(try outputs == circuit.evaluate(inputs: row, secrets: secrets))
            }
            #expect(result.assurance == (size >= 3 * quorum - 2 ? .corrected : .checked))
            #expect(result.liars == [])
        }
    }

    /// C(n, t): how far a bounded division may round up.
    private static func subsets(_ size: Int, _ quorum: Int) -> Int128 {
        (1..<quorum).reduce(1) { $0 * Int128(size - $1 + 1) / Int128($1) }
    }

    @Test(arguments: Sample.committees)
    func `divisions round down or a few units up, and exactly where outputs show them`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size + quorum))
        let committee = try Sample.committee(size, quorum)
        let bits = Circuit.Truncation(shift: 24, bits: 80)
        // x·w / 2^24 is used again, so it is rounded in the cheap way.
        let circuit = try Circuit(
            inputs: Sample.inputs(2), secrets: Sample.secrets(1),
            gates: [
                .input(0), .input(1), .secret(0), .products([Sample.pair(0, 2), Sample.pair(1, 2)], bits),
                .truncate(Sample.wire(0), Circuit.Truncation(shift: 3, bits: 60)), .sum([Sample.term(3, 1)], .zero),
                .truncate(Sample.wire(3), Circuit.Truncation(shift: 10, bits: 60)),
            ],
            outputs: [Sample.output(5, "a"), Sample.output(4, "b"), Sample.output(6, "c")])
        let values = (0..<40).map { _ in
            (0..<2).map { _ in FieldElement(signed: Int64.random(in: -(1 << 39)...(1 << 39), using: &generator)) }
        }
        let weight = FieldElement(signed: Int64.random(in: -(1 << 38)...(1 << 38), using: &generator))
        let result = try committee.evaluate(circuit, values, secrets: [weight])
        let subsets = Self.subsets(size, quorum)
        for (row, outputs) in zip(values, result.outputs) {
            let clear = try circuit.evaluate(inputs: row, secrets: [weight])
            let errors = zip(outputs, clear).map { ($0 - $1).signed }
            #expect((0...subsets).contains(errors[0]), "error \(errors[0])")
            #expect(errors[1] == 0, "error \(errors[1])")
            #expect((0...1 + subsets >> 10 + 1).contains(errors[2]), "error \(errors[2])")
        }
    }

    @Test(arguments: Sample.committees)
    func `comparisons are exact at every width`(size: Int, quorum: Int) throws {
        var generator = SeededGenerator(seed: UInt64(size * quorum))
        let committee = try Sample.committee(size, quorum)
        for bits: UInt8 in [2, 3, 4, 5, 8, 17, 64, 80] {
            let circuit = try Circuit(
                inputs: Sample.inputs(1), secrets: [],
                gates: [.input(0), .isNegative(Sample.wire(0), bits: bits), .products([Sample.pair(0, 1)], nil)],
                outputs: [Sample.output(1, "negative"), Sample.output(2, "product")])
            let largest = Int128(1) << Int128(bits - 1) - 1
            let values =
                [0, 1, -1, largest, -largest, largest / 2, -largest / 2]
                + (0..<12).map { _ in Int128(Int64.random(in: .min ... .max, using: &generator)) % (largest + 1) }
            let rows = values.map { [FieldElement(signed128: $0)] }
            let result = try committee.evaluate(circuit, rows, secrets: [])
            for (row, outputs) in zip(rows, result.outputs) {
                #expect(try outputs == circuit.evaluate(inputs: row), "\(row[0].signed) of \(bits) bits")
            }
        }
    }

    @Test
    func `rounds and openings are as few as the circuit allows`() throws {
        func plan(_ gates: [Circuit.Gate], _ output: Int) throws -> Plan {
            try Plan(
                Circuit(inputs: Sample.inputs(2), secrets: Sample.secrets(1), gates: gates, outputs: [Sample.output(output)]))
        }
        let leaves: [Circuit.Gate] = [.input(0), .input(1), .secret(0)]
        let score = try plan(
            leaves + [.products([Sample.pair(0, 2), Sample.pair(1, 2)], nil), .sum([Sample.term(3, 5)], .one)], 4)
        #expect((score.openingCount, score.roundCount) == (0, 0))
        let cube = try plan(leaves + [.products([Sample.pair(0, 0)], nil), .products([Sample.pair(3, 0)], nil)], 4)
        #expect((cube.openingCount, cube.roundCount) == (1, 1))
        let negative = try plan(leaves + [.isNegative(Sample.wire(0), bits: 64)], 3)
        #expect((negative.openingCount, negative.roundCount) == (89, 6))
        // Sums of one product share its opening.
        let sums = try plan(
            leaves + [
                .products([Sample.pair(0, 1)], nil), .sum([Sample.term(3, 2)], .one),
                .sum([Sample.term(3, 3), Sample.term(0, 1)], .one),
                .products([Sample.pair(4, 5)], nil),
            ], 6)
        #expect((sums.openingCount, sums.roundCount) == (1, 1))
    }
}
