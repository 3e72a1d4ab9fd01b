import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

/// Numbers in and out of a compiled program, by its types.
extension Circuit {
    func encoded(_ variables: [Variable], _ values: [Double]) -> [FieldElement] {
        zip(variables, values).map { variable, value in
            FieldElement(signed128: Int128((value * Double(Int128(1) << Int128(variable.type.fraction))).rounded()))
        }
    }

    /// Evaluates with inputs and secrets in their order, as numbers.
    func numbers(_ inputs: [Double], secrets: [Double] = []) throws -> [Double] {
        let values = try evaluate(inputs: encoded(self.inputs, inputs), secrets: encoded(self.secrets, secrets))
        return zip(values, outputs).map { $1.number($0) }
    }
}

@Suite struct LanguageTests {
    @Test func `a score is a sum of products that nothing opens`() throws {
        let circuit = try CircuitCompiler.compile(
            """
            secret w: fixed<32,16>[3] in -4...4
            secret bias: fixed<32,16> in -10...10
            input x: fixed<32,16>[3] in -100...100   # three figures
            let score = dot(w, x) + bias
            output score
            """)
        #expect(circuit.levels.isEmpty)
        #expect(circuit.cost(parties: 3, threshold: 1).openings == 0)
        #expect(circuit.cost(parties: 3, threshold: 1).maskProducts == 1)
        #expect(circuit.outputs[0].type.fraction == 32)
        #expect(try circuit.numbers([1, -2, 4], secrets: [0.5, 0.25, -1, 3]) == [-1])
        #expect(circuit.inputs.map(\.name) == ["x[0]", "x[1]", "x[2]"])
        #expect(circuit.inputs[0].range == -(100 << 16)...(100 << 16))
    }

    @Test func `a rounded score is one layer, and its range is known`() throws {
        let circuit = try CircuitCompiler.compile(
            """
            secret w: fixed<32,16>[2] in -1...1
            input x: fixed<32,16>[2] in -8...8
            output score = dot(w, x) + 0.5 rounded to 0.25 as logistic
            output byte = dot(w, x) rounded to 8 bits
            output tens = dot(w, x) rounded to 4
            """)
        // Of 32 digits after the point, two stay, or none and two more go; steps of an eighth would be one more than 8 bits tell.
        #expect(circuit.cost(parties: 3, threshold: 1).openings == 3 + 2 * (30 - 1) + 2 * (30 - 1) + 2 * (34 - 1))
        #expect(circuit.levels.count == 1)
        #expect(circuit.outputs[0].reading == .logistic)
        #expect(circuit.outputs[0].range == -62...66)
        #expect(circuit.outputs[1].answers.map { $0 <= 256 } == true)
        #expect(circuit.outputs[2].step == 4)
        #expect(circuit.outputs[2].range == -4...4)
        // Nothing follows the divisions.
        #expect(circuit.outputs.allSatisfy { if case .products(_, .some) = circuit[$0.wire] { true } else { false } })
        #expect(circuit.outputs[2].answers == 9)
        let found = try circuit.numbers([3, 5], secrets: [0.3, -0.9])
        #expect(found[0] == -3)
        #expect(abs(found[1] + 3.6) <= 0.125)
        #expect(found[2] == -4)
    }

