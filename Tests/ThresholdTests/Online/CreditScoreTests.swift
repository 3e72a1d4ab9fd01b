import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import ChanceryWire
import Foundation
import Testing

struct CreditScoreTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
        path: "../../../Examples/compute")

    /// Random applicants; what is divided on the way may put one beyond the middle between two multiples of 4.
    @Test(arguments: [(3, 2), (4, 2), (5, 3)])
    func `the example's credit scores are those of the clear, at most a step higher`(size: Int, quorum: Int) throws {
        let source = try String(contentsOf: Self.folder.appending(path: "credit-score.chc"), encoding: .utf8)
        let circuit = try CircuitCompiler.compile(source)
        let values = try JSONParser.parse([UInt8](Data(contentsOf: Self.folder.appending(path: "credit-score.secrets.json"))))
        let secrets = try circuit.secrets.map { secret in
            let value = try #require(values[secret.name])
            return try secret.element(value.string ?? value.integer.map(String.init) ?? "")
        }
        var generator = SeededGenerator(seed: 42)
        let rows = try (0..<25).map { _ in
            try circuit.inputs.map { input in
                let range = try #require(input.range ?? input.type.range)
                return FieldElement(signed128: Int128.random(in: range, using: &generator))
            }
        }
        let result = try Sample.committee(size, quorum).evaluate(circuit, rows, secrets: secrets)
        var seen: Set<Double> = []
        for (row, outputs) in zip(rows, result.outputs) {
            let clear = try circuit.evaluate(inputs: row, secrets: secrets)
            let (score, stated) = (circuit.outputs[0].number(outputs[0]), circuit.outputs[0].number(clear[0]))
            #expect([0, 4].contains(score - stated), "\(score) for \(stated)")
            // Yes or no is of the score before its rounding, which differs by parts of a thousandth.
            if score == stated { #expect(outputs[1] == clear[1]) }
            seen.insert(score)
        }
        #expect(seen.count > 1)
    }
}
