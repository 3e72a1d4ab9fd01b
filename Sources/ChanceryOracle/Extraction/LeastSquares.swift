/// The best linear guess from answers: ridge regression, in whichever form is smaller.
struct LeastSquares {
    private let columns: Int
    private var rows: [[Double]] = []
    private var answers: [Double] = []
    // The lower half of XᵀX by rows, and Xᵀy, over the first `summed` rows.
    private var normal: [Double] = []
    private var right: [Double]
    private var summed = 0
    private var longest = 0.0

    init(columns: Int) {
        self.columns = columns
        right = [Double](repeating: 0, count: columns)
    }

    mutating func add(_ row: [Double], _ answer: Double) {
        rows.append(row)
        answers.append(answer)
        longest = max(longest, LinearModel.product(row, row))
    }

    /// argmin ‖Xw − y‖² + ridge·‖w‖²; the shortest solution when there are fewer answers than columns. Zeros without answers.
    mutating func solution(ridge: Double) -> [Double] {
        guard longest > 0 else { return [Double](repeating: 0, count: columns) }
        // Enough to keep the factorisation of exact answers from failing, far below what it would change.
        let ridge = max(ridge, longest * 1e-13)
        return rows.count < columns ? dual(ridge) : primal(ridge)
    }

    private func dual(_ ridge: Double) -> [Double] {
        let size = rows.count
        var gram = [Double](repeating: 0, count: size * size)
        for i in 0..<size {
            for j in 0...i { gram[i * size + j] = LinearModel.product(rows[i], rows[j]) }
            gram[i * size + i] += ridge
        }
        let multipliers = Self.solve(gram, answers)
        var solution = [Double](repeating: 0, count: columns)
        for (row, multiplier) in zip(rows, multipliers) {
            for column in 0..<columns { solution[column] += multiplier * row[column] }
        }
        return solution
    }

    private mutating func primal(_ ridge: Double) -> [Double] {
        if normal.isEmpty { normal = [Double](repeating: 0, count: columns * columns) }
        while summed < rows.count {
            let row = rows[summed]
            for i in 0..<columns {
                let factor = row[i]
                right[i] += factor * answers[summed]
                for j in 0...i { normal[i * columns + j] += factor * row[j] }
            }
            summed += 1
        }
        var matrix = normal
        for i in 0..<columns { matrix[i * columns + i] += ridge }
        return Self.solve(matrix, right)
    }

    /// Solves a symmetric positive definite system from its lower half by rows (Cholesky).
    private static func solve(_ matrix: [Double], _ right: [Double]) -> [Double] {
        var lower = matrix
        var result = right
        let size = right.count
        for i in 0..<size {
            for j in 0...i {
                var sum = lower[i * size + j]
                for k in 0..<j { sum -= lower[i * size + k] * lower[j * size + k] }
                lower[i * size + j] =
                    i == j ? max(sum, .leastNormalMagnitude).squareRoot() : sum / lower[j * size + j]
            }
        }
        for i in 0..<size {
            for k in 0..<i { result[i] -= lower[i * size + k] * result[k] }
            result[i] /= lower[i * size + i]
        }
        for i in (0..<size).reversed() {
            result[i] /= lower[i * size + i]
            for k in 0..<i { result[k] -= lower[i * size + k] * result[i] }
        }
        return result
    }
}