    @Test func `comparisons, choices and loops`() throws {
        let circuit = try CircuitCompiler.compile(
            """
            input a: int<32>; input b: int<32>; input flag: bit
            output lt = a < b
            output le = a <= b
            output eq = a == b
            output ne = a != b
            output both = a < b and flag
            output either = a < b or not flag
            output least = min(a, b, 7)
            output most = max([a, b, 7])
            output size = abs(a)
            output positive = relu(a)
            output chosen = mux(flag, a, b)
            output kept = clamp(a, -5, 5)
            var total = 0
            for i in 0..<4 { total += i * a }
            for i in 1...2 {
                let doubled = 2 * b
                total -= doubled
            }
            output total
            """)
        for (a, b, flag) in [(3, 4, 1), (4, 3, 0), (-9, -9, 1), (100, -100, 0), (-2_147_483_648, 2_147_483_647, 1)]
            as [(Int, Int, Int)]
        {
            let found = try circuit.numbers([Double(a), Double(b), Double(flag)])
            let truth = { (bit: Bool) in bit ? 1 : 0 }
            let stated = [
                truth(a < b), truth(a <= b), truth(a == b), truth(a != b), truth(a < b && flag == 1), truth(a < b || flag == 0),
                min(a, b, 7), max(a, b, 7), abs(a), max(a, 0), flag == 1 ? a : b, min(5, max(-5, a)), 6 * a - 4 * b,
            ]
            #expect(found == stated.map(Double.init))
        }
        #expect(circuit.outputs[0].reading == .label)
        #expect(circuit.outputs[0].type == .bit)
    }

    @Test func `the sigmoid is right to a thousandth everywhere`() throws {
        let circuit = try CircuitCompiler.compile("input x: fixed<40,24> in -5000...5000\noutput y = sigmoid(x)")
        var worst = 0.0
        for step in -20_000...20_000 {
            let x = step.magnitude == 20_000 ? Double(step) / 4 : Double(step) / 1000
            let y = try circuit.numbers([x])[0]
            worst = max(worst, abs(y - 1 / (1 + exponential(-x))))
        }
        #expect(worst < 4.7e-4)
        #expect(worst > 1e-4)
        // Two comparisons of 38 bits, the clamp, three layers, and a last one that only the client sees.
        #expect(circuit.cost(parties: 3, threshold: 1).rounds == 7 + 1 + 3)
    }

    @Test(arguments: [UInt8(4), 8, 16, 20, 30])
    func `the sigmoid does not depend on the digits of its argument`(fraction: UInt8) throws {
        let circuit = try CircuitCompiler.compile("input x: fixed<48,\(fraction)> in -20...20\noutput y = sigmoid(x)")
        for x in stride(from: -10.0, through: 10, by: 0.25) {
            #expect(abs(try circuit.numbers([x])[0] - 1 / (1 + exponential(-x))) < 5.5e-4)
        }
    }

    @Test func `sums of products wait for one opening, and what is used twice is made once`() throws {
        let once = try CircuitCompiler.compile(
            "input a: int<20>[4]\nlet s = a[0] * a[1] + a[2] * a[3] - 3 * a[1] * a[2]\noutput y = s * a[0]")
        #expect(once.cost(parties: 3, threshold: 1).openings == 1)
        let twice = try CircuitCompiler.compile(
            "input a: fixed<20,8>[2]\nlet p = a[0] * a[1]\noutput y = p * a[0]\noutput z = p * a[1]")
        #expect(twice.cost(parties: 3, threshold: 1).openings == 1)
        #expect(try once.numbers([2, 3, 5, 7]) == [(6 + 35 - 45) * 2])
        #expect(try twice.numbers([1.5, -2]) == [-4.5, 6])
    }

