internal import ChanceryArithmetic

/// Reads the shares of opened values as Reed–Solomon words.
struct Opening: Sendable {
    /// The values, and who sent a wrong share of one.
    struct Result: Sendable {
        var values: [FieldElement]
        var liars: [Int]
    }

    let committee: Committee
    let degree: Int
    /// Ascending.
    let parties: [Int]
    let assurance: Assurance
    private let possibleLiars: Int
    private let atZero: [FieldElement]
    /// For each further share, the weights of the first degree + 1.
    private let checks: [[FieldElement]]

    /// - Throws: `threshold.too_few_parties`.
    init(_ committee: Committee, degree: Int, parties: [Int], caught: Int = 0) throws(ThresholdError) {
        guard let assurance = committee.assurance(shares: parties.count, degree: degree, caught: caught) else {
            throw ThresholdError(
                .tooFewParties, "\(parties.count) shares do not open a value of degree \(degree)",
                parties: committee.members.filter { !parties.contains($0) })
        }
        self.committee = committee
        self.degree = degree
        self.parties = parties
        self.assurance = assurance
        possibleLiars = max(0, committee.corruptions - caught)
        let xs = parties.map { FieldElement(UInt64($0)) }
        let base = Array(xs[...degree])
        // The numbers of custodians are distinct.
        atZero = Lagrange.coefficients(base, at: .zero) ?? []
        checks = xs[(degree + 1)...].map { Lagrange.coefficients(base, at: $0) ?? [] }
    }

    /// Opens all values at once. `shares` are rows by party, in the order of ``parties``, of equal length.
    ///
    /// - Throws: `threshold.inconsistent_shares` where a word is wrong and cannot be corrected safely.
    func open(_ shares: [[FieldElement]], _ message: FrameKind) throws(ThresholdError) -> Result {
        let count = shares.first?.count ?? 0
        var values = [FieldElement](repeating: .zero, count: count)
        var isWrong = false
        for place in 0..<count {
            var value = FieldAccumulator()
            for (weight, row) in zip(atZero, shares) { value.add(weight, times: row[place]) }
            values[place] = value.reduced
        }
        for (extra, weights) in checks.enumerated() where !isWrong {
            let row = shares[degree + 1 + extra]
            for place in 0..<count {
                var expected = FieldAccumulator()
                for (weight, row) in zip(weights, shares) { expected.add(weight, times: row[place]) }
                if expected.reduced != row[place] { isWrong = true }
            }
        }
        return isWrong ? try correct(shares, message) : Result(values: values, liars: [])
    }

    private func correct(_ shares: [[FieldElement]], _ message: FrameKind) throws(ThresholdError) -> Result {
        var liars: Set<Int> = []
        var values: [FieldElement] = []
        let xs = parties.map { FieldElement(UInt64($0)) }
        for place in 0..<(shares.first?.count ?? 0) {
            let word = zip(xs, shares).map { Share(x: $0, y: $1[place]) }
            let errors = assurance == .corrected ? possibleLiars : 0
            guard let decoded = ReedSolomon.decode(word, degree: degree, errors: errors) else {
                throw ThresholdError(
                    .inconsistentShares, "value \(place): the shares lie on no polynomial of degree \(degree)", message: message)
            }
            liars.formUnion(decoded.wrong.map { parties[$0] })
            values.append(decoded.polynomial.value(at: .zero))
        }
        guard liars.count <= possibleLiars else {
            throw ThresholdError(
                .inconsistentShares, "more custodians sent wrong shares than may lie", parties: liars.sorted(), message: message)
        }
        return Result(values: values, liars: liars.sorted())
    }
}
