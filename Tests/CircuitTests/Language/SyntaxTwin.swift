import ChanceryCircuit

/// Walks a program's tree and computes with doubles: the slow and obvious reading of our language.
struct SyntaxTwin {
    enum Value {
        case one(Double)
        case many([Double])

        var items: [Double] {
            switch self {
            case .one(let value): [value]
            case .many(let values): values
            }
        }

        var one: Double { items[0] }
    }

    private var values: [String: Value]
    private(set) var outputs: [Double] = []

    /// Runs the program with values for its inputs and secrets by name.
    static func outputs(of source: String, _ variables: [String: Value]) throws -> [Double] {
        var twin = SyntaxTwin(values: variables)
        try twin.run(Syntax.read(source).statements)
        return twin.outputs
    }

    private init(values: [String: Value]) { self.values = values }

    private mutating func run(_ statements: [Syntax.Statement]) throws {
        for statement in statements {
            switch statement.kind {
            case .variable: break
            case .constant(let name, _, let value, _), .mutable(let name, let value), .assign(let name, let value):
                values[name] = evaluate(value)
            case .loop(let name, let from, let to, let isClosed, let body):
                let last = evaluate(to).one - (isClosed ? 0 : 1)
                for index in stride(from: evaluate(from).one, through: last, by: 1) {
                    values[name] = .one(index)
                    try run(body)
                }
            case .output(_, let value, _, _): outputs += evaluate(value).items
            }
        }
    }

    private func evaluate(_ expression: Syntax.Expression) -> Value {
        switch expression.kind {
        case .number(let number): return .one(number.double)
        case .name(let name): return values[name] ?? .one(.nan)
        case .list(let elements): return .many(elements.map { evaluate($0).one })
        case .element(let list, let index): return .one(evaluate(list).items[Int(evaluate(index).one)])
        case .negate(let value): return each(.one(0), evaluate(value), -)
        case .not(let value): return .one(1 - evaluate(value).one)
        case .binary(let sign, let left, let right): return each(evaluate(left), evaluate(right), Self.operation(sign))
        case .call(let function, let arguments): return call(function, arguments.map(evaluate))
        }
    }

    private func each(_ left: Value, _ right: Value, _ body: (Double, Double) -> Double) -> Value {
        switch (left, right) {
        case (.one(let a), .one(let b)): .one(body(a, b))
        case (.one(let a), .many(let b)): .many(b.map { body(a, $0) })
        case (.many(let a), .one(let b)): .many(a.map { body($0, b) })
        case (.many(let a), .many(let b)): .many(zip(a, b).map(body))
        }
    }

    private static func operation(_ sign: Syntax.Operator) -> (Double, Double) -> Double {
        switch sign {
        case .add: { $0 + $1 }
        case .subtract: { $0 - $1 }
        case .multiply: { $0 * $1 }
        case .divide: { $0 / $1 }
        case .less: { $0 < $1 ? 1 : 0 }
        case .lessOrEqual: { $0 <= $1 ? 1 : 0 }
        case .greater: { $0 > $1 ? 1 : 0 }
        case .greaterOrEqual: { $0 >= $1 ? 1 : 0 }
        case .equal: { $0 == $1 ? 1 : 0 }
        case .notEqual: { $0 != $1 ? 1 : 0 }
        case .and: { $0 * $1 }
        case .or: { max($0, $1) }
        }
    }

    private func call(_ function: Syntax.Function, _ values: [Value]) -> Value {
        let all = values.flatMap(\.items)
        switch function {
        case .dot: return .one(zip(values[0].items, values[1].items).map { $0 * $1 }.reduce(0, +))
        case .sum: return .one(all.reduce(0, +))
        case .len: return .one(Double(all.count))
        case .relu: return values[0].isMany ? .many(all.map { max(0, $0) }) : .one(max(0, all[0]))
        case .abs: return values[0].isMany ? .many(all.map { $0.magnitude }) : .one(all[0].magnitude)
        case .sigmoid: return .one(.nan)
        case .min: return .one(all.min() ?? .nan)
        case .max: return .one(all.max() ?? .nan)
        case .clamp: return .one(min(max(values[0].one, values[1].one), values[2].one))
        case .mux: return .one(values[0].one == 1 ? values[1].one : values[2].one)
        }
    }
}

extension SyntaxTwin.Value {
    var isMany: Bool { if case .many = self { true } else { false } }
}
