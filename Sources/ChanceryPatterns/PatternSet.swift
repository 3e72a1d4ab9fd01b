/// Regular expressions that are looked for together, anywhere in a text.
public struct PatternSet: Sendable {
    public let count: Int

    public init(_ sources: [String], caseInsensitive: Bool) throws(PatternSetError) {
        count = sources.count
        for (index, source) in sources.enumerated() {
            guard (try? Regex(source)) != nil else {
                throw PatternSetError(index: index, error: PatternError(.syntax, "not an expression", column: 1))
            }
        }
        self.sources = sources
        self.caseInsensitive = caseInsensitive
    }

    private let sources: [String]
    private let caseInsensitive: Bool

    /// The lowest index of a pattern that occurs in `text`.
    public func firstMatch(in text: [UInt8]) -> Int? { matches(in: text).first }

    /// The indices of all patterns that occur in `text`, ascending.
    public func matches(in text: [UInt8]) -> [Int] {
        let text = String(decoding: text, as: UTF8.self)
        return sources.indices.filter { index in
            guard let regex = try? Regex(sources[index]) else { return false }
            return text.firstMatch(of: caseInsensitive ? regex.ignoresCase() : regex) != nil
        }
    }
}
