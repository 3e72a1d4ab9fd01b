internal import ChanceryArithmetic

extension CircuitCompiler {
    mutating func call(
        _ function: Syntax.Function, _ arguments: [Syntax.Expression], at place: CircuitError.Place
    ) throws(CircuitError) -> Value {
        var values: [Value] = []
        for argument in arguments { values.append(try evaluate(argument)) }
        let expected: ClosedRange<Int> =
            switch function {
            case .sum, .len, .relu, .sigmoid, .abs: 1...1
            case .dot: 2...2
            case .clamp, .mux: 3...3
            case .min, .max: 1...1000
            }
        guard expected.contains(values.count) else {
            throw CircuitError(
                .badArity, "`\(function.rawValue)` takes \(expected.lowerBound) arguments, found \(values.count)", at: place)
        }
        switch function {
        case .len: return .one(.number(Number(values[0].items.count)))
        case .sum: return .one(try total(values[0].items, at: place))
        case .dot: return .one(try dot(values[0].items, values[1].items, at: place))
        case .relu:
            return try mapped(values[0], at: place) { compiler, item throws(CircuitError) in try compiler.relu(item, at: place)
            }
        case .abs:
            return try mapped(values[0], at: place) { compiler, item throws(CircuitError) in try compiler.abs(item, at: place) }
        case .sigmoid:
            return try mapped(values[0], at: place) { compiler, item throws(CircuitError) in
                .hidden(try compiler.sigmoid(try compiler.hidden(item, at: place), at: place))
            }
        case .min, .max:
            let items = values.flatMap(\.items)
            return .one(try extreme(items, isLargest: function == .max, at: place))
        case .clamp:
            return try mapped(values[0], at: place) { [values] compiler, item throws(CircuitError) in
                try compiler.clamp(
                    item, try compiler.single(values[1], place), try compiler.single(values[2], place), at: place)
            }
        case .mux:
            return .one(try choose(single(values[0], place), single(values[1], place), single(values[2], place), at: place))
        }
    }

    private func single(_ value: Value, _ place: CircuitError.Place) throws(CircuitError) -> Item {
        guard case .one(let item) = value else {
            throw CircuitError(.typeMismatch, "a single value is needed here, not an array", at: place)
        }
        return item
    }

    private mutating func mapped(
        _ value: Value, at place: CircuitError.Place, _ body: (inout CircuitCompiler, Item) throws(CircuitError) -> Item
    ) throws(CircuitError) -> Value {
        switch value {
        case .one(let item): return .one(try body(&self, item))
        case .many(let items):
            try step(items.count, at: place)
            var mapped: [Item] = []
            for item in items { mapped.append(try body(&self, item)) }
            return .many(mapped)
        }
    }

    private mutating func total(_ items: [Item], at place: CircuitError.Place) throws(CircuitError) -> Item {
        try step(items.count, at: place)
        guard items.contains(where: { if case .hidden = $0 { true } else { false } }) else {
            var total = Item.number(Number(0))
            for item in items { total = try sum(total, item, negated: false, at: place) }
            return total
        }
        var total = try hidden(items[0], at: place)
        for item in items[1...] { try add(try hidden(item, at: place), negated: false, to: &total, at: place) }
        return .hidden(total)
    }

    private mutating func dot(_ left: [Item], _ right: [Item], at place: CircuitError.Place) throws(CircuitError) -> Item {
        guard left.count == right.count else {
            throw CircuitError(
                .typeMismatch, "arrays of \(left.count) and \(right.count) elements do not go together", at: place)
        }
        var products: [Item] = []
        products.reserveCapacity(left.count)
        for (a, b) in zip(left, right) { products.append(try product(a, b, at: place)) }
        return try total(products, at: place)
    }

    /// One comparison and one product: x·(x ≥ 0).
    private mutating func relu(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        let item = try rested(item, at: place)
        guard case .hidden(let value) = item else {
            return try extreme([item, .number(Number(0))], isLargest: true, at: place)
        }
        if value.kind != .field, value.upper <= 0 { return .number(Number(0)) }
        let isPositive = try not(try isLess(item, .number(Number(0)), at: place), at: place)
        return try product(item, isPositive, at: place, within: 0...max(0, value.upper))
    }

    private mutating func abs(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        let item = try rested(item, at: place)
        let isNegative = try isLess(item, .number(Number(0)), at: place)
        let twice = try product(.number(Number(2)), isNegative, at: place)
        let sign = try sum(.number(Number(1)), twice, negated: true, at: place)
        guard case .hidden(let value) = item else { return try product(item, sign, at: place) }
        return try product(item, sign, at: place, within: 0...Int128(value.magnitude))
    }

    /// A product that is known to lie in an interval, in units of its left factor.
    private mutating func product(
        _ left: Item, _ right: Item, at place: CircuitError.Place, within range: ClosedRange<Int128>
    ) throws(CircuitError) -> Item {
        guard case .hidden(var value) = try product(left, right, at: place) else { return try product(left, right, at: place) }
        guard case .hidden(let factor) = left, factor.scale == value.scale else { return .hidden(value) }
        (value.lower, value.upper) = (max(value.lower, range.lowerBound), min(value.upper, range.upperBound))
        return .hidden(value)
    }

