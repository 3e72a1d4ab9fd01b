internal import ChanceryWire
internal import Foundation

/// Results go to standard output, remarks to standard error.
enum Console {
    static let standardOutputIsTerminal = isatty(STDOUT_FILENO) == 1
    static let standardErrorIsTerminal = isatty(STDERR_FILENO) == 1

    static func write(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }

    static func remark(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func error(_ text: String) { remark("chancery: \(text)") }

    /// Replaces what a terminal would obey.
    static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { scalar in
                    let isControl =
                        scalar.value < 0x20 || (0x7f...0x9f).contains(scalar.value) || [0x200e, 0x200f].contains(scalar.value)
                        || (0x202a...0x202e).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
                    return isControl ? "\u{fffd}" : scalar
                }))
    }
}

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

/// A line of progress with rate and time left, on a terminal only.
struct Progress {
    private let what: String
    private let started = ContinuousClock.now
    private let isShown: Bool
    private var last = ContinuousClock.now

    init(_ what: String, quiet: Bool) {
        self.what = what
        isShown = Console.standardErrorIsTerminal && !quiet
    }

    mutating func update(_ done: UInt64, of total: UInt64) {
        let now = ContinuousClock.now
        guard isShown, now - last > .milliseconds(100) || done == total else { return }
        last = now
        let seconds = max(
            Double((now - started).components.seconds) + Double((now - started).components.attoseconds) / 1e18, 0.001)
        let rate = Double(done) / seconds
        let left = rate > 0 && total > done ? Double(total - done) / rate : 0
        let filled = total > 0 ? Int(Double(done) / Double(total) * 24) : 24
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
        let text = "\r\u{1b}[K\(what) \(bar) \(done)/\(total)  \(Int(rate))/s  \(Int(left.rounded(.up))) s left"
        FileHandle.standardError.write(Data((done == total ? "\r\u{1b}[K" : text).utf8))
    }
}
