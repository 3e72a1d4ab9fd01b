import ChanceryArithmetic
import ChanceryCircuit
import ChanceryWire
import Testing

@Suite struct ModelTests {
    /// The circuit of a model, and its secrets from their decimal texts.
    private func compiled(_ model: Model, _ rounding: Model.Rounding) throws -> (Circuit, [FieldElement]) {
        let circuit = try CircuitCompiler.compile(model.source(rounding: rounding))
        let texts = Dictionary(uniqueKeysWithValues: model.secrets.map { ($0.name, $0.value) })
        #expect(texts.count == circuit.secrets.count)
        return (circuit, try circuit.secrets.map { try $0.element(try #require(texts[$0.name])) })
    }

    @Test(arguments: ["breast-cancer-logistic", "diabetes-linear", "breast-cancer-mlp-8"])
    func `a model of the vectors gives its scores, probabilities and labels`(name: String) throws {
        let document = try QuorumVectors.document("scoring/\(name).json")
        let (circuit, secrets) = try compiled(try Model(json: document), .none)
        let tolerance = try QuorumVectors.double(document["tolerance_score"])
        let cases = try #require(document["cases"]?.array)
        #expect(cases.count >= 20)
        for test in cases {
            let x = try QuorumVectors.doubles(test["x"])
            let inputs = zip(circuit.inputs, x).map { input, value in
                FieldElement(signed128: Int128((value * Double(1 << Int(input.type.fraction))).rounded()))
            }
            let value = try circuit.evaluate(inputs: inputs, secrets: secrets)[0]
            let score = circuit.outputs[0].number(value)
            let stated = try test["score"]?.array.map { try QuorumVectors.double($0[0]) } ?? QuorumVectors.double(test["score"])
            #expect(abs(score - stated) <= tolerance)
            if let label = test["label"]?.integer, abs(stated) > 0.002 { #expect((score > 0) == (label == 1)) }
        }
    }

    @Test func `the integer model is exact, from its JSON and from its program`() throws {
        let document = try QuorumVectors.document("scoring/integer-linear-100.json")
        let source = try #require(document["source"]?.string)
        let program = try SeedParser.parse(source, profile: .seed, isStrict: true)
        let closed = try program.circuit(constants: .secret)
        // A hundred products of the seed's program are one sum of products, and nothing is opened.
        #expect(closed.cost(parties: 3, threshold: 1).maskProducts == 1)
        #expect(closed.levels.isEmpty)
        for test in try #require(document["cases"]?.array) {
            let x = try #require(test["x"]?.array).map { try QuorumVectors.element($0) }
            let found = try closed.evaluate(inputs: x, secrets: program.constantValues)
            #expect(found[0] == (try QuorumVectors.element(test["score_mod_p"])))
            #expect(found[0].signed == (try QuorumVectors.element(test["score"])).signed)
        }
    }

    @Test func `features have names and ranges, and an answer of eight bits tells no more`() throws {
        let json: JSONValue = [
            "kind": "logistic", "weights": [.double(0.0125), .double(-1.5e-3)], "bias": "-0.75",
            "features": [["name": "income", "min": 0, "max": 850], ["name": "debt", "min": .double(-0.5), "max": 400]],
        ]
        let (circuit, secrets) = try compiled(try Model(json: json), .bits(8))
        #expect(circuit.inputs.map(\.name) == ["income", "debt"])
        #expect(circuit.outputs[0].answers.map { $0 <= 256 } == true)
        #expect(circuit.outputs[0].reading == .logistic)
        #expect(circuit.levels.count == 1)
        #expect(secrets[2] == FieldElement(signed: -12_582_912))
        #expect(throws: CircuitError.self) { try circuit.inputs[0].element("851") }
    }

    @Test(arguments: [
        #"{"kind":"decision_tree"}"#, #"{"kind":"linear"}"#, #"{"kind":"linear","weights":[],"bias":1}"#,
        #"{"kind":"linear","weights":[1],"bias":null}"#, #"{"kind":"linear","weights":[1],"bias":1,"features":2}"#,
        #"{"kind":"linear","weights":["1e5"],"bias":1}"#,
        #"{"kind":"linear","weights":[1],"bias":1,"features":[{"name":"a b","min":0,"max":1}]}"#,
        #"{"kind":"linear","weights":[1],"bias":1,"features":[{"name":"a","min":0}]}"#, "[]",
        #"{"kind":"linear","weights":[1],"bias":1,"features":[{"name":"min","min":0,"max":1}]}"#,
        #"{"kind":"linear","weights":[1],"bias":1,"features":[{"name":"bias_0","min":0,"max":1}]}"#,
        #"{"kind":"linear","weights":[1,1],"bias":1,"features":[{"name":"a","min":0,"max":1},{"name":"a","min":0,"max":1}]}"#,
        #"{"kind":"network","layers":[{"weights":[[1,2]],"bias":[1]}]}"#,
        #"{"kind":"network","layers":[{"weights":[[1]],"bias":[1]},{"weights":[[1],[1]],"bias":[1]}]}"#,
    ])
    func `what is no model is refused`(text: String) throws {
        let json = try JSONParser.parse(text)
        let error = #expect(throws: CircuitError.self) { try Model(json: json) }
        #expect(error?.code == "compute.invalid_model")
    }

    @Test(arguments: [("-0.375", "-0.375"), ("5", "5"), ("0.0000001", "0.000000119")])
    func `a number is read and printed exactly`(text: String, printed: String) throws {
        let variable = Circuit.Variable(name: "x", type: .fixed(bits: 40, fraction: 23))
        let output = Circuit.Output(name: "y", wire: .init(index: 0), type: variable.type)
        #expect(output.decimal(try variable.element(text)).hasPrefix(printed))
    }
}
