internal import ChanceryPatterns
internal import ChanceryWire

/// Regular expressions of a policy with their places, and the one automaton that they make.
struct PatternSource {
    /// Compiles `entries` together, ignoring case; those that do not compile are remarked on.
    ///
    /// Compat reading leaves out what is not an expression at all, as the reference does. It still refuses one that
    /// only this engine cannot read, because leaving it out would let more through than the reference.
    static func compile(
        _ entries: [(text: String, at: Position)], _ reading: Reading, _ findings: inout FindingLog
    ) -> (set: PatternSet, sources: [String])? {
        var kept = entries
        while true {
            do {
                return (try PatternSet(kept.map(\.text), caseInsensitive: true), kept.map(\.text))
            } catch {
                guard kept.indices.contains(error.index) else {
                    findings.error(.pattern, error.detail, entries.first?.at ?? Position(line: 1, column: 1))
                    return nil
                }
                let refused = kept.remove(at: error.index)
                if reading == .strict || error.error.reason != .syntax {
                    findings.error(.pattern, "pattern `\(refused.text.prefix(80))`: \(error.error.detail)", refused.at)
                    // A set that is too large as a whole would be refused once for each of its members.
                    if error.error.reason == .tooLarge { return nil }
                }
            }
        }
    }
}
