/// A polynomial over the field, by its coefficients from the constant upwards.
public struct Polynomial: Sendable, Hashable {
    /// Without trailing zeros; empty for the zero polynomial.
    public let coefficients: [FieldElement]

    public init(_ coefficients: [FieldElement]) {
        self.coefficients = Array(coefficients[..<((coefficients.lastIndex { !$0.isZero } ?? -1) + 1)])
    }

    /// −1 for the zero polynomial.
    public var degree: Int { coefficients.count - 1 }

    /// The value at `x`, by Horner's rule.
    public func value(at x: FieldElement) -> FieldElement {
        coefficients.reversed().reduce(.zero) { $0 * x + $1 }
    }

    public static func * (left: Polynomial, right: Polynomial) -> Polynomial {
        guard !left.coefficients.isEmpty, !right.coefficients.isEmpty else { return Polynomial([]) }
        var product = [FieldElement](repeating: .zero, count: left.coefficients.count + right.coefficients.count - 1)
        for (i, a) in left.coefficients.enumerated() {
            for (j, b) in right.coefficients.enumerated() { product[i + j] += a * b }
        }
        return Polynomial(product)
    }

    /// Quotient and remainder; nil when `divisor` is zero.
    public func divided(by divisor: Polynomial) -> (quotient: Polynomial, remainder: Polynomial)? {
        guard let inverse = divisor.coefficients.last?.inverse() else { return nil }
        var rest = coefficients
        let steps = degree - divisor.degree
        guard steps >= 0 else { return (Polynomial([]), self) }
        var quotient = [FieldElement](repeating: .zero, count: steps + 1)
        for step in (0...steps).reversed() {
            let factor = rest[step + divisor.degree] * inverse
            quotient[step] = factor
            for (index, coefficient) in divisor.coefficients.enumerated() { rest[step + index] -= factor * coefficient }
        }
        return (Polynomial(quotient), Polynomial(rest))
    }
}
