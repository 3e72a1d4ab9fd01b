import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Foundation
import Testing

@Suite struct ExampleTests {
    private static func text(_ path: String) throws -> String {
        let root = URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: "../..")
        return try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    @Test(arguments: [
        "credit-scoring", "dynamic-pricing", "lead-scoring", "risk-assessment", "health-metric", "credit-score",
    ])
    func `every example compiles and keeps its weights out of the circuit`(name: String) throws {
        let circuit = try CircuitCompiler.compile(try Self.text("Examples/compute/\(name).chc"))
        #expect(!circuit.secrets.isEmpty)
        #expect(circuit.outputs.allSatisfy { $0.answers.map { $0 <= 1 << 20 } == true })
    }

    @Test func `the credit score is what its formula says`() throws {
        let circuit = try CircuitCompiler.compile(try Self.text("Examples/compute/credit-score.chc"))
        let values = try JSONParser.parse(try Self.text("Examples/compute/credit-score.secrets.json"))
        let secrets = try circuit.secrets.map { try $0.element(try #require(values[$0.name]?.string)) }
        let inputs = [
            "income": "64", "debt": "120.5", "age": "41", "history": "12", "utilisation": "0.35", "inquiries": "2",
            "late[0]": "1", "late[1]": "0", "late[2]": "2", "late[3]": "0",
        ]
        let elements = try circuit.inputs.map { try $0.element(try #require(inputs[$0.name])) }
        let found = try circuit.evaluate(inputs: elements, secrets: secrets)
        // 420 + 57.6 − 14.46 + 45.1 + 78 − 20.3875 − 9.5 − 11.5·(1 + 2/3) = 537.19
        #expect(circuit.outputs[0].decimal(found[0]) == "536")
        #expect(circuit.outputs[1].decimal(found[1]) == "0")
    }

    @Test func `the example of the specification compiles, to the stated cost`() throws {
        let page = try Self.text("docs/spec/compute-language.md")
        let blocks = page.components(separatedBy: "```chc\n").dropFirst().map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count == 1)
        let circuit = try CircuitCompiler.compile(blocks[0])
        #expect(circuit.outputs.map(\.reading) == [.logistic, .label])
        let cost = circuit.cost(parties: 3, threshold: 1)
        #expect(cost.openings == 1 + 2 * (30 - 1) + 1 + 2 * (8 - 2))
        #expect(cost.bytes == cost.openings * 96)
    }
}
