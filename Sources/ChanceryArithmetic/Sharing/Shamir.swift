/// One holder's point of a shared secret: the value at `x` of a polynomial whose value at 0 is the secret.
public struct ShamirShare: Sendable, Hashable {
    public let x: FieldElement
    public let y: FieldElement

    public init(x: FieldElement, y: FieldElement) {
        self.x = x
        self.y = y
    }
}

/// Shamir's secret sharing (How to share a secret, 1979) at the points 1…n.
public enum Shamir {
    /// The shares of `secret` for `count` holders under the given coefficients of x, x², …; as many holders as there are
    /// coefficients learn nothing when those are uniformly random.
    public static func shares(of secret: FieldElement, coefficients: [FieldElement], count: Int) -> [ShamirShare] {
        let polynomial = Polynomial([secret] + coefficients)
        guard count > 0 else { return [] }
        return (1...count).map { index in
            let x = FieldElement(UInt64(index))
            return ShamirShare(x: x, y: polynomial.value(at: x))
        }
    }

    /// The secret, when all of `shares` lie on one polynomial of degree below `threshold`; nil when they do not, when there
    /// are fewer than `threshold`, or when a holder is repeated.
    ///
    /// With exactly `threshold` shares there is nothing to check them against.
    public static func secret(of shares: [ShamirShare], threshold: Int) -> FieldElement? {
        guard threshold > 0, shares.count >= threshold,
            let polynomial = Lagrange.polynomial(Array(shares[..<threshold])),
            Set(shares.map(\.x)).count == shares.count,
            shares.allSatisfy({ polynomial.value(at: $0.x) == $0.y })
        else { return nil }
        return polynomial.value(at: .zero)
    }
}
