package import ChanceryWire

/// Which lines of the log have certificates, in the order in which others are told of them: by time, those of one time by line.
package struct CertificateLines: Sendable {
    // Invariant: ascending by time, then by line.
    private var lines: [(time: UTCTime, line: Int)] = []

    package init() {}

    package var count: Int { lines.count }
    package subscript(_ place: Int) -> (time: UTCTime, line: Int) { lines[place] }

    /// Lines come in the order of their times, but where a clock was set back.
    package mutating func append(_ new: (time: UTCTime, line: Int)) {
        guard let last = lines.last, (new.time, new.line) < (last.time, last.line) else { return lines.append(new) }
        lines.insert(new, at: place { ($0.time, $0.line) < (new.time, new.line) })
    }

    /// The place of the first one that is not earlier than `time`.
    package func first(since time: UTCTime) -> Int { place { $0.time < time } }

    /// How many at the beginning are before what is looked for.
    private func place(_ isBefore: ((time: UTCTime, line: Int)) -> Bool) -> Int {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(lines[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
