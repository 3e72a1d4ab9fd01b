internal import ChanceryArithmetic

/// A hidden value while a program is compiled: Σ factor·left·right + Σ coefficient·wire + constant, counted in units of 2^−scale,
/// and the interval in which it lies.
///
/// Products stay unmade and undivided as long as nothing needs their value: sums of products then cost one opening.
struct Scalar {
    enum Kind { case field, integer, fixed, bit }

    var kind: Kind
    /// The digits after the point that the value has when it rests. 0 unless fixed.
    var fraction: Int
    /// The digits after the point that it has now: not fewer.
    var scale: Int
    // Invariant: 0 for the field, which knows no size; otherwise the value in units of 2^−scale lies between them.
    var lower: Int128
    var upper: Int128
    var pairs: [Circuit.Pair] = []
    // Invariant: one for each pair.
    var factors: [FieldElement] = []
    var terms: [Circuit.Term] = []
    var constant = FieldElement.zero

    static func bit(_ wire: Circuit.Wire) -> Scalar {
        Scalar(kind: .bit, fraction: 0, scale: 0, lower: 0, upper: 1, terms: [.init(wire)])
    }

    var isConstant: Bool { pairs.isEmpty && terms.isEmpty }
    var isResting: Bool { pairs.isEmpty && scale == fraction }

    /// The greatest size, in units of 2^−scale.
    var magnitude: UInt128 { max(lower.magnitude, upper.magnitude) }

    /// The smallest b with |value| < 2^(b−1).
    var bits: Int { max(2, 129 - magnitude.leadingZeroBitCount) }

    /// The interval for messages.
    var interval: String { "\(Self.decimal(lower, scale)) … \(Self.decimal(upper, scale))" }

    private static func decimal(_ value: Int128, _ scale: Int) -> String {
        if scale == 0 || value & ((Int128(1) << Int128(min(scale, 126))) - 1) == 0 {
            return "\(value >> Int128(min(scale, 126)))"
        }
        var double = Double(value)
        for _ in 0..<scale { double /= 2 }
        return "\(double)"
    }
}

/// A value that the compiler knows, or a hidden one.
enum Item {
    case number(Number)
    case hidden(Scalar)
}

/// What an expression gives.
enum Value {
    case one(Item)
    case many([Item])

    var items: [Item] {
        switch self {
        case .one(let item): [item]
        case .many(let items): items
        }
    }
}
