internal import ChanceryArithmetic

extension CircuitCompiler {
    mutating func evaluate(_ expression: Syntax.Expression) throws(CircuitError) -> Value {
        let place = expression.place
        try step(at: place)
        switch expression.kind {
        case .number(let number): return .one(.number(number))
        case .name(let name):
            // The reader has seen the name declared; a loop may not have run.
            guard let value = values[name] else { throw CircuitError(.undefinedName, "`\(name)` has no value", at: place) }
            return value
        case .list(let elements):
            var items: [Item] = []
            for element in elements { items.append(try item(element)) }
            return .many(items)
        case .element(let list, let position):
            guard case .many(let items) = try evaluate(list) else {
                throw CircuitError(.typeMismatch, "what is indexed is an array", at: place)
            }
            let index = try index(position)
            guard items.indices.contains(index) else {
                throw CircuitError(.badIndex, "there is no element \(index) of \(items.count)", at: position.place)
            }
            return .one(items[index])
        case .negate(let operand):
            let zero = Item.number(Number(0))
            return try each(.one(zero), try evaluate(operand), at: place) { compiler, left, right throws(CircuitError) in
                try compiler.combine(.subtract, left, right, at: place)
            }
        case .not(let operand): return .one(try not(try item(operand), at: place))
        case .binary(let sign, let left, let right):
            let (first, second) = (try evaluate(left), try evaluate(right))
            return try each(first, second, at: place) { compiler, left, right throws(CircuitError) in
                try compiler.combine(sign, left, right, at: place)
            }
        case .call(let function, let arguments): return try call(function, arguments, at: place)
        }
    }

    /// An expression that gives a single value.
    mutating func item(_ expression: Syntax.Expression) throws(CircuitError) -> Item {
        guard case .one(let item) = try evaluate(expression) else {
            throw CircuitError(.typeMismatch, "a single value is needed here, not an array", at: expression.place)
        }
        return item
    }

    /// Combines values, arrays element by element; a single value stands for an array of it.
    private mutating func each(
        _ left: Value, _ right: Value, at place: CircuitError.Place,
        _ combine: (inout CircuitCompiler, Item, Item) throws(CircuitError) -> Item
    ) throws(CircuitError) -> Value {
        if case .one(let a) = left, case .one(let b) = right { return .one(try combine(&self, a, b)) }
        let (first, second) = (left.items, right.items)
        var isSound = first.count == second.count
        if case .one = left { isSound = true }
        if case .one = right { isSound = true }
        guard isSound else {
            throw CircuitError(
                .typeMismatch, "arrays of \(first.count) and \(second.count) elements do not go together", at: place)
        }
        let count = max(first.count, second.count)
        try step(count, at: place)
        var items: [Item] = []
        items.reserveCapacity(count)
        for index in 0..<count {
            items.append(
                try combine(&self, first.count == 1 ? first[0] : first[index], second.count == 1 ? second[0] : second[index]))
        }
        return .many(items)
    }

    mutating func combine(
        _ sign: Syntax.Operator, _ left: Item, _ right: Item, at place: CircuitError.Place
    ) throws(CircuitError) -> Item {
        switch sign {
        case .add: return try sum(left, right, negated: false, at: place)
        case .subtract: return try sum(left, right, negated: true, at: place)
        case .multiply: return try product(left, right, at: place)
        case .divide:
            guard case .number(let divisor) = right else {
                throw CircuitError(.notPublic, "a divisor is a number that does not depend on inputs or secrets", at: place)
            }
            guard let reciprocal = divisor.reciprocal else { throw CircuitError(.badLiteral, "division by zero", at: place) }
            return try product(left, .number(reciprocal), at: place)
        case .less: return try isLess(left, right, at: place)
        case .greater: return try isLess(right, left, at: place)
        case .lessOrEqual: return try not(try isLess(right, left, at: place), at: place)
        case .greaterOrEqual: return try not(try isLess(left, right, at: place), at: place)
        case .equal: return try not(try differs(left, right, at: place), at: place)
        case .notEqual: return try differs(left, right, at: place)
        case .and: return try product(try bit(left, at: place), try bit(right, at: place), at: place)
        case .or:
            let both = try not(try bit(left, at: place), at: place)
            return try not(try product(both, try not(try bit(right, at: place), at: place), at: place), at: place)
        }
    }

    mutating func sum(
        _ left: Item, _ right: Item, negated: Bool, at place: CircuitError.Place
    ) throws(CircuitError) -> Item {
        if case .number(let a) = left, case .number(let b) = right {
            guard let sum = Number.add(a, negated ? -b : b) else {
                throw CircuitError(.overflow, "the numbers are too long", at: place)
            }
            return .number(sum)
        }
        var total = try hidden(left, at: place)
        try add(try hidden(right, at: place), negated: negated, to: &total, at: place)
        return .hidden(total)
    }

    mutating func product(_ left: Item, _ right: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        switch (left, right) {
        case (.number(let a), .number(let b)):
            guard let product = Number.multiply(a, b) else {
                throw CircuitError(.overflow, "the numbers are too long", at: place)
            }
            return .number(product)
        case (.number(let number), .hidden(let value)), (.hidden(let value), .number(let number)):
            if number.numerator == 0 { return .number(number) }
            if number == Number(1) { return .hidden(value) }
            return .hidden(try multiply(value, by: number, at: place))
        case (.hidden(let a), .hidden(let b)): return .hidden(try multiply(a, b, at: place))
        }
    }

    func hidden(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        switch item {
        case .number(let number): try scalar(number, at: place)
        case .hidden(let value): value
        }
    }

    /// The item, if it is 0 or 1 by its kind.
    func bit(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        switch item {
        case .number(let number) where number == Number(0) || number == Number(1): return item
        case .hidden(let value) where value.kind == .bit: return item
        default:
            throw CircuitError(.typeMismatch, "a bit is needed here: a comparison, or what is made of comparisons", at: place)
        }
    }

    mutating func not(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        guard case .hidden(var value) = try sum(.number(Number(1)), try bit(item, at: place), negated: true, at: place) else {
            return try sum(.number(Number(1)), item, negated: true, at: place)
        }
        value.kind = .bit
        return .hidden(value)
    }

    /// 1 where left < right.
    mutating func isLess(_ left: Item, _ right: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        switch try sum(left, right, negated: true, at: place) {
        case .number(let difference): return .number(Number(difference.isNegative ? 1 : 0))
        case .hidden(var difference):
            guard difference.kind != .field else {
                throw CircuitError(.typeMismatch, "field elements have no order", at: place)
            }
            if difference.upper < 0 { return .number(Number(1)) }
            if difference.lower >= 0 { return .number(Number(0)) }
            if difference.bits > Int(Circuit.Limits.bits) { difference = try resting(difference, at: place) }
            guard difference.bits <= Int(Circuit.Limits.bits) else {
                let size = "\(difference.bits) bits of at most \(Circuit.Limits.bits)"
                throw CircuitError(.overflow, "what is compared may differ by \(difference.interval): \(size)", at: place)
            }
            return .hidden(.bit(try builder.isNegative(try wire(difference), bits: UInt8(difference.bits))))
        }
    }

    /// 1 where the two are not equal: one of them is less.
    private mutating func differs(_ left: Item, _ right: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        let less = try isLess(left, right, at: place)
        let greater = try isLess(right, left, at: place)
        guard case .hidden(var value) = try sum(less, greater, negated: false, at: place) else {
            return try sum(less, greater, negated: false, at: place)
        }
        // Both at once is impossible.
        (value.kind, value.lower, value.upper) = (.bit, 0, 1)
        return .hidden(value)
    }
}
