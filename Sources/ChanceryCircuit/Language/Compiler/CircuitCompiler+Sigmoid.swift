internal import ChanceryArithmetic

extension CircuitCompiler {
    /// ½ + Σ a·T_k(x/8) for odd k to 15, fitted for the smallest greatest error on ±7 when everything beyond stays as at ±7:
    /// 4.6·10⁻⁴. In units of 2^−20.
    private static let coefficients: [Int128] = [540_831, -275_252, -7675, -95_078, -25_390, -30_948, -8103, -5747]

    /// 1 / (1 + e^−x) within 10⁻³: two comparisons, one product to clamp, then six openings in four layers by
    /// T_(j+k) = 2·T_j·T_k − T_|j−k|.
    mutating func sigmoid(_ value: Scalar, at place: CircuitError.Place) throws(CircuitError) -> Scalar {
        guard value.kind != .field else { throw CircuitError(.typeMismatch, "a field element has no sigmoid", at: place) }
        let value = try resting(value, at: place)
        var clamped = try clamped(value, Number(-7), Number(7), at: place)
        // x/8 is the same number with three more digits after the point.
        (clamped.scale, clamped.fraction, clamped.kind) = (clamped.scale + 3, 24, .fixed)
        let x = try resting(try raised(clamped, to: 24, at: place), at: place, within: 1)
        let a = Self.coefficients.map { Number($0, 1 << 20) ?? Number(0) }
        let one = try scalar(Number(1), at: place)

        let two = Number(2)
        var t2 = try multiply(try multiply(x, x, at: place), by: two, at: place)
        try add(one, negated: true, to: &t2, at: place)
        t2 = try resting(t2, at: place, within: 1)
        var t3 = try multiply(try multiply(t2, x, at: place), by: two, at: place)
        try add(x, negated: true, to: &t3, at: place)
        t3 = try resting(t3, at: place, within: 1)
        var t4 = try multiply(try multiply(t2, t2, at: place), by: two, at: place)
        try add(one, negated: true, to: &t4, at: place)
        t4 = try resting(t4, at: place, within: 1)
        var t8 = try multiply(try multiply(t4, t4, at: place), by: two, at: place)
        try add(one, negated: true, to: &t8, at: place)
        t8 = try resting(t8, at: place, within: 1)

        // T5 and T7 are T4 times T1 and T3, T9 to T15 are T8 times T1 to T7: collected by their factors.
        let low = (a[0] - a[7], a[1] - a[6], a[2] - a[5], a[3] - a[4])
        var high = try combination(x, (a[4] - a[7]) + (a[4] - a[7]), t3, (a[5] - a[6]) + (a[5] - a[6]), at: place)
        let inner = try combination(x, a[6] + a[6] + a[6] + a[6], t3, a[7] + a[7] + a[7] + a[7], at: place)
        try add(try multiply(t4, inner, at: place), negated: false, to: &high, at: place)
        high = try resting(high, at: place, within: 1)
        var result = try combination(x, low.0 - low.3, t3, low.1 - low.2, at: place)
        let middle = try combination(x, low.2 + low.2, t3, low.3 + low.3, at: place)
        try add(try multiply(t4, middle, at: place), negated: false, to: &result, at: place)
        try add(try multiply(t8, high, at: place), negated: false, to: &result, at: place)
        try add(try scalar(Number(1, 2) ?? Number(0), at: place), negated: false, to: &result, at: place)
        result.fraction = min(24, max(16, value.fraction))
        // Within 10⁻³ of 0 and 1.
        let unit = Int128(1) << Int128(result.scale)
        (result.lower, result.upper) = (-(unit >> 9), unit + unit >> 9)
        return result
    }

    private mutating func combination(
        _ x: Scalar, _ a: Number, _ y: Scalar, _ b: Number, at place: CircuitError.Place
    ) throws(CircuitError) -> Scalar {
        var sum = try multiply(x, by: a, at: place)
        try add(try multiply(y, by: b, at: place), negated: false, to: &sum, at: place)
        return sum
    }

    /// The value at rest with 24 digits, known to lie within ±bound and a few units of the last digit.
    private mutating func resting(
        _ value: Scalar, at place: CircuitError.Place, within bound: Int128
    ) throws(CircuitError) -> Scalar {
        var resting = value
        resting.fraction = 24
        resting = try self.resting(resting, at: place)
        let limit = bound << 24 + 4096
        (resting.lower, resting.upper) = (max(resting.lower, -limit), min(resting.upper, limit))
        return resting
    }
}

extension Number {
    /// For the short coefficients above only: what would not fit is nothing.
    fileprivate static func + (left: Number, right: Number) -> Number { add(left, right) ?? Number(0) }
    fileprivate static func - (left: Number, right: Number) -> Number { add(left, -right) ?? Number(0) }
}
