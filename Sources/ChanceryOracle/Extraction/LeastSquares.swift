/// The best linear guess from answers: ridge regression, in whichever form is smaller.
struct LeastSquares {
    private var rows: [[Double]] = []
    private var answers: [Double] = []
    private let columns: Int

    init(columns: Int) { self.columns = columns }

    mutating func add(_ row: [Double], _ answer: Double) {
        rows.append(row)
        answers.append(answer)
    }

    /// argmin ‖Xw − y‖² + ridge·‖w‖²; the shortest solution when there are fewer answers than columns. Zeros without answers.
    func solution(ridge: Double) -> [Double] {
        guard let scale = rows.map({ LinearModel.product($0, $0) }).max(), scale > 0 else {
            return [Double](repeating: 0, count: columns)
        }
        // Enough to keep the factorisation of exact answers from failing, far below what it would change.
        let ridge = max(ridge, scale * 1e-13)
        return rows.count < columns ? dual(ridge) : primal(ridge)
    }

    private func dual(_ ridge: Double) -> [Double] {
        var gram = rows.map { left in rows.map { LinearModel.product(left, $0) } }
        for index in gram.indices { gram[index][index] += ridge }
        let multipliers = Self.solve(gram, answers)
        var solution = [Double](repeating: 0, count: columns)
        for (row, multiplier) in zip(rows, multipliers) {
            for column in 0..<columns { solution[column] += multiplier * row[column] }
        }
        return solution
    }

    private func primal(_ ridge: Double) -> [Double] {
        var normal = [[Double]](repeating: [Double](repeating: 0, count: columns), count: columns)
        var right = [Double](repeating: 0, count: columns)
        for (row, answer) in zip(rows, answers) {
            for i in 0..<columns {
                let factor = row[i]
                right[i] += factor * answer
                for j in 0...i { normal[i][j] += factor * row[j] }
            }
        }
        for i in 0..<columns { normal[i][i] += ridge }
        return Self.solve(normal, right)
    }

    /// Solves a symmetric positive definite system from its lower half (Cholesky).
    private static func solve(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
        var lower = matrix
        var result = right
        let size = right.count
        for i in 0..<size {
            for j in 0...i {
                var sum = lower[i][j]
                for k in 0..<j { sum -= lower[i][k] * lower[j][k] }
                lower[i][j] = i == j ? max(sum, .leastNormalMagnitude).squareRoot() : sum / lower[j][j]
            }
        }
        for i in 0..<size {
            for k in 0..<i { result[i] -= lower[i][k] * result[k] }
            result[i] /= lower[i][i]
        }
        for i in stride(from: size - 1, through: 0, by: -1) {
            for k in i + 1..<max(size, i + 1) { result[i] -= lower[k][i] * result[k] }
            result[i] /= lower[i][i]
        }
        return result
    }
}
