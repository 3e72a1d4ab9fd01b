/// The difference of two texts as a unified diff with three lines around each change.
public enum PolicyDiff {
    /// Lines with their line ends, header first; empty when the texts are equal.
    ///
    /// Texts of more than about two thousand changed lines on both sides come out as one replacement.
    public static func unified(from old: String, to new: String, oldLabel: String, newLabel: String) -> [String] {
        let edits = edits(lines(old), lines(new))
        guard edits.contains(where: { $0.kind != .same }) else { return [] }
        return ["--- \(oldLabel)\n", "+++ \(newLabel)\n"] + hunks(edits)
    }

    private enum Kind { case same, removed, added }

    private struct Edit {
        let kind: Kind
        let line: Substring
    }

    private static let context = 3
    private static let largestTable = 4 << 20

    private static func lines(_ text: String) -> [Substring] {
        var lines: [Substring] = []
        var start = text.startIndex
        while start < text.endIndex {
            let end = text.utf8[start...].firstIndex(of: 0x0a).map { text.utf8.index(after: $0) } ?? text.endIndex
            lines.append(text[start..<end])
            start = end
        }
        return lines
    }

    private static func isSame(_ left: Substring, _ right: Substring) -> Bool { left.utf8.elementsEqual(right.utf8) }

    /// A shortest edit by the longest common subsequence, after common ends are taken off.
    private static func edits(_ old: [Substring], _ new: [Substring]) -> [Edit] {
        let head = zip(old, new).prefix { isSame($0, $1) }.count
        let tail = zip(old[head...].reversed(), new[head...].reversed()).prefix { isSame($0, $1) }.count
        let (left, right) = (Array(old[head..<(old.count - tail)]), Array(new[head..<(new.count - tail)]))
        var middle: [Edit] = []
        if left.count.multipliedReportingOverflow(by: right.count).partialValue > largestTable {
            middle = left.map { Edit(kind: .removed, line: $0) } + right.map { Edit(kind: .added, line: $0) }
        } else {
            middle = aligned(left, right)
        }
        return old[..<head].map { Edit(kind: .same, line: $0) } + middle
            + old[(old.count - tail)...].map { Edit(kind: .same, line: $0) }
    }

    private static func aligned(_ left: [Substring], _ right: [Substring]) -> [Edit] {
        let width = right.count + 1
        var lengths = [Int](repeating: 0, count: (left.count + 1) * width)
        for row in left.indices.reversed() {
            for column in right.indices.reversed() {
                lengths[row * width + column] =
                    isSame(left[row], right[column])
                    ? lengths[(row + 1) * width + column + 1] + 1
                    : max(lengths[(row + 1) * width + column], lengths[row * width + column + 1])
            }
        }
        var edits: [Edit] = []
        var (row, column) = (0, 0)
        while row < left.count || column < right.count {
            if row < left.count, column < right.count, isSame(left[row], right[column]) {
                edits.append(Edit(kind: .same, line: left[row]))
                row += 1
                column += 1
            } else if row < left.count,
                column == right.count || lengths[(row + 1) * width + column] >= lengths[row * width + column + 1]
            {
                edits.append(Edit(kind: .removed, line: left[row]))
                row += 1
            } else {
                edits.append(Edit(kind: .added, line: right[column]))
                column += 1
            }
        }
        return edits
    }

    private static func hunks(_ edits: [Edit]) -> [String] {
        let changes = edits.indices.filter { edits[$0].kind != .same }
        var output: [String] = []
        var index = 0
        while index < changes.count {
            var last = index
            while last + 1 < changes.count, changes[last + 1] - changes[last] <= 2 * context { last += 1 }
            let range = max(changes[index] - context, 0)..<min(changes[last] + context + 1, edits.count)
            let before = edits[..<range.lowerBound]
            let oldStart = before.count { $0.kind != .added }
            let newStart = before.count { $0.kind != .removed }
            let oldCount = edits[range].count { $0.kind != .added }
            let newCount = edits[range].count { $0.kind != .removed }
            output.append("@@ -\(span(oldStart, oldCount)) +\(span(newStart, newCount)) @@\n")
            for edit in edits[range] {
                let sign =
                    switch edit.kind {
                    case .same: " "
                    case .removed: "-"
                    case .added: "+"
                    }
                output.append(sign + edit.line)
            }
            index = last + 1
        }
        return output
    }

    private static func span(_ start: Int, _ count: Int) -> String {
        switch count {
        case 0: "\(start),0"
        case 1: "\(start + 1)"
        default: "\(start + 1),\(count)"
        }
    }
}