    /// A tree: as many comparisons as there are items but one, in ⌈log₂⌉ layers of two.
    private mutating func extreme(_ items: [Item], isLargest: Bool, at place: CircuitError.Place) throws(CircuitError) -> Item {
        try step(items.count, at: place)
        var items = items
        while items.count > 1 {
            var next: [Item] = []
            for index in stride(from: 0, to: items.count - 1, by: 2) {
                let (a, b) = (try rested(items[index], at: place), try rested(items[index + 1], at: place))
                let isLess = try isLess(a, b, at: place)
                next.append(try rested(try extreme(a, b, isLess, isLargest, at: place), at: place))
            }
            if items.count % 2 == 1 { next.append(items[items.count - 1]) }
            items = next
        }
        return items[0]
    }

    private mutating func extreme(
        _ a: Item, _ b: Item, _ isLess: Item, _ isLargest: Bool, at place: CircuitError.Place
    ) throws(CircuitError) -> Item {
        let chosen = isLargest ? try choose(isLess, b, a, at: place) : try choose(isLess, a, b, at: place)
        guard case .hidden(var value) = chosen else { return chosen }
        let (left, right) = (try hidden(a, at: place), try hidden(b, at: place))
        guard left.scale == value.scale, right.scale == value.scale else { return chosen }
        value.lower = max(value.lower, isLargest ? max(left.lower, right.lower) : min(left.lower, right.lower))
        value.upper = min(value.upper, isLargest ? max(left.upper, right.upper) : min(left.upper, right.upper))
        return .hidden(value)
    }

    /// condition·(a − b) + b.
    mutating func choose(_ condition: Item, _ a: Item, _ b: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        let condition = try bit(condition, at: place)
        if case .number(let number) = condition { return number == Number(1) ? a : b }
        let (a, b) = (try rested(a, at: place), try rested(b, at: place))
        let difference = try sum(a, b, negated: true, at: place)
        let chosen = try sum(b, try product(condition, difference, at: place), negated: false, at: place)
        guard case .hidden(var value) = chosen, value.kind != .field else { return chosen }
        let (left, right) = (try hidden(a, at: place), try hidden(b, at: place))
        let (first, second) = (try raised(left, to: value.scale, at: place), try raised(right, to: value.scale, at: place))
        (value.lower, value.upper) = (min(first.lower, second.lower), max(first.upper, second.upper))
        if isBit(a) && isBit(b) { value.kind = .bit }
        return .hidden(value)
    }

    private func isBit(_ item: Item) -> Bool {
        switch item {
        case .number(let number): number == Number(0) || number == Number(1)
        case .hidden(let value): value.kind == .bit
        }
    }

    /// Two comparisons side by side and one product where the bounds are known; otherwise the larger and the smaller.
    private mutating func clamp(
        _ item: Item, _ low: Item, _ high: Item, at place: CircuitError.Place
    ) throws(CircuitError) -> Item {
        guard case .hidden(let value) = try rested(item, at: place), value.kind != .field, case .number(let a) = low,
            case .number(let b) = high
        else {
            let raised = try extreme([item, low], isLargest: true, at: place)
            return try extreme([raised, high], isLargest: false, at: place)
        }
        return .hidden(try clamped(value, a, b, at: place))
    }

    /// (1 − under − over)·x + under·low + over·high.
    mutating func clamped(
        _ value: Scalar, _ low: Number, _ high: Number, at place: CircuitError.Place
    ) throws(CircuitError) -> Scalar {
        guard let gap = Number.add(high, -low), !gap.isNegative else {
            throw CircuitError(.badType, "the bounds are the wrong way round", at: place)
        }
        let (x, first, last) = (Item.hidden(value), Item.number(low), Item.number(high))
        let under = try isLess(x, first, at: place)
        let over = try isLess(last, x, at: place)
        let outside = try sum(under, over, negated: false, at: place)
        let inside = try sum(.number(Number(1)), outside, negated: true, at: place)
        var result = try product(x, inside, at: place)
        result = try sum(result, try product(under, first, at: place), negated: false, at: place)
        result = try sum(result, try product(over, last, at: place), negated: false, at: place)
        var clamped = try hidden(result, at: place)
        let (lower, upper) = (try scalar(low, at: place), try scalar(high, at: place))
        let scale = max(clamped.scale, lower.scale, upper.scale)
        clamped = try raised(clamped, to: scale, at: place)
        let bounds = (try raised(lower, to: scale, at: place).lower, try raised(upper, to: scale, at: place).upper)
        (clamped.lower, clamped.upper) = (
            max(bounds.0, min(clamped.lower, bounds.1)), min(bounds.1, max(clamped.upper, bounds.0))
        )
        return clamped
    }

    mutating func rested(_ item: Item, at place: CircuitError.Place) throws(CircuitError) -> Item {
        guard case .hidden(let value) = item, !value.isResting else { return item }
        return .hidden(try resting(value, at: place))
    }
}
