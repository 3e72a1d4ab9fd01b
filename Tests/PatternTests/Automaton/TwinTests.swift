import ChanceryPatterns
import Testing

@Suite struct TwinTests {
    @Test(arguments: UInt64(1)...8)
    func `an automaton of six patterns finds what a search from every position finds`(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        for _ in 0..<30 {
            let patterns = (0..<6).map { _ in source.pattern() }
            let trees = try patterns.map { try ExpressionParser.parse($0, caseInsensitive: false) }
            let set = try PatternSet(patterns, caseInsensitive: false)
            for _ in 0..<14 {
                let text = source.text(upTo: 9)
                let expected = trees.indices.filter { PositionSearch(text).finds(trees[$0]) }
                #expect(set.matches(in: Array(text.utf8)) == expected, "seed \(seed): \(patterns) on \(text.debugDescription)")
            }
        }
    }

    @Test(arguments: UInt64(101)...106)
    func `so it does in long texts, which it searches in quarters`(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        for _ in 0..<12 {
            let patterns = (0..<6).map { _ in source.pattern() }
            let trees = try patterns.map { try ExpressionParser.parse($0, caseInsensitive: true) }
            let set = try PatternSet(patterns, caseInsensitive: true)
            for _ in 0..<3 {
                let text = source.longText()
                let expected = trees.indices.filter { PositionSearch(text).finds(trees[$0]) }
                #expect(set.matches(in: Array(text.utf8)) == expected, "seed \(seed): \(patterns) on \(text.debugDescription)")
                #expect(set.firstMatch(in: Array(text.utf8)) == expected.first)
            }
        }
    }

    @Test(arguments: UInt64(201)...204)
    func `so it does with too few states, by simulation`(seed: UInt64) throws {
        var source = PatternSource(seed: seed)
        for _ in 0..<40 {
            let pattern = source.pattern()
            let tree = try ExpressionParser.parse(pattern, caseInsensitive: false)
            var automaton = LazyAutomaton(try ProgramBuilder.build([tree]), stateLimit: 3)
            for text in [source.text(upTo: 9), source.longText(), source.text(upTo: 30)] {
                automaton.begin()
                let bytes = Array(text.utf8)
                let isASCII = bytes.allSatisfy { $0 < 0x80 }
                unsafe bytes.withUnsafeBufferPointer { unsafe automaton.scan($0, isASCII: isASCII) }
                let expected: UInt64 = PositionSearch(text).finds(tree) ? 1 : 0
                #expect(automaton.found == [expected], "seed \(seed): `\(pattern)` on \(text.debugDescription)")
            }
        }
    }
}