    @Test(arguments: [
        ("input x: int<8>", "compute.no_output"), ("", "compute.no_output"),
        ("output y = x", "compute.undefined_name"), ("input x: int<8>\ninput x: int<8>\noutput x", "compute.duplicate_name"),
        ("input x: int<8>\nlet x = 3\noutput x", "compute.duplicate_name"),
        ("input x: int<8>\noutput x\noutput x", "compute.duplicate_output"),
        ("input x: int<81>\noutput x", "compute.bad_type"), ("input x: fixed<8,8>\noutput x", "compute.bad_type"),
        ("input x: int<8> in 0...300\noutput x", "compute.bad_type"),
        ("input x: int<8> in 3...2\noutput x", "compute.bad_type"), ("input x: field in 0...2\noutput x", "compute.bad_type"),
        ("input x: int<8>[0]\noutput x", "compute.bad_type"), ("input x: int<8>[2]\noutput y = x[2]", "compute.bad_index"),
        ("input x: int<8>[2]\ninput y: int<8>[3]\noutput z = x + y", "compute.type_mismatch"),
        ("input x: int<8>\noutput y = 1 / x", "compute.not_public"),
        ("input x: int<8>\noutput y = x / 0", "compute.bad_literal"),
        ("input x: field\noutput y = x < 3", "compute.type_mismatch"),
        ("input x: field\noutput y = x * 0.5", "compute.type_mismatch"),
        ("input x: int<8>\noutput y = x and x", "compute.type_mismatch"),
        ("input x: int<8>\noutput y = mux(x, 1, 2)", "compute.type_mismatch"),
        ("input x: int<8>\noutput y = relu(x, x)", "compute.bad_arity"), ("input x: int<8>\noutput y = x +", "compute.syntax"),
        ("input x: int<8>\noutput y = (x", "compute.syntax"), ("input x: int<8>\noutput y = x ? 1", "compute.syntax"),
        ("input x: int<8>\nfor i in 0..<x { }\noutput x", "compute.not_public"),
        ("for i in 0..<3 { input x: int<8> }\noutput y = 1", "compute.syntax"),
        ("input x: int<8>\nfor i in 0..<3 { let y = x }\noutput y", "compute.undefined_name"),
        ("input x: int<8>\nx = 3\noutput x", "compute.undefined_name"),
        ("input x: int<8>\noutput x rounded to 3", "compute.bad_type"),
        ("input x: int<8>\noutput y = x < 1 as logistic", "compute.type_mismatch"),
        ("input x: int<8>\nlet y: int<8> = x + 1\noutput y", "compute.overflow"),
        ("input x: int<80>\noutput y = x * x", "compute.overflow"),
        ("input x: int<80>\noutput y = x + x < 3", "compute.overflow"),
        ("input x: fixed<64,24>\noutput y = relu(x * x)", "compute.overflow"),
        ("let x = 12x\noutput x", "compute.bad_literal"), ("input let: bit\noutput let", "compute.syntax"),
        ("input x: bit\nfor i in 0..<999999999 { }\noutput x", "compute.too_large"),
        ("input x: bit[100001]\noutput x", "compute.bad_type"),
    ])
    func `a program that makes no sense is refused with its reason and place`(source: String, code: String) {
        let error = #expect(throws: CircuitError.self, "\(source)") { try CircuitCompiler.compile(source) }
        #expect(error?.code == code, "\(source): \(error?.description ?? "")")
        #expect(error?.place != nil)
    }

    @Test func `an overflow names line, column and interval`() {
        let error = #expect(throws: CircuitError.self) {
            try CircuitCompiler.compile("input x: int<8>\n  let y: int<8> = 2 * x\noutput y")
        }
        #expect(error?.detail == "line 2, column 10: the value may reach -256 … 254 and leave its type")
    }

    @Test func `depth and length end with an error`() {
        let deep = "input x: bit\noutput y = " + String(repeating: "(", count: 100_000) + "x"
        let long = "input x: bit\noutput y = x" + String(repeating: "+x", count: 100_000)
        let minus = "input x: bit\noutput y = " + String(repeating: "-", count: 100_000) + "x"
        let index = "input x: bit[1]\noutput y = x" + String(repeating: "[0]", count: 1000)
        for source in [deep, long, index, String(repeating: "\n", count: 1 << 21)] {
            let error = #expect(throws: CircuitError.self) { try CircuitCompiler.compile(source) }
            #expect(error?.reason == .tooLarge)
        }
        #expect(throws: Never.self) { try CircuitCompiler.compile(minus) }
    }

    private func exponential(_ x: Double) -> Double {
        // e^x by halving and its series, without a library.
        var (term, sum, count) = (1.0, 1.0, 0)
        let reduced = x / 1024
        while count < 20 {
            count += 1
            term *= reduced / Double(count)
            sum += term
        }
        for _ in 0..<10 { sum *= sum }
        return sum
    }
}
