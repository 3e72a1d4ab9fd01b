/// A QuorumVM program: its IR, checked. Nodes may come in any order; there is no circle.
public struct SeedProgram: Sendable, Equatable {
    public enum Operation: Sendable, Hashable {
        case input
        case constant(SeedInteger)
        /// A constant whose value was taken out: no operation of QuorumVM's, and found in our packages only.
        case secret
        case add, sub, mul, neg
        /// s·a + (1 − s)·b for any s.
        case mux

        /// The name in the IR.
        public var name: String {
            switch self {
            case .input: "input"
            case .constant: "const"
            case .secret: "secret"
            case .add: "add"
            case .sub: "sub"
            case .mul: "mul"
            case .neg: "neg"
            case .mux: "mux"
            }
        }

        var arity: Int {
            switch self {
            case .input, .constant, .secret: 0
            case .neg: 1
            case .add, .sub, .mul: 2
            case .mux: 3
            }
        }
    }

    public struct Node: Sendable, Hashable {
        public let id: String
        public let operation: Operation
        /// Indexes of nodes.
        public let operands: [Int]

        public init(id: String, operation: Operation, operands: [Int]) {
            self.id = id
            self.operation = operation
            self.operands = operands
        }
    }

    /// The two forms of the IR. The same program has another id in each.
    public enum Form: String, Sendable, CaseIterable {
        /// `output_node_id` alone.
        case seed
        /// `output_node_ids` too.
        case extended
    }

    public static let maximumNodes = 200_000
    public static let maximumNameLength = 256

    public let nodes: [Node]
    /// Indexes of nodes, each once, at least one.
    public let outputs: [Int]
    public let form: Form
    /// Indexes of all nodes, operands first.
    let order: [Int]

    /// - Throws: `compute.invalid_ir` and `compute.too_large`.
    public init(nodes: [Node], outputs: [Int], form: Form) throws(CircuitError) {
        guard nodes.count <= Self.maximumNodes else {
            throw CircuitError(.tooLarge, "a program has at most \(Self.maximumNodes) nodes, found \(nodes.count)")
        }
        var names: Set<[UInt8]> = []
        for node in nodes {
            guard !node.id.isEmpty, node.id.utf8.count <= Self.maximumNameLength else {
                throw CircuitError(.invalidIR, "a node's id has 1 to \(Self.maximumNameLength) bytes")
            }
            guard names.insert(Array(node.id.utf8)).inserted else {
                throw CircuitError(.invalidIR, "the node `\(node.id)` appears twice")
            }
            guard node.operands.count == node.operation.arity else {
                throw CircuitError(
                    .invalidIR, "the node `\(node.id)` takes \(node.operation.arity) inputs, found \(node.operands.count)")
            }
            guard node.operands.allSatisfy(nodes.indices.contains) else {
                throw CircuitError(.invalidIR, "the node `\(node.id)` takes a node that does not exist")
            }
        }
        guard !outputs.isEmpty, outputs.allSatisfy(nodes.indices.contains), Set(outputs).count == outputs.count else {
            throw CircuitError(.invalidIR, "a program has one output or more, each once, and each a node")
        }
        guard form == .extended || outputs.count == 1 else {
            throw CircuitError(.invalidIR, "the seed's form has one output")
        }
        self.nodes = nodes
        self.outputs = outputs
        self.form = form
        order = try Self.ordered(nodes)
    }

    /// The program without the values of its constants, which become secrets.
    public var withoutConstants: SeedProgram {
        get throws(CircuitError) {
            let hidden = nodes.map { node in
                if case .constant = node.operation { return Node(id: node.id, operation: .secret, operands: []) }
                return node
            }
            return try SeedProgram(nodes: hidden, outputs: outputs, form: form)
        }
    }

    /// Whether QuorumVM's form has all its nodes.
    var isOfSeed: Bool { !nodes.contains { $0.operation == .secret } }

    /// Indexes with operands first, without recursion: a program may be as deep as it is long.
    private static func ordered(_ nodes: [Node]) throws(CircuitError) -> [Int] {
        var waiting = nodes.map { $0.operands.count }
        var users = [[Int]](repeating: [], count: nodes.count)
        for (index, node) in nodes.enumerated() {
            for operand in node.operands { users[operand].append(index) }
        }
        var order = nodes.indices.filter { waiting[$0] == 0 }
        var next = 0
        while next < order.count {
            for user in users[order[next]] {
                waiting[user] -= 1
                if waiting[user] == 0 { order.append(user) }
            }
            next += 1
        }
        guard order.count == nodes.count else {
            let index = waiting.firstIndex { $0 > 0 } ?? 0
            throw CircuitError(.invalidIR, "the node `\(nodes[index].id)` depends on itself")
        }
        return order
    }
}
