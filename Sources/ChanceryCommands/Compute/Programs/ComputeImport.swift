internal import ArgumentParser
internal import ChanceryCircuit
internal import ChanceryWire

struct ComputeImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Make a program and the file of its secrets from a linear or logistic model.",
        discussion: "MODEL is the JSON of docs/spec/compute-language.md. The weights go to the secrets alone.")

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The model.", valueName: "file")) var model: String
    @Option(help: ArgumentHelp("The program to write; it must not exist.", valueName: "file")) var out: String
    @Option(help: ArgumentHelp("The values of its secrets to write; it must not exist.", valueName: "file")) var secrets: String
    @Option(help: "How many bits of an answer are given out, 1 to 32; 0 for all of it.") var bits = 8
    @Option(help: "Binary digits after the point, 8 to 30.") var fraction = 24

    func validate() throws {
        guard (0...32).contains(bits), (8...30).contains(fraction) else {
            throw ValidationError("--bits is 0 to 32, --fraction 8 to 30")
        }
    }

    func run() throws {
        for path in [out, secrets] { try UserFile.requireFree(path) }
        let model = try ComputeModel.read(model)
        let source = model.source(rounding: bits == 0 ? .none : .bits(bits), fraction: fraction)
        // What custodians would refuse is refused here.
        let circuit = try CircuitCompiler.compile(source)
        var values = JSONObject()
        for secret in model.secrets { values[secret.name] = .string(secret.value) }
        try UserFile.write(CanonicalForm.jcs.encode(values), to: secrets, mode: 0o600)
        try UserFile.write(Array(source.utf8), to: out)
        try options.show([
            "inputs": .integer(Int64(circuit.inputs.count)), "program": .string(out), "secrets": .string(secrets),
        ]) {
            "wrote \(out), \(circuit.inputs.count) inputs, and \(secrets), which its owner keeps"
        }
    }
}

/// Files of models.
enum ComputeModel {
    private static let limit = 64 << 20

    static func read(_ path: String) throws -> Model {
        let bytes = try UserFile.read(path, limit: limit)
        let json = try UsageError.reading("the model") { try JSONParser.parse(bytes, limits: .init(bytes: limit, depth: 8)) }
        return try Model(json: json)
    }
}
