/// Shares read as a Reed–Solomon word: wrong ones are noticed, and with enough right ones beside them found.
public enum ReedSolomon {
    public static let maximumPoints = 64

    /// What `decode` found.
    public struct Word: Sendable, Equatable {
        public let polynomial: Polynomial
        /// The positions in the given shares that do not lie on the polynomial, ascending.
        public let wrong: [Int]
    }

    /// The one polynomial of at most `degree` from which at most `errors` of the shares differ; nil when there is none, when
    /// the shares are too few to make it the only one (degree + 1 + 2·errors), or when a holder is repeated.
    ///
    /// Berlekamp and Welch: find E of degree `errors`, monic, and Q of degree `degree + errors` with Q(x) = y·E(x) at every
    /// point; the word is Q/E. The work is cubic in the number of shares, of which at most ``maximumPoints`` are taken.
    public static func decode(_ shares: [ShamirShare], degree: Int, errors: Int) -> Word? {
        guard degree >= 0, errors >= 0, shares.count <= maximumPoints, shares.count >= degree + 1 + 2 * errors,
            Set(shares.map(\.x)).count == shares.count
        else { return nil }
        for count in 0...errors {
            guard let polynomial = attempt(shares, degree, count) else { continue }
            let wrong = shares.indices.filter { polynomial.value(at: shares[$0].x) != shares[$0].y }
            if wrong.count <= errors { return Word(polynomial: polynomial, wrong: wrong) }
        }
        return nil
    }

    private static func attempt(_ shares: [ShamirShare], _ degree: Int, _ errors: Int) -> Polynomial? {
        guard errors > 0 else {
            guard let polynomial = Lagrange.polynomial(Array(shares[...degree])),
                shares.allSatisfy({ polynomial.value(at: $0.x) == $0.y })
            else { return nil }
            return polynomial
        }
        // Unknowns: degree + errors + 1 coefficients of Q, then `errors` of E below its leading 1.
        let ofQ = degree + errors + 1
        let rows = shares.map { share in
            var row: [FieldElement] = []
            var power = FieldElement.one
            for _ in 0..<ofQ {
                row.append(power)
                power *= share.x
            }
            power = .one
            for _ in 0..<errors {
                row.append(-(share.y * power))
                power *= share.x
            }
            return (row, share.y * power)
        }
        guard let solution = LinearSystem.solve(rows, unknowns: ofQ + errors) else { return nil }
        let numerator = Polynomial(Array(solution[..<ofQ]))
        let locator = Polynomial(Array(solution[ofQ...]) + [.one])
        guard let (quotient, remainder) = numerator.divided(by: locator), remainder.degree < 0, quotient.degree <= degree
        else { return nil }
        return quotient
    }
}
