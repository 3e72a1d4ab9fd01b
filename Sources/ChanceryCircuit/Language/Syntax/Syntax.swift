/// A program of our language after reading: names are known and unique where they are seen.
package struct Syntax: Sendable {
    package struct Expression: Sendable {
        package indirect enum Kind: Sendable {
            case number(Number)
            case name(String)
            case list([Expression])
            case element(Expression, Expression)
            case negate(Expression)
            case not(Expression)
            case binary(Operator, Expression, Expression)
            case call(Function, [Expression])
        }

        package let kind: Kind
        package let place: CircuitError.Place
        /// Levels of expressions below this one.
        let height: Int

        init(_ kind: Kind, at place: CircuitError.Place) {
            self.kind = kind
            self.place = place
            let below: Int? =
                switch kind {
                case .number, .name: nil
                case .list(let elements), .call(_, let elements): elements.lazy.map(\.height).max()
                case .element(let left, let right), .binary(_, let left, let right): max(left.height, right.height)
                case .negate(let value), .not(let value): value.height
                }
            height = below.map { $0 + 1 } ?? 0
        }
    }

    package enum Operator: String, Sendable, CaseIterable {
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case equal = "=="
        case notEqual = "!="
        case and
        case or
    }

    package enum Function: String, Sendable, CaseIterable {
        case dot, sum, len, relu, sigmoid, abs, min, max, clamp, mux
    }

    package struct TypeName: Sendable {
        package let scalar: Circuit.WireType
        /// Nil for a single value.
        package let count: Expression?
        package let place: CircuitError.Place
    }

    package struct Rounding: Sendable {
        package let amount: Expression
        /// Whether the amount is a number of bits; otherwise it is a step.
        package let isBits: Bool
    }

    package struct Statement: Sendable {
        package indirect enum Kind: Sendable {
            case variable(name: String, isSecret: Bool, TypeName, range: (Expression, Expression)?)
            /// `uses` counts how often the name is used, twice where that is in a loop inside.
            case constant(name: String, TypeName?, Expression, binding: Int)
            case mutable(name: String, Expression)
            case assign(name: String, Expression)
            case loop(name: String, from: Expression, to: Expression, isClosed: Bool, [Statement])
            case output(name: String, Expression, Rounding?, Circuit.Output.Reading)
        }

        package let kind: Kind
        package let place: CircuitError.Place
    }

    /// Reads a source text.
    package static func read(_ source: String) throws(CircuitError) -> Syntax { try SyntaxReader.read(source) }

    package let statements: [Statement]
    /// For each `let`, how often its name is used; a use in a loop that does not hold the `let` counts twice.
    let uses: [Int]
}
