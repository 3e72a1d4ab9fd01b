import Testing

@testable import ChanceryPatterns

@Suite struct TwinTests {
    static let seeds: [UInt64] = [1, 2, 3, 4, 5, 6, 7, 8]

    @Test(arguments: seeds)
    func `the automaton finds what a search from every position finds`(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        for _ in 0..<250 {
            let pattern = source.pattern()
            let tree = try ExpressionParser.parse(pattern, caseInsensitive: false)
            let set = try PatternSet([pattern], caseInsensitive: false)
            for _ in 0..<12 {
                let text = source.text(upTo: 9)
                let found = set.firstMatch(in: Array(text.utf8)) != nil
                #expect(found == PositionSearch(text).finds(tree), "seed \(seed): `\(pattern)` on \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: seeds)
    func `many patterns together find what each finds alone, also in quarters`(seed: UInt64) throws {
        var source = PatternSource(seed: seed &+ 100)
        for _ in 0..<12 {
            let patterns = (0..<6).map { _ in source.pattern() }
            let trees = try patterns.map { try ExpressionParser.parse($0, caseInsensitive: true) }
            let set = try PatternSet(patterns, caseInsensitive: true)
            for _ in 0..<4 {
                let text = source.longText()
                let expected = trees.indices.filter { PositionSearch(text).finds(trees[$0]) }
                #expect(set.matches(in: Array(text.utf8)) == expected, "seed \(seed): \(patterns) on \(text.debugDescription)")
                #expect(set.firstMatch(in: Array(text.utf8)) == expected.first)
            }
        }
    }
}
