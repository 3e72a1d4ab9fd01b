internal import ChanceryArithmetic
internal import ChanceryCircuit
internal import ChanceryWire

/// `scoring/*.json`: models that are imported, compiled and evaluated in the clear.
enum QuorumScoring {
    static let runner = VectorRunner(
        "scores of models, in the clear",
        recognises: { $0.json?["kind"]?.string != nil && $0.json?["features"]?.integer != nil && $0.json?["cases"] != nil },
        run: { file, _, log in
            let document = try file.document
            switch try document.text("kind") {
            case "decision_tree":
                for number in try document.list("cases").indices { log.skip("case \(number)", .laterRoom) }
            case "integer_linear": try runInteger(document, &log)
            default: try runModel(document, &log)
            }
        })

    private static func runModel(_ document: JSONValue, _ log: inout CaseLog) throws {
        let model = try Model(json: document)
        let circuit = try CircuitCompiler.compile(model.source(rounding: .none))
        let texts = Dictionary(model.secrets.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
        let secrets = try circuit.secrets.map { try $0.element(texts[$0.name] ?? "") }
        let found = try rows(document, circuit).map { try circuit.evaluate(inputs: $0, secrets: secrets)[0] }
        try compare(document, circuit, found, &log)
    }

    /// The inputs of each case.
    static func rows(_ document: JSONValue, _ circuit: Circuit) throws -> [[FieldElement]] {
        try document.list("cases").map { test in
            try zip(circuit.inputs, test.decimals("x")).map { input, value in
                FieldElement(signed128: Int128((value * Double(UInt64(1) << UInt64(input.type.fraction))).rounded()))
            }
        }
    }

    /// Holds what was found for each case against its score and label.
    static func compare(_ document: JSONValue, _ circuit: Circuit, _ found: [FieldElement], _ log: inout CaseLog) throws {
        let tolerance = try document.decimal("tolerance_score")
        let cases = try document.list("cases")
        for (number, test) in cases.enumerated() {
            log.run("case \(number)") { comparison in
                guard number < found.count else { return comparison.isTrue("a result, which", false) }
                let score = circuit.outputs[0].number(found[number])
                let stated = test["score"]?.array == nil ? try test.decimal("score") : try test.decimals("score")[0]
                comparison.isTrue("score \(score) for \(stated)", (score - stated).magnitude <= tolerance)
                // A label is stated where the score is clear.
                if let label = test["label"]?.integer, stated.magnitude > tolerance {
                    comparison.equal("label", score > 0 ? 1 : 0, label)
                }
            }
        }
    }

    /// The model is QuorumVM's program too: with secret constants.
    private static func runInteger(_ document: JSONValue, _ log: inout CaseLog) throws {
        let program = try SeedParser.parse(document.text("source"), profile: .seed, isStrict: true)
        let circuit = try program.circuit(constants: .secret)
        let found = try integerRows(document).map {
            try circuit.evaluate(inputs: $0, secrets: program.constantValues)[0]
        }
        try compareIntegers(document, found, &log)
    }

    static func integerRows(_ document: JSONValue) throws -> [[FieldElement]] {
        try document.list("cases").map { test in
            try test.list("x").map { value in
                guard let number = value.integer else { throw MissingStatement(path: "x") }
                return FieldElement(signed: number)
            }
        }
    }

    static func compareIntegers(_ document: JSONValue, _ found: [FieldElement], _ log: inout CaseLog) throws {
        let cases = try document.list("cases")
        for (number, test) in cases.enumerated() {
            log.run("case \(number)") { comparison in
                guard number < found.count else { return comparison.isTrue("a result, which", false) }
                let element = found[number]
                comparison.equal("score", element, try test.circuitElement("score"))
                comparison.equal("score modulo p", element, try test.circuitElement("score_mod_p"))
            }
        }
    }
}
