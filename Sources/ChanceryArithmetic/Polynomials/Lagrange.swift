/// Interpolation through given points.
public enum Lagrange {
    /// The weights with which the values at `xs` give the value at `x` of the polynomial of degree below their number; nil
    /// when a point is repeated.
    public static func coefficients(_ xs: [FieldElement], at x: FieldElement) -> [FieldElement]? {
        var numerators: [FieldElement] = []
        var denominators: [FieldElement] = []
        for (index, own) in xs.enumerated() {
            var above = FieldElement.one
            var below = FieldElement.one
            for (other, point) in xs.enumerated() where other != index {
                above *= x - point
                below *= own - point
            }
            numerators.append(above)
            denominators.append(below)
        }
        guard let inverses = FieldElement.inverses(denominators) else { return nil }
        return zip(numerators, inverses).map { $0 * $1 }
    }

    /// The value at `x` of the polynomial of degree below the number of points; nil when a point is repeated.
    public static func value(_ points: [ShamirShare], at x: FieldElement) -> FieldElement? {
        guard let weights = coefficients(points.map(\.x), at: x) else { return nil }
        return zip(weights, points).reduce(.zero) { $0 + $1.0 * $1.1.y }
    }

    /// The polynomial of degree below the number of points; nil when a point is repeated.
    public static func polynomial(_ points: [ShamirShare]) -> Polynomial? {
        var sum = [FieldElement](repeating: .zero, count: points.count)
        for (index, own) in points.enumerated() {
            var basis = Polynomial([.one])
            var below = FieldElement.one
            for (other, point) in points.enumerated() where other != index {
                basis = basis * Polynomial([-point.x, .one])
                below *= own.x - point.x
            }
            guard let inverse = below.inverse() else { return nil }
            for (power, coefficient) in basis.coefficients.enumerated() { sum[power] += coefficient * inverse * own.y }
        }
        return Polynomial(sum)
    }
}
