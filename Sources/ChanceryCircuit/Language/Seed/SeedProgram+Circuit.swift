public import ChanceryArithmetic

extension SeedProgram {
    /// What becomes of constants.
    public enum Constants: Sendable {
        /// They stay in the program, for everybody to read.
        case published
        /// They become secrets with the constants' names: `compute install --secret-consts` (rule T8).
        case secret
    }

    /// The values of constants, in the order of the secrets of ``circuit(constants:)`` with `.secret`.
    public var constantValues: [FieldElement] {
        nodes.compactMap { node in
            if case .constant(let value) = node.operation { value.element } else { nil }
        }
    }

    /// The program as a circuit over F_p, exact. Inputs and secrets keep the order of their nodes.
    public func circuit(constants: Constants = .published) throws(CircuitError) -> Circuit {
        var builder = CircuitBuilder()
        var wires = [Circuit.Wire?](repeating: nil, count: nodes.count)
        // Variables first, in their own order.
        for (index, node) in nodes.enumerated() {
            switch (node.operation, constants) {
            case (.input, _): wires[index] = try builder.input(.init(name: node.id, type: .field))
            case (.constant, .secret), (.secret, _): wires[index] = try builder.secret(.init(name: node.id, type: .field))
            case (.constant(let value), .published): wires[index] = try builder.constant(value.element)
            default: break
            }
        }
        let minus = -FieldElement.one
        for index in order where wires[index] == nil {
            let operands = nodes[index].operands.map { wires[$0]! }
            switch nodes[index].operation {
            case .input, .constant, .secret: break
            case .add: wires[index] = try builder.sum([.init(operands[0]), .init(operands[1])])
            case .sub: wires[index] = try builder.sum([.init(operands[0]), .init(operands[1], minus)])
            case .mul: wires[index] = try builder.products([.init(operands[0], operands[1])])
            case .neg: wires[index] = try builder.sum([.init(operands[0], minus)])
            case .mux:
                let difference = try builder.sum([.init(operands[1]), .init(operands[2], minus)])
                let chosen = try builder.products([.init(operands[0], difference)])
                wires[index] = try builder.sum([.init(operands[2]), .init(chosen)])
            }
        }
        return try builder.finish(
            outputs.map { .init(name: nodes[$0].id, wire: wires[$0]!, type: .field) })
    }
}
