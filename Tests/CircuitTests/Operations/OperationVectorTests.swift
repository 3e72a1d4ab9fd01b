import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct OperationVectorTests {
    private func group(_ name: String) throws -> [JSONValue] {
        let cases = try #require(QuorumVectors.document("ops.json")[name]?.array)
        #expect(!cases.isEmpty)
        return cases
    }

    @Test func `64-bit comparisons`() throws {
        let circuit = try CircuitCompiler.compile(
            "input a: int<64>; input b: int<64>\noutput lt = a < b\noutput le = a <= b\noutput eq = a == b")
        for test in try group("compare") {
            let found = try circuit.outputs(test)
            for name in ["lt", "le", "eq"] { #expect(found[name] == (try QuorumVectors.element(test[name])), "\(test)") }
        }
    }

    @Test func `fixed-point products and sums of products`() throws {
        let product = try CircuitCompiler.compile(
            "input a: fixed<40,24> in -1024...1024; input b: fixed<40,24> in -1024...1024\nlet p = a * b\nlet q = p + p\noutput q"
        )
        for test in try group("fixed_mul") {
            let (a, b) = (try QuorumVectors.double(test["a"]), try QuorumVectors.double(test["b"]))
            let found = try product.numbers([a, b])[0] / 2
            #expect(abs(found - (try QuorumVectors.double(test["expected"]))) <= (try QuorumVectors.double(test["tolerance"])))
        }
        for test in try group("dot_fixed") {
            let (w, x) = (try QuorumVectors.doubles(test["w"]), try QuorumVectors.doubles(test["x"]))
            let circuit = try CircuitCompiler.compile(
                """
                secret w: fixed<40,24>[\(w.count)] in -8...8
                input x: fixed<40,24>[\(x.count)] in -8...8
                output y = dot(w, x) rounded to 0.00001525878906250
                """)
            let found = try circuit.numbers(x, secrets: w)[0]
            #expect(abs(found - (try QuorumVectors.double(test["expected"]))) <= (try QuorumVectors.double(test["tolerance"])))
        }
    }

    @Test func `truncations round down`() throws {
        for test in try group("trunc") {
            let shift = UInt8(try #require(test["bits"]?.integer))
            let circuit = try Circuit(
                inputs: [.init(name: "x", type: .integer(bits: 66))], secrets: [],
                gates: [.input(0), .truncate(.init(index: 0), .init(shift: shift, bits: 66))],
                outputs: [.init(name: "y", wire: .init(index: 1), type: .integer(bits: 66))])
            #expect(try circuit.evaluate(inputs: [QuorumVectors.element(test["x"])])[0] == QuorumVectors.element(test["floor"]))
        }
    }

    @Test func `relu and sigmoid`() throws {
        let relu = try CircuitCompiler.compile("input x: fixed<48,24> in -1024...1024\noutput y = relu(x)")
        for test in try group("relu") {
            let found = try relu.numbers([try QuorumVectors.double(test["x"])])[0]
            #expect(abs(found - (try QuorumVectors.double(test["expected"]))) <= (try QuorumVectors.double(test["tolerance"])))
        }
        let sigmoid = try CircuitCompiler.compile("input x: fixed<48,24> in -1024...1024\noutput y = sigmoid(x)")
        for test in try group("sigmoid") {
            let found = try sigmoid.numbers([try QuorumVectors.double(test["x"])])[0]
            #expect(abs(found - (try QuorumVectors.double(test["expected"]))) <= (try QuorumVectors.double(test["tolerance"])))
        }
    }

    @Test func `largest and smallest, choice and size`() throws {
        for test in try group("max_argmax") {
            let x = try QuorumVectors.doubles(test["x"])
            let circuit = try CircuitCompiler.compile("input x: int<16>[\(x.count)]\noutput a = max(x)\noutput b = min(x)")
            #expect(try circuit.numbers(x) == [QuorumVectors.double(test["max"]), QuorumVectors.double(test["min"])])
        }
        let mux = try CircuitCompiler.compile("input s: bit; input a: int<64>; input b: int<64>\noutput y = mux(s, a, b)")
        for test in try group("mux") {
            #expect(try mux.outputs(test)["y"] == QuorumVectors.element(test["expected"]))
        }
        let size = try CircuitCompiler.compile("input x: int<64>\noutput abs_x = abs(x)\noutput sign = (x > 0) - (x < 0)")
        for test in try group("abs_sign") {
            let found = try size.outputs(test)
            #expect(found["abs_x"] == (try QuorumVectors.element(test["abs"])))
            #expect(found["sign"] == (try QuorumVectors.element(test["sign"])))
        }
    }
}
