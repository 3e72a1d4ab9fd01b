internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryWire

/// `ops.json`: the operations of our language, in the clear. Division by a hidden value, exp and sorting are not built.
enum QuorumOperations {
    static let runner = VectorRunner(
        "operations on hidden values, in the clear",
        recognises: { $0.name == "ops.json" && $0.json?["signed_width_bits"] != nil },
        run: { file, _, log in
            let document = try file.document
            let fixed = "fixed<48,24> in -1024...1024"
            try run("compare", of: document, &log) { test, comparison in
                let circuit = try program(
                    "input a: int<64>; input b: int<64>\noutput lt = a < b\noutput le = a <= b\noutput eq = a == b")
                try compare(circuit, test, ["lt", "le", "eq"], &comparison)
            }
            try run("mux", of: document, &log) { test, comparison in
                let circuit = try program("input s: bit; input a: int<64>; input b: int<64>\noutput expected = mux(s, a, b)")
                try compare(circuit, test, ["expected"], &comparison)
            }
            try run("abs_sign", of: document, &log) { test, comparison in
                let circuit = try program("input x: int<64>\nlet s = abs(x)\noutput size = s\noutput sign = (x > 0) - (x < 0)")
                let found = try circuit.evaluate(inputs: [test.circuitElement("x")])
                comparison.equal("abs", found[0], try test.circuitElement("abs"))
                comparison.equal("sign", found[1], try test.circuitElement("sign"))
            }
            try run("max_argmax", of: document, &log) { test, comparison in
                let x = try test.decimals("x")
                let circuit = try program("input x: int<32>[\(x.count)]\noutput a = max(x)\noutput b = min(x)")
                let found = try numbers(circuit, x)
                comparison.equal("max and min", found, [try test.decimal("max"), try test.decimal("min")])
            }
            try run("trunc", of: document, &log) { test, comparison in
                let shift: UInt8 = try test.number("bits")
                let circuit = try Circuit(
                    inputs: [.init(name: "x", type: .integer(bits: 66))], secrets: [],
                    gates: [.input(0), .truncate(.init(index: 0), .init(shift: shift, bits: 66))],
                    outputs: [.init(name: "y", wire: .init(index: 1), type: .integer(bits: 66))])
                comparison.equal(
                    "floor", try circuit.evaluate(inputs: [test.circuitElement("x")])[0], try test.circuitElement("floor"))
            }
            try run("fixed_mul", of: document, &log) { test, comparison in
                // Settled to 24 digits: the product is added to itself and halved.
                let circuit = try program("input a: \(fixed); input b: \(fixed)\nlet p = a * b\noutput y = (p + p) / 2")
                try near(circuit, [test.decimal("a"), test.decimal("b")], test, &comparison)
            }
            try run("dot_fixed", of: document, &log) { test, comparison in
                let (w, x) = (try test.decimals("w"), try test.decimals("x"))
                let type = "fixed<40,24>[\(w.count)] in -64...64"
                try near(
                    program("input w: \(type)\ninput x: \(type)\noutput y = dot(w, x) rounded to 0.0000152587890625"), w + x,
                    test, &comparison)
            }
            for name in ["relu", "sigmoid"] {
                let circuit = try program("input x: \(fixed)\noutput y = \(name)(x)")
                try run(name, of: document, &log) { try near(circuit, [$0.decimal("x")], $0, &$1) }
            }
            for name in ["fixed_div", "exp"] {
                for number in try document.list(name).indices { log.skip("\(name) \(number)", .laterRoom) }
            }
        })

    private static func run(
        _ name: String, of document: JSONValue, _ log: inout CaseLog, _ body: (JSONValue, inout Comparison) throws -> Void
    ) throws {
        for (number, test) in try document.list(name).enumerated() { log.run("\(name) \(number)") { try body(test, &$0) } }
    }

    private static func program(_ source: String) throws -> Circuit { try CircuitCompiler.compile(source) }

    /// Outputs by name, exactly.
    private static func compare(
        _ circuit: Circuit, _ test: JSONValue, _ names: [String], _ comparison: inout Comparison
    ) throws {
        let found = try circuit.evaluate(inputs: circuit.inputs.map { try test.circuitElement($0.name) })
        for (name, value) in zip(names, found) { comparison.equal(name, value, try test.circuitElement(name)) }
    }

    private static func numbers(_ circuit: Circuit, _ inputs: [Double]) throws -> [Double] {
        let elements = zip(circuit.inputs, inputs).map { input, value in
            FieldElement(signed128: Int128((value * Double(UInt64(1) << UInt64(input.type.fraction))).rounded()))
        }
        return zip(circuit.outputs, try circuit.evaluate(inputs: elements)).map { $0.number($1) }
    }

    private static func near(
        _ circuit: Circuit, _ inputs: [Double], _ test: JSONValue, _ comparison: inout Comparison
    ) throws {
        let found = try numbers(circuit, inputs)[0]
        let stated = try test.decimal("expected")
        comparison.isTrue("\(found) for \(stated)", (found - stated).magnitude <= (try test.decimal("tolerance")))
    }
}
