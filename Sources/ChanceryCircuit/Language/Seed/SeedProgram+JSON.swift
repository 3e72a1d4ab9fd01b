public import ChanceryWire

extension SeedProgram {
    /// The IR as QuorumVM writes it.
    public var json: JSONValue {
        let nodes = nodes.map { node -> JSONValue in
            var object: JSONObject = [
                "id": .string(node.id), "inputs": .array(node.operands.map { .string(self.nodes[$0].id) }),
                "type": .string(node.operation.name),
            ]
            switch node.operation {
            case .input, .secret: break
            case .constant(let value): object["value"] = Int64(value.text).map { .integer($0) } ?? .bigInteger(value.text)
            default: object["op"] = .string(node.operation.name)
            }
            return .object(object)
        }
        let names = outputs.map { JSONValue.string(self.nodes[$0].id) }
        var object: JSONObject = ["nodes": .array(nodes), "output_node_id": names[0]]
        if form == .extended { object["output_node_ids"] = .array(names) }
        return .object(object)
    }

    /// Reads an IR. A member that is null counts as absent.
    ///
    /// - Throws: ``WireError`` for what is no IR at all, ``CircuitError`` for one that makes no sense.
    public init(json: JSONValue) throws {
        var reader = try RecordReader(json, "IR")
        let entries = try reader.array("nodes", limit: Self.maximumNodes)
        let first = try reader.string("output_node_id", limit: Self.maximumNameLength)
        let all = reader.optional("output_node_ids").flatMap { $0.isNull ? nil : $0 }
        try reader.finish()
        let drafts = try entries.map(Draft.init)
        var indexes: [[UInt8]: Int] = [:]
        for (index, draft) in drafts.enumerated() { indexes[Array(draft.id.utf8)] = index }
        let resolve = { (id: String) throws(CircuitError) -> Int in
            guard let index = indexes[Array(id.utf8)] else { throw CircuitError(.invalidIR, "there is no node `\(id)`") }
            return index
        }
        var names = [first]
        if let all {
            names = try (all.array ?? []).map { element in
                guard let name = element.string else { throw CircuitError(.invalidIR, "an output's id is a string") }
                return name
            }
            guard let head = names.first, head.utf8.elementsEqual(first.utf8) else {
                throw CircuitError(.invalidIR, "`output_node_id` is not the first of `output_node_ids`")
            }
        }
        try self.init(
            nodes: try drafts.map { draft in
                Node(id: draft.id, operation: draft.operation, operands: try draft.inputs.map(resolve))
            },
            outputs: try names.map(resolve), form: all == nil ? .seed : .extended)
    }

    /// A node whose inputs are names yet.
    private struct Draft {
        let id: String
        let operation: Operation
        let inputs: [String]

        init(_ json: JSONValue) throws {
            var reader = try RecordReader(json, "node")
            id = try reader.string("id", limit: SeedProgram.maximumNameLength)
            let type = try reader.string("type", limit: 16)
            inputs = try reader.array("inputs", limit: 3).map { element in
                guard let name = element.string else { throw CircuitError(.invalidIR, "an input of a node is a string") }
                return name
            }
            let op = reader.optional("op").flatMap { $0.isNull ? nil : $0 }
            let value = reader.optional("value").flatMap { $0.isNull ? nil : $0 }
            try reader.finish()
            operation = try Self.operation(type, id, value)
            // A constant alone has a value, and an operation alone may say its name twice.
            let mayName = operation.arity > 0
            guard op == nil || (mayName && op?.string == type), (value == nil) == (type != "const") else {
                throw CircuitError(.invalidIR, "the node `\(id)` has a member that its type does not have")
            }
        }

        private static func operation(_ type: String, _ id: String, _ value: JSONValue?) throws(CircuitError) -> Operation {
            switch type {
            case "input": return .input
            case "add": return .add
            case "sub": return .sub
            case "mul": return .mul
            case "neg": return .neg
            case "mux": return .mux
            case "const":
                switch value {
                case .integer(let number): return .constant(SeedInteger(number))
                case .bigInteger(let digits):
                    guard let number = SeedInteger(digits) else { break }
                    return .constant(number)
                default: break
                }
                throw CircuitError(.invalidIR, "the constant `\(id)` has no integer of at most 4300 digits")
            default: throw CircuitError(.invalidIR, "the node `\(id)` has the unknown type `\(type)`")
            }
        }
    }
}
