import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct SeedProgramTests {
    @Test(arguments: ["s-deep-100", "s-deep-300", "s-wide-300", "s-wide-1000", "s-wide-3000", "s-wide-5000"])
    func `a circuit of the vectors gives the stated outputs and its IR is written back`(name: String) throws {
        let document = try QuorumVectors.document("circuits/\(name).json")
        let ir = try #require(document["ir"])
        let program = try SeedProgram(json: ir)
        #expect(program.json == ir)
        let circuit = try program.circuit()
        for test in try #require(document["cases"]?.array) {
            let found = try circuit.outputs(try #require(test["inputs"]))
            #expect(found.values.first?.decimal == test["output"]?.string)
        }
    }

    @Test func `a chain as long as a program may be is compiled without recursion`() throws {
        let length = 100_000
        var nodes: [SeedProgram.Node] = [.init(id: "x", operation: .input, operands: [])]
        // In the worst order: each node before its operand.
        nodes += (1...length).map { .init(id: "n\($0)", operation: .add, operands: [$0 == length ? 0 : $0 + 1, 0]) }
        let circuit = try SeedProgram(nodes: nodes, outputs: [1], form: .seed).circuit()
        #expect(try circuit.evaluate(inputs: [FieldElement(3)]) == [FieldElement(UInt64(3 * (length + 1)))])
        #expect(circuit.gates.count == 2)
    }

    private static func ir(_ nodes: String, _ rest: String = #""output_node_id":"y""#) -> String {
        "{\"nodes\":[\(nodes)],\(rest)}"
    }

    private static let x = #"{"id":"x","inputs":[],"type":"input"}"#

    @Test(arguments: [
        ir(#"\#(x),{"id":"y","inputs":["y","x"],"op":"add","type":"add"}"#),
        ir(#"\#(x),{"id":"y","inputs":["z","x"],"type":"mul"},{"id":"z","inputs":["y","x"],"type":"mul"}"#),
        ir(#"\#(x),{"id":"y","inputs":["q","x"],"op":"add","type":"add"}"#),
        ir(#"\#(x),{"id":"y","inputs":["x"],"op":"add","type":"add"}"#),
        ir(#"\#(x),{"id":"y","inputs":["x","x"],"op":"mul","type":"add"}"#),
        ir(#"\#(x),{"id":"y","inputs":["x","x"],"value":3,"type":"add"}"#),
        ir(#"\#(x),{"id":"y","inputs":["x","x"],"op":"div","type":"div"}"#),
        ir(#"\#(x),{"id":"y","inputs":[],"type":"const"}"#),
        ir(#"\#(x),{"id":"y","inputs":[],"type":"const","value":1.5}"#),
        ir(#"\#(x),{"id":"y","inputs":[],"type":"const","value":true}"#),
        ir(#"\#(x),{"id":"x","inputs":[],"type":"const","value":1}"#),
        ir(#"\#(x),{"id":"","inputs":[],"type":"input"}"#),
        ir(x), ir(""), ir(x, #""output_node_id":"x","output_node_ids":["z"]"#),
        ir(x, #""output_node_id":"x","output_node_ids":["x","x"]"#), ir(x, #""output_node_id":"x","output_node_ids":[]"#),
    ])
    func `an IR that makes no sense is refused`(text: String) throws {
        let json = try JSONParser.parse(text)
        let error = #expect(throws: CircuitError.self) { try SeedProgram(json: json) }
        #expect(error?.reason == .invalidIR)
    }

    @Test(arguments: [
        #"{"nodes":[]}"#, "[]", #"{"nodes":{},"output_node_id":"y"}"#, ir(x + "," + x, #""output_node_id":"x","more":1"#),
    ])
    func `what is no IR is refused`(text: String) throws {
        let json = try JSONParser.parse(text)
        #expect(throws: WireError.self) { try SeedProgram(json: json) }
    }

    @Test func `constants that become secrets stay out of the circuit`() throws {
        let source = "input x\nconst w = 271828\nmul t = w x\noutput t"
        let program = try SeedParser.parse(source, profile: .seed, isStrict: true)
        let circuit = try program.circuit(constants: .secret)
        #expect(circuit.secrets.map(\.name) == ["w"])
        for gate in circuit.gates {
            if case .constant(let value) = gate { #expect(value != FieldElement(271_828)) }
        }
        #expect(program.constantValues == [FieldElement(271_828)])
    }
}
