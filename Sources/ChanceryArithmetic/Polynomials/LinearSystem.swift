/// Linear equations over the field.
enum LinearSystem {
    /// One solution, free unknowns being zero; nil when there is none. Gaussian elimination, variable time: for public values
    /// and for shares that their owner already holds.
    static func solve(_ equations: [(row: [FieldElement], value: FieldElement)], unknowns: Int) -> [FieldElement]? {
        var rows = equations.map { $0.row + [$0.value] }
        var pivots: [Int] = []
        for column in 0..<unknowns {
            let next = pivots.count
            guard let found = rows.indices[next...].first(where: { !rows[$0][column].isZero }),
                let inverse = rows[found][column].inverse()
            else { continue }
            rows.swapAt(next, found)
            rows[next] = rows[next].map { $0 * inverse }
            for other in rows.indices where other != next && !rows[other][column].isZero {
                let factor = rows[other][column]
                for index in column...unknowns { rows[other][index] -= factor * rows[next][index] }
            }
            pivots.append(column)
        }
        guard rows[pivots.count...].allSatisfy({ $0[unknowns].isZero }) else { return nil }
        var solution = [FieldElement](repeating: .zero, count: unknowns)
        for (row, column) in pivots.enumerated() { solution[column] = rows[row][unknowns] }
        return solution
    }
}
