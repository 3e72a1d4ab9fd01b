internal import ChanceryArithmetic

/// Sums, products and divisions of hidden values.
extension CircuitCompiler {
    /// The most that an exact value may reach; the field has room for twice that.
    static let roomBits = 125

    private func fitting(_ value: Scalar, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        guard value.kind == .field || value.magnitude <= UInt128(1) << UInt128(Self.roomBits) else {
            throw CircuitError(.overflow, "the value may reach \(value.interval), beyond \(Self.roomBits) bits", at: place)
        }
        return value
    }

    private func overflow(_ what: String, _ place: CircuitError.Place) -> CircuitError {
        CircuitError(.overflow, "\(what) may reach beyond \(Self.roomBits) bits", at: place)
    }

    /// A known number as a value. What needs more than 24 digits after the point has 24.
    func scalar(_ number: Number, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        let fraction = number.exactFraction ?? 24
        guard let value = number.scaled(by: fraction) else { throw overflow("the number", place) }
        return Scalar(
            kind: fraction == 0 ? .integer : .fixed, fraction: fraction, scale: fraction, lower: value, upper: value,
            constant: FieldElement(signed128: value))
    }

    /// The same value counted in smaller units.
    func raised(_ value: Scalar, to scale: Int, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        guard scale > value.scale else { return value }
        let shift = scale - value.scale
        guard shift < 120, value.magnitude.leadingZeroBitCount > shift + 2 else { throw overflow("the value", place) }
        var raised = value
        raised.scale = scale
        (raised.lower, raised.upper) = (value.lower << Int128(shift), value.upper << Int128(shift))
        return try scaled(raised, by: FieldElement(reducing: UInt128(1) << UInt128(shift)))
    }

    /// Every summand times `factor`; the interval is the caller's.
    private func scaled(_ value: Scalar, by factor: FieldElement) throws(CircuitError) -> Scalar {
        var scaled = value
        scaled.terms = value.terms.map { .init($0.wire, $0.coefficient * factor) }
        scaled.constant = value.constant * factor
        scaled.factors = value.factors.map { $0 * factor }
        return scaled
    }

    mutating func add(_ other: Scalar, negated: Bool, to sum: inout Scalar, at place: CircuitError.Place) throws(CircuitError) {
        guard (sum.kind != .field && other.kind != .field) || (sum.scale == 0 && other.scale == 0) else {
            throw CircuitError(.typeMismatch, "a field element and a fixed-point number do not go together", at: place)
        }
        let scale = max(sum.scale, other.scale)
        if sum.scale < scale { sum = try raised(sum, to: scale, at: place) }
        var other = try raised(other, to: scale, at: place)
        if negated { other = try negative(other) }
        sum.terms.append(contentsOf: other.terms)
        sum.pairs.append(contentsOf: other.pairs)
        sum.factors.append(contentsOf: other.factors)
        sum.constant += other.constant
        sum.fraction = max(sum.fraction, other.fraction)
        sum.kind =
            sum.kind == .field || other.kind == .field ? .field : sum.kind == .fixed || other.kind == .fixed ? .fixed : .integer
        if sum.kind == .field {
            (sum.lower, sum.upper) = (0, 0)
        } else {
            // Both lie within ±2^125.
            (sum.lower, sum.upper) = (sum.lower + other.lower, sum.upper + other.upper)
        }
        _ = try fitting(sum, at: place)
    }

    func negative(_ value: Scalar) throws(CircuitError) -> Scalar {
        var negative = try scaled(value, by: -FieldElement.one)
        (negative.lower, negative.upper) = (-value.upper, -value.lower)
        if negative.kind == .bit { negative.kind = .integer }
        return negative
    }

    mutating func multiply(_ value: Scalar, by number: Number, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        let factor = try scalar(number, at: place)
        var value = value
        if value.scale > value.fraction, value.bits + factor.bits > 76 || value.scale + factor.scale > 96 {
            value = try resting(value, at: place)
        }
        guard value.kind != .field || factor.scale == 0 else {
            throw CircuitError(.typeMismatch, "a field element is multiplied by whole numbers only", at: place)
        }
        var product = try scaled(value, by: factor.constant)
        product.scale = value.scale + factor.scale
        product.fraction = max(value.fraction, factor.fraction)
        if value.kind != .field {
            product.kind = value.kind == .fixed || factor.kind == .fixed ? .fixed : .integer
            (product.lower, product.upper) = try Self.product(
                (value.lower, value.upper), (factor.lower, factor.upper), overflow("the product", place))
        }
        return try fitting(product, at: place)
    }

