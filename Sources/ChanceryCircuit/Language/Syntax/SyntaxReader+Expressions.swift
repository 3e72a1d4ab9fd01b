extension SyntaxReader {
    /// An expression: `or`, `and`, `not`, comparison, sum, product, sign, in this order of weakness.
    mutating func expression() throws(CircuitError) -> Syntax.Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.maximumDepth else {
            throw CircuitError(.tooLarge, "expressions nest at most \(Self.maximumDepth) deep", at: current.place)
        }
        var left = try conjunction()
        while current.kind == .name("or") {
            let place = current.place
            advance()
            left = try node(.binary(.or, left, try conjunction()), at: place)
        }
        return left
    }

    /// A tree that is not too high for whoever walks it.
    func node(_ kind: Syntax.Expression.Kind, at place: CircuitError.Place) throws(CircuitError) -> Syntax.Expression {
        let node = Syntax.Expression(kind, at: place)
        guard node.height <= Self.maximumHeight else {
            throw CircuitError(.tooLarge, "more than \(Self.maximumHeight) operators in a row: use `sum` or a loop", at: place)
        }
        return node
    }

    private mutating func conjunction() throws(CircuitError) -> Syntax.Expression {
        var left = try negation()
        while current.kind == .name("and") {
            let place = current.place
            advance()
            left = try node(.binary(.and, left, try negation()), at: place)
        }
        return left
    }

    private mutating func negation() throws(CircuitError) -> Syntax.Expression {
        let place = current.place
        guard take("not") else { return try comparison() }
        return try node(.not(try comparison()), at: place)
    }

    private mutating func comparison() throws(CircuitError) -> Syntax.Expression {
        let left = try sum()
        guard let sign = sign(of: [.lessOrEqual, .greaterOrEqual, .equal, .notEqual, .less, .greater]) else { return left }
        let place = current.place
        advance()
        return try node(.binary(sign, left, try sum()), at: place)
    }

    private mutating func sum() throws(CircuitError) -> Syntax.Expression {
        var left = try product()
        while let sign = sign(of: [.add, .subtract]) {
            let place = current.place
            advance()
            left = try node(.binary(sign, left, try product()), at: place)
        }
        return left
    }

    private mutating func product() throws(CircuitError) -> Syntax.Expression {
        var left = try signed()
        while let sign = sign(of: [.multiply, .divide]) {
            let place = current.place
            advance()
            left = try node(.binary(sign, left, try signed()), at: place)
        }
        return left
    }

    private func sign(of signs: [Syntax.Operator]) -> Syntax.Operator? {
        guard case .sign(let text) = current.kind else { return nil }
        return signs.first { $0.rawValue == text }
    }

    private mutating func signed() throws(CircuitError) -> Syntax.Expression {
        let place = current.place
        var isNegative = false
        while take("-") { isNegative.toggle() }
        var value = try primary()
        while current.kind == .sign("[") {
            let bracket = current.place
            advance()
            let index = try expression()
            try expect("]")
            value = try node(.element(value, index), at: bracket)
        }
        return isNegative ? try node(.negate(value), at: place) : value
    }

    private mutating func primary() throws(CircuitError) -> Syntax.Expression {
        let place = current.place
        switch current.kind {
        case .number(let number):
            advance()
            return try node(.number(number), at: place)
        case .sign("("):
            advance()
            let value = try expression()
            try expect(")")
            return value
        case .sign("["):
            advance()
            let elements = try list(until: "]")
            guard !elements.isEmpty else { throw CircuitError(.syntax, "a list has an element", at: place) }
            return try node(.list(elements), at: place)
        case .name(let word):
            if word == "true" || word == "false" {
                advance()
                return try node(.number(Number(word == "true" ? 1 : 0)), at: place)
            }
            if let function = Syntax.Function(rawValue: word) {
                advance()
                try expect("(")
                return try node(.call(function, try list(until: ")")), at: place)
            }
            let name = try name()
            try use(name, at: place)
            return try node(.name(name), at: place)
        default: throw unexpected("a value")
        }
    }

    private mutating func list(until end: String) throws(CircuitError) -> [Syntax.Expression] {
        var elements: [Syntax.Expression] = []
        if take(end) { return elements }
        repeat { elements.append(try expression()) } while take(",")
        try expect(end)
        return elements
    }
}
