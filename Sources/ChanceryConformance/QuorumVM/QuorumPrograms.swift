internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryWire

/// Programs of QuorumVM: sources that compile, sources that do not, packages, circuits.
public enum QuorumPrograms {
    public static let runners: [VectorRunner] = [
        valid, invalid, packages, circuits, QuorumScoring.runner, QuorumOperations.runner,
    ]

    static let valid = VectorRunner(
        "programs of QuorumVM",
        recognises: { $0.name == "dsl_valid.json" && $0.json?.array?.first?["mul_nodes"] != nil },
        run: { file, _, log in
            for test in try file.document.array ?? [] {
                log.run(try test.text("id")) { comparison in
                    let profile = try profile(test.text("profile"))
                    for isStrict in [false, true] {
                        let program = try SeedParser.parse(test.text("source"), profile: profile, isStrict: isStrict)
                        let products = program.nodes.filter { $0.operation == .mul }.count
                        comparison.equal("products", products, try test.number("mul_nodes"))
                        let open = try program.circuit()
                        let closed = try program.circuit(constants: .secret)
                        for entry in try test.list("cases") {
                            let (inputs, outputs) = (try entry.stated("inputs"), try entry.record("outputs"))
                            try compare(open, [], inputs, outputs, &comparison)
                            try compare(closed, program.constantValues, inputs, outputs, &comparison)
                        }
                    }
                }
            }
        })

    private static func compare(
        _ circuit: Circuit, _ secrets: [FieldElement], _ inputs: JSONValue, _ outputs: JSONObject,
        _ comparison: inout Comparison
    ) throws {
        let values = try circuit.evaluate(inputs: circuit.inputs.map { try inputs.circuitElement($0.name) }, secrets: secrets)
        comparison.equal("outputs", circuit.outputs.map(\.name).sorted(), outputs.names.sorted())
        for (output, value) in zip(circuit.outputs, values) {
            comparison.equal(output.name, value.decimal, outputs[output.name]?.string)
        }
    }

    private static func profile(_ name: String) throws -> SeedParser.Profile {
        guard let profile = SeedParser.Profile(rawValue: name) else { throw MissingStatement(path: "profile") }
        return profile
    }

    /// The codes of the stated classes of mistakes.
    private static let codes = [
        "unknown_keyword": "compute.unknown_keyword", "duplicate_identifier": "compute.duplicate_name",
        "undefined_identifier": "compute.undefined_name", "no_output": "compute.no_output",
        "incomplete_statement": "compute.incomplete_statement", "bad_literal": "compute.bad_literal",
        "multiple_outputs": "compute.multiple_outputs", "duplicate_output": "compute.duplicate_output",
        "bad_arity": "compute.bad_arity", "missing_equals": "compute.missing_equals",
        "trailing_tokens": "compute.trailing_tokens", "bad_identifier": "compute.bad_name",
    ]

    static let invalid = VectorRunner(
        "what is no program of QuorumVM",
        recognises: { $0.name == "dsl_invalid.json" && $0.json?.array?.first?["class"] != nil },
        run: { file, _, log in
            for test in try file.document.array ?? [] {
                log.run(try test.text("id")) { comparison in
                    let source = try test.text("source")
                    let expected = codes[try test.text("class")]
                    let readings: [(SeedParser.Profile, Bool)] =
                        switch try test.text("profile") {
                        case "both": [(.seed, false), (.seed, true), (.extended, false), (.extended, true)]
                        case "seed": [(.seed, false), (.seed, true)]
                        case "extended": [(.extended, false), (.extended, true)]
                        case "strict": [(.seed, true), (.extended, true)]
                        default: throw MissingStatement(path: "profile")
                        }
                    for (profile, isStrict) in readings {
                        let error = comparison.throwing("the source") {
                            _ = try SeedParser.parse(source, profile: profile, isStrict: isStrict)
                        }
                        comparison.equal("code", (error as? CircuitError)?.code, expected)
                    }
                }
            }
        })

    static let packages = VectorRunner(
        "packages of QuorumVM",
        recognises: { $0.name == "packages.json" && $0.json?.array?.first?["canonical_bytes_utf8"] != nil },
        run: { file, _, log in
            for test in try file.document.array ?? [] {
                log.run("\(try test.text("id")), \(try test.text("ir_form"))") { comparison in
                    let package = try SeedPackage(json: test.stated("package"))
                    comparison.equal("id", package.programID, try test.text("program_id"))
                    let text = String(decoding: try package.hashedBytes, as: UTF8.self)
                    comparison.equal("hashed text", text, try test.text("canonical_bytes_utf8"))
                    comparison.equal("package", package.json, try test.stated("package"))
                    guard let form = SeedProgram.Form(rawValue: try test.text("ir_form")) else {
                        throw MissingStatement(path: "ir_form")
                    }
                    let program = try SeedParser.parse(test.text("source"), profile: .extended, isStrict: true, form: form)
                    comparison.isTrue("the source gives the package's program, which", program == package.program)
                    var forged = try test.record("package")
                    forged["program_id"] = .string(String(repeating: "0", count: 64))
                    comparison.throwing("a package with another id") { _ = try SeedPackage(json: .object(forged)) }
                }
            }
        })

    static let circuits = VectorRunner(
        "circuits of QuorumVM, in the clear",
        recognises: { $0.json?["shape"] != nil && $0.json?["ir"]?["nodes"] != nil },
        run: { file, _, log in
            let document = try file.document
            let program = try SeedProgram(json: document.stated("ir"))
            let circuit = try program.circuit()
            log.run("IR") { $0.equal("IR", program.json, try document.stated("ir")) }
            for (number, test) in try document.list("cases").enumerated() {
                log.run("case \(number)") { comparison in
                    let inputs = try test.stated("inputs")
                    let values = try circuit.evaluate(inputs: circuit.inputs.map { try inputs.circuitElement($0.name) })
                    comparison.equal("output", values.first?.decimal, try test.text("output"))
                }
            }
        })
}

extension JSONValue {
    /// An integer of any size, as a number or as text, modulo p.
    func circuitElement(_ name: String) throws -> FieldElement {
        let value = try stated(name)
        let text =
            switch value {
            case .string(let text), .bigInteger(let text): text
            case .integer(let number): String(number)
            default: ""
            }
        guard let element = FieldElement(decimal: text) else { throw MissingStatement(path: name) }
        return element
    }

    func decimal(_ name: String) throws -> Double {
        guard let number = try stated(name).asDouble else { throw MissingStatement(path: name) }
        return number
    }

    func decimals(_ name: String) throws -> [Double] {
        try list(name).map { value in
            guard let number = value.asDouble else { throw MissingStatement(path: name) }
            return number
        }
    }

    private var asDouble: Double? {
        switch self {
        case .double(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
    }
}
