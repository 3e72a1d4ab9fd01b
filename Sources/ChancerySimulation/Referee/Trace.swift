internal import ChancerySuite

/// What happened, a line each.
final class Trace {
    private(set) var lines: [String] = []
    private var names: [Digest256: String] = [:]

    func add(_ line: String, at time: Int64) {
        let text = String(time)
        lines.append(String(repeating: " ", count: max(0, 6 - text.count)) + text + "  " + line)
    }

    /// Blocks are numbered as they come: their ids depend on signatures, which no two processes make alike.
    func name(of block: Digest256) -> String {
        if let known = names[block] { return known }
        let name = "b\(names.count + 1)"
        names[block] = name
        return name
    }
}
