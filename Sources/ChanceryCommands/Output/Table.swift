/// Columns of text, aligned.
struct Table {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header.map { $0.uppercased() }] }

    mutating func add(_ row: [String]) { rows.append(row.map(Console.printable)) }

    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}
