internal import ChanceryArithmetic

/// Reads the shares of opened values as Reed–Solomon words.
struct Opening: Sendable {
    /// The values, and who sent a wrong share of one.
    struct Result: Sendable {
        var values: [FieldElement]
        var liars: [Int]
    }

    let degree: Int
    /// Ascending.
    let parties: [Int]
    let assurance: Assurance
    private let possibleLiars: Int

    /// - Throws: `threshold.too_few_parties`.
    init(_ committee: Committee, degree: Int, parties: [Int], caught: Int = 0) throws(ThresholdError) {
        guard let assurance = committee.assurance(shares: parties.count, degree: degree, caught: caught) else {
            throw ThresholdError(
                .tooFewParties, "\(parties.count) shares do not open a value of degree \(degree)",
                parties: committee.members.filter { !parties.contains($0) })
        }
        self.degree = degree
        self.parties = parties
        self.assurance = assurance
        possibleLiars = max(0, committee.corruptions - caught)
    }

    /// Opens all values at once. `shares` are rows by party, in the order of ``parties``, of equal length.
    ///
    /// A liar who is found is left out of all values, so a wrong row costs one decoding and one more pass.
    /// - Throws: `threshold.inconsistent_shares` where a word is wrong and cannot be corrected safely.
    func open(_ shares: [[FieldElement]], _ message: FrameKind) throws(ThresholdError) -> Result {
        var liars: Set<Int> = []
        while true {
            let honest = parties.indices.filter { !liars.contains(parties[$0]) }
            let word = Word(honest.map { parties[$0] }, degree: degree)
            let rows = honest.map { shares[$0] }
            var values: [FieldElement] = []
            guard let place = word.open(rows, into: &values) else { return Result(values: values, liars: liars.sorted()) }
            let errors = assurance == .corrected ? possibleLiars - liars.count : 0
            let points = zip(word.points, rows).map { ShamirShare(x: $0, y: $1[place]) }
            guard errors > 0, let decoded = ReedSolomon.decode(points, degree: degree, errors: errors), !decoded.wrong.isEmpty
            else {
                throw ThresholdError(
                    .inconsistentShares, "value \(place): the shares lie on no polynomial of degree \(degree)",
                    parties: liars.sorted(), message: message)
            }
            // At most as many again as may lie, so this ends.
            liars.formUnion(decoded.wrong.map { parties[honest[$0]] })
        }
    }

    /// The weights with which the shares of some parties are read.
    private struct Word {
        let points: [FieldElement]
        private let degree: Int
        private let atZero: [FieldElement]
        /// For each further share, the weights of the first degree + 1.
        private let checks: [[FieldElement]]

        /// More parties than the degree.
        init(_ parties: [Int], degree: Int) {
            points = parties.map { FieldElement(UInt64($0)) }
            self.degree = degree
            let base = Array(points[...degree])
            // The numbers of custodians are distinct.
            atZero = Lagrange.coefficients(base, at: .zero) ?? []
            checks = points[(degree + 1)...].map { Lagrange.coefficients(base, at: $0) ?? [] }
        }

        /// The first place whose shares lie on no polynomial; nil when all do.
        func open(_ rows: [[FieldElement]], into values: inout [FieldElement]) -> Int? {
            let count = rows.first?.count ?? 0
            values = [FieldElement](repeating: .zero, count: count)
            for place in 0..<count {
                var value = FieldAccumulator()
                for (weight, row) in zip(atZero, rows) { value.add(weight, times: row[place]) }
                values[place] = value.reduced
            }
            for (extra, weights) in checks.enumerated() {
                let row = rows[degree + 1 + extra]
                for place in 0..<count {
                    var expected = FieldAccumulator()
                    for (weight, row) in zip(weights, rows) { expected.add(weight, times: row[place]) }
                    if expected.reduced != row[place] { return place }
                }
            }
            return nil
        }
    }
}
