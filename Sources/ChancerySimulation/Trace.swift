/// What happened, a line each.
final class Trace {
    private(set) var lines: [String] = []

    func add(_ line: String, at time: Int64) {
        let text = String(time)
        lines.append(String(repeating: " ", count: max(0, 6 - text.count)) + text + "  " + line)
    }
}
