internal import ChanceryWire

/// What a package says a program does.
public enum ProgramCode: Sendable, Equatable {
    /// A source text in our language.
    case source(String)
    /// A program of QuorumVM, with public constants or without their values.
    case seed(SeedProgram)

    /// The circuit that the code compiles to.
    public func circuit() throws(CircuitError) -> Circuit {
        switch self {
        case .source(let text): try CircuitCompiler.compile(text)
        case .seed(let program): try program.circuit()
        }
    }

    private static let ownLanguage = "chancery/1"
    private static let seedLanguage = "quorumvm/1"

    /// The member `code` of a package.
    var json: JSONValue {
        switch self {
        case .source(let text): return ["language": .string(Self.ownLanguage), "source": .string(text)]
        case .seed(let program):
            let nodes = program.nodes.map { node -> JSONValue in
                var object: JSONObject = [
                    "id": .string(node.id), "inputs": .array(node.operands.map { .integer(Int64($0)) }),
                    "type": .string(node.operation.name),
                ]
                // As text: RFC 8785 has no integers of this size.
                if case .constant(let value) = node.operation { object["value"] = .string(value.text) }
                return .object(object)
            }
            return [
                "form": .string(program.form.rawValue), "language": .string(Self.seedLanguage), "nodes": .array(nodes),
                "outputs": .array(program.outputs.map { .integer(Int64($0)) }),
            ]
        }
    }

    init(json: JSONValue) throws {
        var reader = try RecordReader(json, "code")
        switch try reader.string("language", limit: 32) {
        case Self.ownLanguage: self = .source(try reader.string("source", limit: CircuitCompiler.maximumBytes))
        case Self.seedLanguage:
            guard let form = SeedProgram.Form(rawValue: try reader.string("form", limit: 16)) else {
                throw WireError(.invalidValue, "the form of an IR is `seed` or `extended`")
            }
            let nodes = try reader.array("nodes", limit: SeedProgram.maximumNodes).map(Self.node)
            let outputs = try Self.indexes(reader.array("outputs", limit: Circuit.Limits.outputs))
            self = .seed(try SeedProgram(nodes: nodes, outputs: outputs, form: form))
        case let other: throw WireError(.invalidValue, "the language `\(other)` is not known")
        }
        try reader.finish()
    }

    private static func indexes(_ json: [JSONValue]) throws(WireError) -> [Int] {
        var indexes: [Int] = []
        for element in json {
            guard let index = element.integer, let small = Int(exactly: index) else {
                throw WireError(.wrongType, "nodes are named by their index")
            }
            indexes.append(small)
        }
        return indexes
    }

    private static func node(_ json: JSONValue) throws -> SeedProgram.Node {
        var reader = try RecordReader(json, "node")
        let type = try reader.string("type", limit: 16)
        let operation: SeedProgram.Operation
        if type == "const" {
            let text = try reader.string("value", limit: SeedInteger.maximumDigits + 1)
            guard let value = SeedInteger(text), value.text == text else {
                throw WireError(.notCanonical, "a constant is an integer in its one form")
            }
            operation = .constant(value)
        } else {
            let known: [SeedProgram.Operation] = [.input, .secret, .add, .sub, .mul, .neg, .mux]
            guard let found = known.first(where: { $0.name == type }) else {
                throw WireError(.invalidValue, "the node type `\(type)` is not known")
            }
            operation = found
        }
        let node = SeedProgram.Node(
            id: try reader.string("id", limit: SeedProgram.maximumNameLength), operation: operation,
            operands: try indexes(reader.array("inputs", limit: 3)))
        try reader.finish()
        return node
    }
}
