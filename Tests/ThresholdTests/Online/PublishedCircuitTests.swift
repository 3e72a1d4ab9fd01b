import ChanceryArithmetic
import ChanceryCircuit
import ChanceryThreshold
import ChanceryWire
import Foundation
import Testing

struct PublishedCircuitTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Vectors/quorumvm")

    private static func document(_ name: String) throws -> JSONValue {
        try JSONParser.parse(
            [UInt8](Data(contentsOf: folder.appending(path: name))), limits: .init(bytes: 64 << 20, depth: 64))
    }

    private static func values(_ circuit: Circuit, _ inputs: JSONValue) throws -> [FieldElement] {
        try circuit.inputs.map { input in
            let value = try #require(inputs[input.name])
            let text = value.string ?? value.integer.map(String.init)
            return try #require(text.flatMap { FieldElement(decimal: $0) })
        }
    }

    /// Constants are the owner's secrets here, and products of two secrets are products like any other.
    @Test(arguments: [
        ("s-deep-100", 3, 2), ("s-deep-300", 3, 2), ("s-wide-300", 4, 2), ("s-wide-1000", 5, 3), ("s-wide-5000", 3, 2),
    ])
    func `the published circuits give their outputs through the protocol`(name: String, size: Int, quorum: Int) throws {
        let document = try Self.document("circuits/\(name).json")
        let program = try SeedProgram(json: #require(document["ir"]))
        let circuit = try program.circuit(constants: .secret)
        let cases = try #require(document["cases"]?.array)
        let rows = try cases.map { try Self.values(circuit, #require($0["inputs"])) }
        let committee = try Sample.committee(size, quorum)
        let result = try committee.evaluate(circuit, rows, secrets: program.constantValues)
        for (test, outputs) in zip(cases, result.outputs) { #expect(outputs[0].decimal == test["output"]?.string) }
    }

    @Test
    func `the published score of a hundred whole numbers is exact and takes no opening`() throws {
        let document = try Self.document("scoring/integer-linear-100.json")
        let program = try SeedParser.parse(#require(document["source"]?.string), profile: .seed, isStrict: true)
        let circuit = try program.circuit(constants: .secret)
        #expect(try Plan(circuit).openingCount == 0)
        let cases = try #require(document["cases"]?.array)
        let rows = try cases.map { test in
            try #require(test["x"]?.array).map { FieldElement(signed: try #require($0.integer)) }
        }
        let result = try Sample.committee(3, 2).evaluate(circuit, rows, secrets: program.constantValues)
        for (test, outputs) in zip(cases, result.outputs) {
            let stated = try #require(test["score"] ?? test["output"] ?? test["result"])
            #expect(outputs[0].signed == stated.integer.map { Int128($0) } ?? stated.string.flatMap { Int128($0) })
        }
    }

    @Test
    func `a sigmoid is right to a thousandth`() throws {
        let circuit = try CircuitCompiler.compile("input x: fixed<40,24> in -30...30\noutput y = sigmoid(x)")
        let values = stride(from: -12.0, through: 12.0, by: 0.37).map { $0 }
        let rows = values.map { [FieldElement(signed: Int64(($0 * 16_777_216).rounded()))] }
        let result = try Sample.committee(3, 2).evaluate(circuit, rows, secrets: [])
        guard case .fixed(_, let fraction) = circuit.outputs[0].type else { throw CocoaError(.coderInvalidValue) }
        for (value, outputs) in zip(values, result.outputs) {
            let found = Double(outputs[0].signed) / exp2(Double(fraction))
            #expect(abs(found - 1 / (1 + exp(-value))) < 0.001, "sigmoid(\(value)) = \(found)")
        }
    }
}
