internal import Glibc

extension ExtractionReport {
    /// The table: a row for each number of questions, for each attack the relative error of the weights and the share of
    /// labels.
    public var table: String {
        var rows = [["questions"] + curves.map { $0.attack.rawValue + ($0.isPossible ? "" : " *") }]
        for (index, mark) in (curves.first?.points ?? []).enumerated() {
            rows.append(
                [Self.marked(mark.queries, client, program)]
                    + curves.map { curve in
                        let point = curve.points[index]
                        return "\(Self.decimals(point.weightError)) \(Self.percent(point.agreement))"
                    })
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
                .joined(separator: "  ").trimmingEnd
        }
        var notes = ["c: one client's budget; p: the programme's. Weights: relative error. Labels: share that agrees."]
        if curves.contains(where: { !$0.isPossible }) { notes.append("* Not under this policy: outputs are rounded.") }
        return (lines + notes).joined(separator: "\n") + "\n"
    }

    /// The share of labels over the number of questions, drawn with characters: one letter for each attack.
    public func plot(width: Int = 64, height: Int = 12) -> String {
        let (width, height) = (min(max(width, 16), 200), min(max(height, 4), 60))
        var canvas = [[Character]](repeating: [Character](repeating: " ", count: width), count: height)
        let span = LogAxis(last: curves.flatMap { $0.points.map(\.queries) }.max() ?? 1)
        let row = { (share: Double) in Int(((1 - min(max(share, 0.5), 1)) * 2 * Double(height - 1)).rounded()) }
        if let limit {
            for column in 0..<width where column % 2 == 0 { canvas[row(limit.agreement.fraction)][column] = "·" }
        }
        for curve in curves where curve.isPossible {
            for column in 0..<width {
                guard let share = curve.agreement(at: span.queries(at: Double(column) / Double(width - 1))) else { continue }
                canvas[row(share)][column] = curve.attack.letter
            }
        }
        let axis = canvas.enumerated().map { index, line in
            let share = 100 - 50 * Double(index) / Double(height - 1)
            let label = index == 0 || index == height - 1 ? Self.padded("\(Int(share.rounded()))%", 5) : "     "
            return (label + "|" + String(line)).trimmingEnd
        }
        let last = "\(span.last)"
        let scale = "     +1" + String(repeating: "-", count: max(0, width - 1 - last.count)) + last
        let legend = curves.filter(\.isPossible).map { "\($0.attack.letter) \($0.attack.rawValue)" }.joined(separator: "  ")
        return (axis + [scale, "     labels that agree over questions (logarithmic); \(legend); · the owner's limit"])
            .joined(separator: "\n") + "\n"
    }

    private static func marked(_ queries: Int, _ client: Int64?, _ program: Int64?) -> String {
        "\(queries)" + (client == Int64(queries) ? " c" : "") + (program == Int64(queries) ? " p" : "")
    }

    static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// Four decimals.
    static func decimals(_ value: Double) -> String {
        guard value.isFinite, value < 1e6 else { return "large" }
        let units = Int((value * 10_000).rounded())
        let fraction = String(units % 10_000)
        return "\(units / 10_000)." + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}

/// Numbers of questions on a logarithmic axis from 1.
struct LogAxis {
    let last: Int

    /// The position of `queries`, 0…1.
    func position(_ queries: Int) -> Double {
        last <= 1 ? 0 : log(Double(max(queries, 1))) / log(Double(last))
    }

    /// The first whole number of questions at or beyond `position`.
    func queries(at position: Double) -> Int {
        var (low, high) = (1, max(last, 1))
        while low < high {
            let middle = (low + high) / 2
            if self.position(middle) + 1e-9 >= position { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension ExtractionReport.Curve {
    /// The share of labels after `queries`, between the points on a straight line; nil before the first point and after
    /// the last.
    func agreement(at queries: Int) -> Double? {
        guard let next = points.firstIndex(where: { $0.queries >= queries }) else { return nil }
        let right = points[next]
        guard next > 0 else { return right.queries == queries ? right.agreement : nil }
        let left = points[next - 1]
        let share = Double(queries - left.queries) / Double(right.queries - left.queries)
        return left.agreement + share * (right.agreement - left.agreement)
    }
}

extension ExtractionAttack {
    /// In a drawing of characters.
    var letter: Character {
        switch self {
        case .exact: "e"
        case .leastSquares: "s"
        case .corners: "c"
        case .labels: "l"
        case .adaptive: "a"
        case .packing: "p"
        }
    }
}

extension String {
    fileprivate var trimmingEnd: String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
