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
        let tolerance = try document.decimal("tolerance_score")
        for (number, test) in try document.list("cases").enumerated() {
            log.run("case \(number)") { comparison in
                let inputs = try zip(circuit.inputs, test.decimals("x")).map { input, value in
                    FieldElement(signed128: Int128((value * Double(UInt64(1) << UInt64(input.type.fraction))).rounded()))
                }
                let score = circuit.outputs[0].number(try circuit.evaluate(inputs: inputs, secrets: secrets)[0])
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
        for (number, test) in try document.list("cases").enumerated() {
            log.run("case \(number)") { comparison in
                let inputs = try test.list("x").map { value in
                    guard let number = value.integer else { throw MissingStatement(path: "x") }
                    return FieldElement(signed: number)
                }
                let found = try circuit.evaluate(inputs: inputs, secrets: program.constantValues)[0]
                comparison.equal("score", found, try test.circuitElement("score"))
                comparison.equal("score modulo p", found, try test.circuitElement("score_mod_p"))
            }
        }
    }
}
