internal import ChanceryArithmetic

extension CircuitCompiler {
    /// A value with a declared type: it must fit for every input.
    mutating func converted(_ value: Value, to type: Syntax.TypeName) throws(CircuitError) -> Value {
        let items = value.items
        let count = try elements(of: type)
        switch (value, count) {
        case (.one, nil): break
        case (.many, let count?) where count == items.count: break
        default: throw CircuitError(.typeMismatch, "the value has \(items.count) elements, its type has not", at: type.place)
        }
        var converted: [Item] = []
        for item in items {
            converted.append(.hidden(try convert(try hidden(item, at: type.place), to: type.scalar, at: type.place)))
        }
        return count == nil ? .one(converted[0]) : .many(converted)
    }

    private mutating func convert(
        _ value: Scalar, to type: Circuit.WireType, at place: CircuitError.Place
    ) throws(CircuitError) -> Scalar {
        guard let range = type.range else {
            guard value.fraction == 0, value.scale == 0 else {
                throw CircuitError(.typeMismatch, "a fixed-point number is no field element", at: place)
            }
            var element = value
            (element.kind, element.lower, element.upper) = (.field, 0, 0)
            return element
        }
        guard value.kind != .field, value.fraction <= Int(type.fraction), type != .bit || value.kind == .bit || value.isConstant
        else {
            throw CircuitError(
                .typeMismatch, "the value does not have this type; digits after the point are not dropped", at: place)
        }
        var converted = value
        converted.fraction = Int(type.fraction)
        converted = try resting(try raised(converted, to: converted.fraction, at: place), at: place)
        guard range.contains(converted.lower), range.contains(converted.upper) else {
            throw CircuitError(.overflow, "the value may reach \(converted.interval) and leave its type", at: place)
        }
        converted.kind = type.kind
        return converted
    }

    mutating func output(
        _ name: String, _ value: Value, _ rounding: Syntax.Rounding?, _ reading: Circuit.Output.Reading,
        at place: CircuitError.Place
    ) throws(CircuitError) {
        for (index, item) in value.items.enumerated() {
            try step(at: place)
            guard outputs.count < Circuit.Limits.outputs else {
                throw CircuitError(.tooLarge, "a program has at most \(Circuit.Limits.outputs) outputs", at: place)
            }
            var isArray = false
            if case .many = value { isArray = true }
            outputs.append(
                try output(isArray ? "\(name)[\(index)]" : name, try hidden(item, at: place), rounding, reading, at: place))
        }
    }

    private mutating func output(
        _ name: String, _ value: Scalar, _ rounding: Syntax.Rounding?, _ reading: Circuit.Output.Reading,
        at place: CircuitError.Place
    ) throws(CircuitError) -> Circuit.Output {
        var value = value
        var step: Int128 = 1
        if let rounding { (value, step) = try rounded(value, rounding, at: place) }
        guard value.kind != .field else {
            guard reading == .value else { throw CircuitError(.typeMismatch, "a field element is no score", at: place) }
            return Circuit.Output(name: name, wire: try wire(value), type: .field)
        }
        guard value.kind != .bit else {
            guard reading == .value else { throw CircuitError(.typeMismatch, "a bit is no score", at: place) }
            return Circuit.Output(
                name: name, wire: try wire(value), type: .bit, reading: .label, range: value.lower...value.upper)
        }
        // 2 to 126: the value lies within ±2^125.
        let bits = UInt8(min(126, max(value.bits + 1, value.scale + 1)))
        let type: Circuit.WireType =
            value.scale == 0 ? .integer(bits: bits) : .fixed(bits: bits, fraction: UInt8(clamping: value.scale))
        return Circuit.Output(
            name: name, wire: try wire(value), type: type, reading: reading, range: value.lower...value.upper, step: step)
    }

    /// The nearest multiple of the step, and what one unit of it stands for.
    private mutating func rounded(
        _ value: Scalar, _ rounding: Syntax.Rounding, at place: CircuitError.Place
    ) throws(CircuitError) -> (Scalar, Int128) {
        guard value.kind != .field else { throw CircuitError(.typeMismatch, "a field element is not rounded", at: place) }
        guard case .one(.number(let amount)) = try evaluate(rounding.amount) else {
            throw CircuitError(.notPublic, "a step or a number of bits is a number", at: place)
        }
        var value = value
        var shift = try self.shift(value, amount, isBits: rounding.isBits, at: rounding.amount.place)
        if value.bits + 1 > Int(Circuit.Limits.bits), value.scale > value.fraction {
            value = try resting(value, at: place)
            shift = try self.shift(value, amount, isBits: rounding.isBits, at: rounding.amount.place)
        }
        guard shift > 0 else { return (value, 1) }
        let half = FieldElement(reducing: UInt128(1) << UInt128(shift - 1))
        value.constant += half
        (value.lower, value.upper) = (
            value.lower + Int128(1) << Int128(shift - 1), value.upper + Int128(1) << Int128(shift - 1)
        )
        value.kind = value.scale > 0 ? .fixed : .integer
        var rounded = try divided(value, by: shift, at: place)
        guard rounded.scale < 0 else { return (rounded, 1) }
        // The wire counts steps: nothing follows the division, so that its result need not be exact for anybody but the client.
        let lost = -rounded.scale
        rounded.scale = 0
        rounded.kind = .integer
        return (rounded, Int128(1) << Int128(lost))
    }

    /// How many binary digits are dropped.
    private func shift(
        _ value: Scalar, _ amount: Number, isBits: Bool, at place: CircuitError.Place
    ) throws(CircuitError) -> Int {
        guard isBits else {
            // 2^k for a whole k.
            let (up, down) = (amount.numerator, amount.denominator)
            guard up > 0, up & (up - 1) == 0, down & (down - 1) == 0 else {
                throw CircuitError(.badType, "a step is a power of two, such as 0.25 or 4", at: place)
            }
            let shift = value.scale + up.trailingZeroBitCount - down.trailingZeroBitCount
            guard shift < Int(Circuit.Limits.bits) else { throw CircuitError(.badType, "the step is too large", at: place) }
            return max(0, shift)
        }
        guard let bits = amount.integer, (1...64).contains(bits) else {
            throw CircuitError(.badType, "an output is rounded to 1 to 64 bits", at: place)
        }
        var shift = 0
        while true {
            let half = shift == 0 ? 0 : Int128(1) << Int128(shift - 1)
            let (low, high) = ((value.lower + half) >> Int128(shift), (value.upper + half) >> Int128(shift))
            if high - low < Int128(1) << bits { return shift }
            shift += 1
        }
    }
}
