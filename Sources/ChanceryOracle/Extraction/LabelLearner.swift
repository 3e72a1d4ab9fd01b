internal import Glibc

/// What labels alone tell about (b, w): a normal belief, moved by each label as probit regression without noise does.
///
/// Source: assumed-density filtering (Opper 1998; Minka 2001). A question on the boundary of the belief, in the direction in
/// which it is widest, is worth most.
struct LabelLearner {
    private(set) var mean: [Double]
    // By rows.
    private var covariance: [Double]

    init(columns: Int) {
        mean = [Double](repeating: 0, count: columns)
        covariance = [Double](repeating: 0, count: columns * columns)
        for index in 0..<columns { covariance[index * columns + index] = 1 }
    }

    /// How unsure the belief is of the score of `row`.
    func variance(of row: [Double]) -> Double { LinearModel.product(row, spread(of: row)) }

    mutating func learn(_ row: [Double], isPositive: Bool) {
        let spread = spread(of: row)
        let variance = max(LinearModel.product(row, spread), 0) + 1e-9 * LinearModel.product(row, row)
        guard variance > 0 else { return }
        let deviation = variance.squareRoot()
        let sign: Double = isPositive ? 1 : -1
        let margin = sign * LinearModel.product(mean, row) / deviation
        let ratio = Self.hazard(margin)
        let shrink = ratio * (ratio + margin) / variance
        let columns = mean.count
        for i in 0..<columns {
            mean[i] += sign * ratio * spread[i] / deviation
            let factor = shrink * spread[i]
            for j in 0..<columns { covariance[i * columns + j] -= factor * spread[j] }
        }
    }

    private func spread(of row: [Double]) -> [Double] {
        let columns = mean.count
        var spread = [Double](repeating: 0, count: columns)
        for i in 0..<columns {
            var sum = 0.0
            for j in 0..<columns { sum += covariance[i * columns + j] * row[j] }
            spread[i] = sum
        }
        return spread
    }

    /// φ(z)/Φ(z).
    private static func hazard(_ z: Double) -> Double {
        // Far out the quotient of two tiny numbers is −z.
        guard z > -30 else { return -z }
        let density = exp(-z * z / 2) / (2 * Double.pi).squareRoot()
        return density / (0.5 * erfc(-z / 2.squareRoot()))
    }
}
