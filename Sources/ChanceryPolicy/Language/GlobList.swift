internal import ChanceryPatterns

/// Names and globs of one list, compiled. Comparison is by code points.
struct GlobList: Sendable {
    let sources: [String]
    private let literals: Set<[UInt8]>
    private let globs: [Glob]
    /// Whether one entry alone covers every name.
    let matchesAll: Bool

    /// Entries that are no globs are remarked on and left out.
    init(_ entries: [(text: String, at: Position)], _ reading: Reading, _ findings: inout FindingLog) {
        var literals: Set<[UInt8]> = []
        var globs: [Glob] = []
        var matchesAll = false
        for (text, at) in entries {
            if text == "*" { matchesAll = true }
            guard reading == .strict, text.utf8.contains(where: { $0 == 0x2a || $0 == 0x3f || $0 == 0x5c }) else {
                literals.insert(Array(text.utf8))
                continue
            }
            do {
                globs.append(try Glob(text))
            } catch {
                findings.error(.glob, error.detail, at)
            }
        }
        sources = entries.map(\.text)
        self.literals = literals
        self.globs = globs
        self.matchesAll = matchesAll
    }

    func matches(_ name: String, _ bytes: [UInt8]) -> Bool {
        matchesAll || literals.contains(bytes) || globs.contains { $0.matches(name) }
    }

    func matches(_ name: String) -> Bool {
        matches(name, Array(name.utf8))
    }
}
