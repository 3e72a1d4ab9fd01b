internal import ChanceryPatterns

/// Names and globs of one list, compiled. Comparison is by code points.
///
/// A class, because conditions are taken apart for every request and a reference is the cheapest thing to hand on.
final class GlobList: Sendable {
    let sources: [String]
    private let literals: [[UInt8]]
    /// For long lists only: a handful is compared faster than hashed.
    private let lookup: Set<[UInt8]>
    private let globs: [Glob]
    /// Whether one entry alone covers every name.
    let matchesAll: Bool

    /// Entries that are no globs are remarked on and left out.
    init(_ entries: [(text: String, at: Position)], _ reading: Reading, _ findings: inout FindingLog) {
        var literals: [[UInt8]] = []
        var globs: [Glob] = []
        var matchesAll = false
        for (text, at) in entries {
            if text == "*" { matchesAll = true }
            guard reading == .strict, text.utf8.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5c }) else {
                literals.append(Array(text.utf8))
                continue
            }
            do {
                globs.append(try Glob(text))
            } catch {
                findings.error(.glob, error.detail, at)
            }
        }
        sources = entries.map(\.text)
        lookup = literals.count > 12 ? Set(literals) : []
        self.literals = literals.count > 12 ? [] : literals
        self.globs = globs
        self.matchesAll = matchesAll
    }

    func matches(_ name: String, _ bytes: [UInt8]) -> Bool {
        if matchesAll { return true }
        for literal in literals where literal.count == bytes.count && literal == bytes { return true }
        if !lookup.isEmpty, lookup.contains(bytes) { return true }
        for glob in globs where glob.matches(name) { return true }
        return false
    }

    func matches(_ name: String) -> Bool {
        matches(name, Array(name.utf8))
    }
}