    mutating func multiply(_ left: Scalar, _ right: Scalar, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        let isField = left.kind == .field || right.kind == .field
        guard !isField || (left.fraction == 0 && right.fraction == 0) else {
            throw CircuitError(.typeMismatch, "a field element and a fixed-point number do not go together", at: place)
        }
        // Factors may keep more digits than they need while the product has room for its division.
        var left = left.pairs.isEmpty ? left : try resting(left, at: place)
        var right = right.pairs.isEmpty ? right : try resting(right, at: place)
        if left.scale > left.fraction, left.bits + right.bits > 74 { left = try resting(left, at: place) }
        if right.scale > right.fraction, left.bits + right.bits > 74 { right = try resting(right, at: place) }
        let (a, b) = (try wire(left), try wire(right))
        var product = Scalar(
            kind: isField ? .field : left.kind == .fixed || right.kind == .fixed ? .fixed : .integer,
            fraction: max(left.fraction, right.fraction), scale: left.scale + right.scale, lower: 0, upper: 0,
            pairs: [.init(a, b)], factors: [.one])
        if left.kind == .bit && right.kind == .bit { product.kind = .bit }
        if !isField {
            (product.lower, product.upper) = try Self.product(
                (left.lower, left.upper), (right.lower, right.upper), overflow("the product", place))
            if a == b { product.lower = max(0, product.lower) }
        }
        return try fitting(product, at: place)
    }

    private static func product(
        _ left: (Int128, Int128), _ right: (Int128, Int128), _ error: CircuitError
    ) throws(CircuitError) -> (Int128, Int128) {
        var (lower, upper) = (Int128.max, Int128.min)
        for a in [left.0, left.1] {
            for b in [right.0, right.1] {
                let (product, overflow) = a.multipliedReportingOverflow(by: b)
                guard !overflow, product != .min else { throw error }
                (lower, upper) = (min(lower, product), max(upper, product))
            }
        }
        return (lower, upper)
    }

    /// The same value as terms alone.
    mutating func single(_ value: Scalar) throws(CircuitError) -> Scalar {
        guard !value.pairs.isEmpty else { return value }
        var single = value
        let product = try builder.products(try scaledPairs(value))
        (single.pairs, single.factors) = ([], [])
        single.terms = [.init(try builder.sum(value.terms + [.init(product)], value.constant))]
        single.constant = .zero
        return single
    }

    /// The value's wire, with the digits that it has now.
    mutating func wire(_ value: Scalar) throws(CircuitError) -> Circuit.Wire {
        let value = try single(value)
        return try builder.sum(value.terms, value.constant)
    }

    private mutating func scaledPairs(_ value: Scalar) throws(CircuitError) -> [Circuit.Pair] {
        var pairs: [Circuit.Pair] = []
        pairs.reserveCapacity(value.pairs.count + 1)
        for (pair, factor) in zip(value.pairs, value.factors) {
            pairs.append(factor == .one ? pair : .init(try builder.sum([.init(pair.left, factor)]), pair.right))
        }
        return pairs
    }

    /// Divides by 2^shift in the one opening that makes the products. The interval is that of exact division.
    mutating func divided(_ value: Scalar, by shift: Int, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        let bits = max(value.bits, shift + 1)
        guard bits <= Int(Circuit.Limits.bits) else {
            let size = "\(bits) bits with \(value.scale) after the point, of at most \(Circuit.Limits.bits)"
            throw CircuitError(.overflow, "the value may reach \(value.interval): \(size)", at: place)
        }
        let truncation = Circuit.Truncation(shift: UInt8(shift), bits: UInt8(bits))
        var divided = value
        divided.scale -= shift
        (divided.lower, divided.upper) = (value.lower >> Int128(shift), value.upper >> Int128(shift))
        let wire: Circuit.Wire
        if value.pairs.isEmpty {
            wire = try builder.truncate(try builder.sum(value.terms, value.constant), truncation)
        } else {
            var pairs = try scaledPairs(value)
            let rest = try builder.sum(value.terms, value.constant)
            if builder.value(of: rest) != .zero { pairs.append(.init(rest, try builder.constant(.one))) }
            wire = try builder.products(pairs, truncation)
        }
        (divided.terms, divided.pairs, divided.factors, divided.constant) = ([.init(wire)], [], [], .zero)
        return divided
    }

    /// What the protocol may give beyond exact division, in the last digit: C(n, t) for at most nine custodians.
    static let truncationSlack: Int128 = 126

    /// The value as one wire, with the digits after the point that it rests with.
    mutating func resting(_ value: Scalar, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        if value.scale > value.fraction {
            var resting = try divided(value, by: value.scale - value.fraction, at: place)
            resting.upper += Self.truncationSlack
            return resting
        }
        var resting = value
        (resting.terms, resting.pairs, resting.factors) = ([.init(try wire(value))], [], [])
        resting.constant = .zero
        return resting
    }

    mutating func resting(_ value: Value, at place: CircuitError.Place) throws(CircuitError) -> Value {
        func rest(_ item: Item, _ compiler: inout CircuitCompiler) throws(CircuitError) -> Item {
            guard case .hidden(let value) = item else { return item }
            return .hidden(try compiler.resting(value, at: place))
        }
        switch value {
        case .one(let item): return .one(try rest(item, &self))
        case .many(let items):
            var rested: [Item] = []
            for item in items { rested.append(try rest(item, &self)) }
            return .many(rested)
        }
    }

    /// A running sum is put together now and then, so that it is not carried along term by term.
    mutating func shortened(_ value: Value, at place: CircuitError.Place) throws(CircuitError) -> Value {
        guard case .one(.hidden(let scalar)) = value, scalar.pairs.count + scalar.terms.count > 256 else { return value }
        return .one(.hidden(try single(scalar)))
    }
}
