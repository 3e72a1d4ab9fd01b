internal import ChanceryArithmetic

/// Compiles our language (docs/spec/compute-language.md) to a circuit.
///
/// Every value has an interval that follows from the declared ranges. A program in which a value could leave the numbers that
/// custodians can work with does not compile.
public struct CircuitCompiler {
    /// Evaluated expressions and elements, loops unrolled.
    public static let maximumSteps = 5_000_000
    public static let maximumBytes = Lexer.maximumBytes
    public static let maximumElements = 100_000

    var builder = CircuitBuilder()
    private let uses: [Int]
    var values: [String: Value] = [:]
    var outputs: [Circuit.Output] = []
    private var steps = 0

    /// The circuit of `source`.
    ///
    /// - Throws: ``CircuitError`` with line and column; `compute.overflow` names the interval.
    public static func compile(_ source: String) throws(CircuitError) -> Circuit {
        let syntax = try SyntaxReader.read(source)
        var compiler = CircuitCompiler(uses: syntax.uses)
        try compiler.run(syntax.statements)
        return try compiler.builder.finish(compiler.outputs)
    }

    private init(uses: [Int]) { self.uses = uses }

    /// Counts work, so that loops end.
    mutating func step(_ count: Int = 1, at place: CircuitError.Place) throws(CircuitError) {
        steps += count
        guard steps <= Self.maximumSteps else {
            throw CircuitError(
                .tooLarge, "the program takes more than \(Self.maximumSteps) steps when it is unrolled", at: place)
        }
    }

    private mutating func run(_ statements: [Syntax.Statement]) throws(CircuitError) {
        for statement in statements {
            try step(at: statement.place)
            switch statement.kind {
            case .variable(let name, let isSecret, let type, let range):
                values[name] = try variable(name, isSecret, type, range)
            case .constant(let name, let type, let expression, let binding):
                var value = try evaluate(expression)
                if let type { value = try converted(value, to: type) }
                // Who uses a value twice makes it once.
                values[name] = uses[binding] > 1 ? try resting(value, at: statement.place) : value
            case .mutable(let name, let expression), .assign(let name, let expression):
                values[name] = try shortened(try evaluate(expression), at: statement.place)
            case .loop(let name, let from, let to, let isClosed, let body):
                try loop(name, from, to, isClosed, body)
            case .output(let name, let expression, let rounding, let reading):
                try output(name, try evaluate(expression), rounding, reading, at: statement.place)
            }
        }
    }

    private mutating func loop(
        _ name: String, _ from: Syntax.Expression, _ to: Syntax.Expression, _ isClosed: Bool, _ body: [Syntax.Statement]
    ) throws(CircuitError) {
        let first = try index(from)
        let last = try index(to) - (isClosed ? 0 : 1)
        guard first <= last + 1 else { throw CircuitError(.badIndex, "the loop ends before it starts", at: from.place) }
        var next = first
        while next <= last {
            try step(at: from.place)
            values[name] = .one(.number(Number(next)))
            try run(body)
            next += 1
        }
    }

    /// A whole number that the compiler knows, of at most nine digits.
    mutating func index(_ expression: Syntax.Expression) throws(CircuitError) -> Int {
        guard case .one(.number(let number)) = try evaluate(expression) else {
            throw CircuitError(
                .notPublic, "a number that does not depend on inputs or secrets is needed here", at: expression.place)
        }
        guard let value = number.integer, value.magnitude < 1_000_000_000 else {
            throw CircuitError(.badIndex, "a whole number of at most nine digits is needed here", at: expression.place)
        }
        return Int(value)
    }

    private mutating func variable(
        _ name: String, _ isSecret: Bool, _ type: Syntax.TypeName, _ range: (Syntax.Expression, Syntax.Expression)?
    ) throws(CircuitError) -> Value {
        let bounds = try bounds(of: type, range)
        let count = try elements(of: type)
        var items: [Item] = []
        for index in 0..<(count ?? 1) {
            try step(at: type.place)
            let variable = Circuit.Variable(name: count == nil ? name : "\(name)[\(index)]", type: type.scalar, range: bounds)
            let wire = isSecret ? try builder.secret(variable) : try builder.input(variable)
            guard builder.inputs.count + builder.secrets.count <= Circuit.Limits.variables else {
                throw CircuitError(.tooLarge, "at most \(Circuit.Limits.variables) inputs and secrets", at: type.place)
            }
            let fraction = Int(type.scalar.fraction)
            items.append(
                .hidden(
                    Scalar(
                        kind: type.scalar.kind, fraction: fraction, scale: fraction, lower: bounds?.lowerBound ?? 0,
                        upper: bounds?.upperBound ?? 0, terms: [.init(wire)])))
        }
        return count == nil ? .one(items[0]) : .many(items)
    }

    func elements(of type: Syntax.TypeName) throws(CircuitError) -> Int? {
        guard let expression = type.count else { return nil }
        var copy = self
        let count = try copy.index(expression)
        guard (1...Self.maximumElements).contains(count) else {
            throw CircuitError(.badType, "an array has 1 to \(Self.maximumElements) elements", at: type.place)
        }
        return count
    }

    private mutating func bounds(
        of type: Syntax.TypeName, _ range: (Syntax.Expression, Syntax.Expression)?
    ) throws(CircuitError) -> ClosedRange<Int128>? {
        guard let range else { return type.scalar.range }
        guard let whole = type.scalar.range else {
            throw CircuitError(.badType, "a field element has no range", at: range.0.place)
        }
        var bounds: [Int128] = []
        for expression in [range.0, range.1] {
            guard case .one(.number(let number)) = try evaluate(expression) else {
                throw CircuitError(.notPublic, "a range has numbers for bounds", at: expression.place)
            }
            guard let bound = number.scaled(by: Int(type.scalar.fraction)), whole.contains(bound) else {
                throw CircuitError(.badType, "the bound lies outside the type", at: expression.place)
            }
            bounds.append(bound)
        }
        guard bounds[0] <= bounds[1] else { throw CircuitError(.badType, "the range is empty", at: range.0.place) }
        return bounds[0]...bounds[1]
    }
}

extension Circuit.WireType {
    var kind: Scalar.Kind {
        switch self {
        case .field: .field
        case .integer: .integer
        case .fixed: .fixed
        case .bit: .bit
        }
    }
}
