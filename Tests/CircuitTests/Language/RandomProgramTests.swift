import ChanceryArithmetic
import ChanceryCircuit
import Testing

/// Programs from a seed.
private struct ProgramWriter {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func below(_ bound: Int) -> Int {
        // SplitMix64.
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return Int((z ^ (z >> 31)) % UInt64(bound))
    }

    mutating func pick(_ texts: [String]) -> String { texts[below(texts.count)] }

    /// A number of small size; `isFixed` allows quarters.
    mutating func number(isFixed: Bool) -> String {
        let whole = "\(below(9))"
        return isFixed && below(2) == 0 ? whole + pick([".25", ".5", ".75"]) : whole
    }

    mutating func value(_ names: [String], isFixed: Bool, depth: Int) -> String {
        guard depth > 0 else { return below(4) == 0 ? number(isFixed: isFixed) : pick(names) }
        let next = { (writer: inout ProgramWriter) in writer.value(names, isFixed: isFixed, depth: depth - 1) }
        switch below(11) {
        case 0, 1: return "(\(next(&self)) + \(next(&self)))"
        case 2, 3: return "(\(next(&self)) - \(next(&self)))"
        case 4: return "(\(pick(names)) * \(next(&self)))"
        case 5: return "-\(pick(names))"
        case 6: return "relu(\(next(&self)))"
        case 7: return "mux(\(bit(names, isFixed: isFixed)), \(next(&self)), \(next(&self)))"
        case 8: return pick(["min", "max"]) + "(\(next(&self)), \(next(&self)), \(pick(names)))"
        case 9: return "dot([\(pick(names)), \(pick(names))], [\(next(&self)), \(pick(names))])"
        default: return "clamp(\(next(&self)), -\(below(9)), \(below(9)))"
        }
    }

    mutating func bit(_ names: [String], isFixed: Bool) -> String {
        // Fixed values are compared with what rounding does not reach.
        let sign = isFixed ? pick(["<", ">="]) : pick(["<", "<=", ">", ">=", "==", "!="])
        let first = "\(pick(names)) \(sign) \(number(isFixed: false))\(isFixed ? ".0625" : "")"
        return below(3) == 0 ? "not (\(first))" : first
    }
}

@Suite struct RandomProgramTests {
    @Test(arguments: 0..<150)
    func `a random program of whole numbers equals its tree, exactly`(seed: Int) throws {
        var writer = ProgramWriter(seed: UInt64(seed))
        let names = ["a", "b", "c", "w"]
        let source = """
            input a: int<8>; input b: int<8>; input c: int<8>
            secret w: int<8>
            let t = \(writer.value(names, isFixed: false, depth: 2))
            var s = t - a
            for i in 0..<3 { s += i * \(writer.value(names, isFixed: false, depth: 1)) }
            output y = \(writer.value(names + ["t"], isFixed: false, depth: 3))
            output z = s
            output q = \(writer.bit(names + ["t", "s"], isFixed: false))
            """
        let circuit = try CircuitCompiler.compile(source)
        for _ in 0..<20 {
            let numbers = (0..<4).map { _ in Double(writer.below(256) - 128) }
            let values = Dictionary(uniqueKeysWithValues: zip(names, numbers.map { SyntaxTwin.Value.one($0) }))
            let found = try circuit.numbers(Array(numbers[..<3]), secrets: [numbers[3]])
            let stated = try SyntaxTwin.outputs(of: source, values)
            #expect(found == stated, "\(source) at \(numbers)")
            for (value, output) in zip(found, circuit.outputs) { #expect(output.range?.contains(Int128(value)) == true) }
        }
    }

    @Test(arguments: 0..<80)
    func `a random program of fixed-point numbers is near its tree`(seed: Int) throws {
        var writer = ProgramWriter(seed: UInt64(seed) + 7777)
        let names = ["a", "b", "w"]
        let source = """
            input a: fixed<24,20> in -4...4; input b: fixed<24,20> in -4...4
            secret w: fixed<24,20> in -4...4
            let t = \(writer.value(names, isFixed: true, depth: 1))
            output y = \(writer.value(names, isFixed: true, depth: 2)) + \(writer.value(names + ["t"], isFixed: true, depth: 1))
            output z = t rounded to 0.0009765625
            """
        let circuit = try CircuitCompiler.compile(source)
        for _ in 0..<20 {
            // Eighths: no comparison is at its edge.
            let numbers = (0..<3).map { _ in Double(writer.below(65) - 32) / 8 }
            let values = Dictionary(uniqueKeysWithValues: zip(names, numbers.map { SyntaxTwin.Value.one($0) }))
            let found = try circuit.numbers(Array(numbers[..<2]), secrets: [numbers[2]])
            let stated = try SyntaxTwin.outputs(of: source, values)
            #expect(abs(found[0] - stated[0]) < 1e-3, "\(source) at \(numbers)")
            #expect(abs(found[1] - stated[1]) <= 0.0005, "\(source) at \(numbers)")
        }
    }
}
