/// Reads statements, and knows which names are seen where.
struct SyntaxReader {
    static let maximumDepth = 64
    static let maximumHeight = 256
    static let words: Set<String> = Set(
        [
            "secret", "input", "let", "var", "for", "in", "output", "rounded", "to", "bits", "as", "logistic", "and", "or",
            "not",
            "field", "int", "fixed", "bit", "true", "false",
        ] + Syntax.Function.allCases.map(\.rawValue))

    private struct Known {
        let isMutable: Bool
        /// The number of a `let`.
        let binding: Int?
        let loops: Int
    }

    private let tokens: [Token]
    private var position = 0
    private var scopes: [[String: Known]] = [[:]]
    private var uses: [Int] = []
    private var outputs: Set<String> = []
    var depth = 0

    static func read(_ source: String) throws(CircuitError) -> Syntax {
        var reader = SyntaxReader(tokens: try Lexer.tokens(source))
        let statements = try reader.statements(isBlock: false)
        guard !reader.outputs.isEmpty else {
            throw CircuitError(.noOutput, "the program has no output", at: reader.current.place)
        }
        return Syntax(statements: statements, uses: reader.uses)
    }

    private init(tokens: [Token]) { self.tokens = tokens }

    // MARK: words

    var current: Token { tokens[position] }

    mutating func advance() { if position + 1 < tokens.count { position += 1 } }

    /// Takes the sign or word if it stands here.
    mutating func take(_ text: String) -> Bool {
        guard current.kind == .sign(text) || current.kind == .name(text) else { return false }
        advance()
        return true
    }

    mutating func expect(_ text: String) throws(CircuitError) {
        guard take(text) else { throw unexpected("`\(text)`") }
    }

    func unexpected(_ expected: String) -> CircuitError {
        CircuitError(.syntax, "\(expected) was expected, found \(current.text)", at: current.place)
    }

    mutating func name() throws(CircuitError) -> String {
        guard case .name(let name) = current.kind, !Self.words.contains(name) else { throw unexpected("a name") }
        advance()
        return name
    }

    private mutating func endOfStatement() throws(CircuitError) {
        guard current.kind == .newline else {
            guard current.kind == .sign("}") else { throw unexpected("the end of the statement") }
            return
        }
        advance()
    }

    // MARK: names

    private mutating func declare(
        _ name: String, at place: CircuitError.Place, isMutable: Bool = false, binding: Int? = nil
    ) throws(CircuitError) {
        guard !scopes.contains(where: { $0[name] != nil }) else {
            throw CircuitError(.duplicateName, "the name `\(name)` is taken", at: place)
        }
        scopes[scopes.count - 1][name] = Known(isMutable: isMutable, binding: binding, loops: scopes.count)
    }

    mutating func use(_ name: String, at place: CircuitError.Place) throws(CircuitError) {
        guard let known = scopes.lazy.compactMap({ $0[name] }).first else {
            throw CircuitError(.undefinedName, "there is no `\(name)` here", at: place)
        }
        if let binding = known.binding { uses[binding] += known.loops == scopes.count ? 1 : 2 }
    }

    // MARK: statements

    private mutating func statements(isBlock: Bool) throws(CircuitError) -> [Syntax.Statement] {
        var statements: [Syntax.Statement] = []
        while true {
            if current.kind == .newline {
                advance()
            } else if current.kind == .end {
                guard !isBlock else { throw unexpected("`}`") }
                return statements
            } else if isBlock && take("}") {
                return statements
            } else {
                statements.append(try statement())
                try endOfStatement()
            }
        }
    }

    private mutating func statement() throws(CircuitError) -> Syntax.Statement {
        let place = current.place
        let kind: Syntax.Statement.Kind
        if take("secret") {
            kind = try variable(isSecret: true)
        } else if take("input") {
            kind = try variable(isSecret: false)
        } else if take("let") {
            let (namePlace, name) = (current.place, try name())
            let type = take(":") ? try typeName() : nil
            try expect("=")
            let value = try expression()
            uses.append(0)
            try declare(name, at: namePlace, binding: uses.count - 1)
            kind = .constant(name: name, type, value, binding: uses.count - 1)
        } else if take("var") {
            let (namePlace, name) = (current.place, try name())
            try expect("=")
            let value = try expression()
            try declare(name, at: namePlace, isMutable: true)
            kind = .mutable(name: name, value)
        } else if take("for") {
            kind = try loop()
        } else if take("output") {
            kind = try output(at: place)
        } else {
            kind = try assignment()
        }
        return Syntax.Statement(kind: kind, place: place)
    }

