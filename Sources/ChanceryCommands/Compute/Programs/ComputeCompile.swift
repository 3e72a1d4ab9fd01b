internal import ArgumentParser
internal import ChanceryCircuit
internal import ChanceryWire

struct ComputeCompile: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compile", abstract: "Compile a program and show what it takes and what an evaluation costs.",
        discussion: """
            FILE is in the language of docs/spec/compute-language.md; with --quorumvm in that of QuorumVM. Nothing is written: \
            custodians compile the source that a package holds themselves.
            """)

    @OptionGroup var options: GlobalOptions
    @Argument(help: ArgumentHelp("The program; - for standard input.", valueName: "file")) var file: String
    @OptionGroup var size: CommitteeSize
    @Flag(help: "The program is in QuorumVM's language, with its extensions.") var quorumvm = false
    @Flag(help: "With --quorumvm: refuse what QuorumVM takes and does not look at.") var strict = false

    func run() throws {
        guard quorumvm || !strict else { throw UsageError("--strict goes with --quorumvm") }
        let bytes = try UserFile.read(file, limit: 1 << 20)
        guard let source = String(validating: bytes, as: UTF8.self) else { throw UsageError("`\(file)` is not UTF-8") }
        let circuit =
            quorumvm
            ? try SeedParser.parse(source, profile: .extended, isStrict: strict).circuit()
            : try CircuitCompiler.compile(source)
        let cost = circuit.cost(parties: size.custodians, threshold: size.threshold)
        try options.show(ComputeView.json(circuit, cost)) { ComputeView.text(circuit, cost) }
    }
}

/// How many custodians there are and how many of them it takes.
struct CommitteeSize: ParsableArguments {
    @Option(name: .customLong("n"), help: "Custodians, 3 to 9.") var custodians = 4
    @Option(name: .customLong("k"), help: "How many of them it takes; 2k − 1 at most n.") var quorum = 2

    /// How many may lie or look without effect.
    var threshold: Int { quorum - 1 }

    func validate() throws {
        guard (3...9).contains(custodians), quorum >= 2, custodians >= 2 * quorum - 1 else {
            throw ValidationError("--n is 3 to 9, --k at least 2, and n at least 2k - 1")
        }
    }
}

/// How circuits are shown.
enum ComputeView {
    static func json(_ circuit: Circuit, _ cost: CircuitCost) -> JSONValue {
        [
            "cost": [
                "bytes": .integer(Int64(cost.bytes)), "client_bytes": .integer(Int64(cost.clientBytes)),
                "division_pairs": .integer(Int64(cost.truncationPairs)), "mask_products": .integer(Int64(cost.maskProducts)),
                "material_bytes": .integer(Int64(cost.materialBytes)), "openings": .integer(Int64(cost.openings)),
                "random_bits": .integer(Int64(cost.randomBits)), "rounds": .integer(Int64(cost.rounds)),
            ],
            "digest": .string(Hex.encode(circuit.digest)), "gates": .integer(Int64(circuit.gates.count)),
            "inputs": .array(circuit.inputs.map(json)), "levels": .integer(Int64(circuit.levels.count)),
            "outputs": .array(
                circuit.outputs.map { ["name": .string($0.name), "type": .string($0.type.text)] }),
            "secrets": .array(circuit.secrets.map(json)),
        ]
    }

    private static func json(_ variable: Circuit.Variable) -> JSONValue {
        [
            "name": .string(variable.name), "type": .string(variable.type.text),
            "range": variable.range.map { .array([.string(String($0.lowerBound)), .string(String($0.upperBound))]) } ?? .null,
        ]
    }

    static func text(_ circuit: Circuit, _ cost: CircuitCost) -> String {
        """
        digest   \(Hex.encode(circuit.digest))
        takes    \(circuit.inputs.count) inputs and \(circuit.secrets.count) secrets, gives \(circuit.outputs.count) outputs
        circuit  \(circuit.gates.count) gates in \(circuit.levels.count) levels
        cost     \(cost)
        """
    }
}