    private mutating func variable(isSecret: Bool) throws(CircuitError) -> Syntax.Statement.Kind {
        let place = current.place
        guard scopes.count == 1 else { throw CircuitError(.syntax, "an input or secret stands outside of loops", at: place) }
        let name = try name()
        try expect(":")
        let type = try typeName()
        var range: (Syntax.Expression, Syntax.Expression)?
        if take("in") {
            let lower = try expression()
            try expect("...")
            range = (lower, try expression())
        }
        try declare(name, at: place)
        return .variable(name: name, isSecret: isSecret, type, range: range)
    }

    private mutating func typeName() throws(CircuitError) -> Syntax.TypeName {
        let place = current.place
        let scalar: Circuit.WireType
        if take("field") {
            scalar = .field
        } else if take("bit") {
            scalar = .bit
        } else if take("int") {
            try expect("<")
            scalar = .integer(bits: try size(2...80))
            try expect(">")
        } else if take("fixed") {
            try expect("<")
            let bits = try size(2...80)
            try expect(",")
            scalar = .fixed(bits: bits, fraction: try size(1...min(40, bits - 1)))
            try expect(">")
        } else {
            throw unexpected("a type (field, bit, int<bits> or fixed<bits, fraction>)")
        }
        var count: Syntax.Expression?
        if take("[") {
            count = try expression()
            try expect("]")
        }
        return Syntax.TypeName(scalar: scalar, count: count, place: place)
    }

    private mutating func size(_ range: ClosedRange<UInt8>) throws(CircuitError) -> UInt8 {
        guard case .number(let number) = current.kind, let value = number.integer, let size = UInt8(exactly: value),
            range.contains(size)
        else { throw CircuitError(.badType, "a size here is \(range.lowerBound) to \(range.upperBound)", at: current.place) }
        advance()
        return size
    }

    private mutating func loop() throws(CircuitError) -> Syntax.Statement.Kind {
        let place = current.place
        guard scopes.count < Self.maximumDepth else { throw CircuitError(.tooLarge, "loops nest too deep", at: place) }
        let name = try name()
        try expect("in")
        let from = try expression()
        let isClosed = take("...")
        if !isClosed { try expect("..<") }
        let to = try expression()
        try expect("{")
        scopes.append([:])
        try declare(name, at: place)
        let body = try statements(isBlock: true)
        scopes.removeLast()
        return .loop(name: name, from: from, to: to, isClosed: isClosed, body)
    }

    private mutating func output(at place: CircuitError.Place) throws(CircuitError) -> Syntax.Statement.Kind {
        guard scopes.count == 1 else { throw CircuitError(.syntax, "an output stands outside of loops", at: place) }
        let namePlace = current.place
        let name = try name()
        guard outputs.insert(name).inserted else {
            throw CircuitError(.duplicateOutput, "there is an output `\(name)` already", at: namePlace)
        }
        let value: Syntax.Expression
        if take("=") {
            value = try expression()
        } else {
            try use(name, at: namePlace)
            value = try node(.name(name), at: namePlace)
        }
        var rounding: Syntax.Rounding?
        if take("rounded") {
            try expect("to")
            let amount = try expression()
            rounding = Syntax.Rounding(amount: amount, isBits: take("bits"))
        }
        var reading = Circuit.Output.Reading.value
        if take("as") {
            try expect("logistic")
            reading = .logistic
        }
        return .output(name: name, value, rounding, reading)
    }

    private mutating func assignment() throws(CircuitError) -> Syntax.Statement.Kind {
        let place = current.place
        guard case .name(let name) = current.kind, !Self.words.contains(name) else { throw unexpected("a statement") }
        advance()
        guard let known = scopes.lazy.compactMap({ $0[name] }).first, known.isMutable else {
            throw CircuitError(.undefinedName, "there is no `var` with the name `\(name)` here", at: place)
        }
        let own = try node(.name(name), at: place)
        if take("=") { return .assign(name: name, try expression()) }
        let sign: Syntax.Operator
        if take("+=") {
            sign = .add
        } else if take("-=") {
            sign = .subtract
        } else {
            throw unexpected("`=`, `+=` or `-=`")
        }
        return .assign(name: name, try node(.binary(sign, own, try expression()), at: place))
    }
}
