import ChanceryPatterns
import Testing

@Suite struct EffortTests {
    private func automaton(_ patterns: [String]) throws -> LazyAutomaton {
        let trees = try patterns.map { try ExpressionParser.parse($0, caseInsensitive: false) }
        return LazyAutomaton(try ProgramBuilder.build(trees))
    }

    private func scan(_ text: String, _ automaton: inout LazyAutomaton) {
        unsafe Array(text.utf8).withUnsafeBufferPointer { unsafe automaton.scan($0, isASCII: true) }
    }

    /// Texts of 100 kB on which backtracking takes exponential or high polynomial time.
    @Test(arguments: [
        ("(a+)+$", "a", "!"), ("(a|a)*b", "a", ""), ("(.*a){20}", "a", "b"), ("(a|aa)+$", "a", "b"),
        ("(\\w+\\s?)*$", "word ", "!"),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a", ""), ("(x+x+)+y", "x", ""), ("((a*)*)*c", "a", "b"),
    ])
    func `patterns that stall backtracking take few steps`(pattern: String, piece: String, end: String) throws {
        var automaton = try automaton([pattern])
        let text = String(repeating: piece, count: 100_000 / piece.utf8.count) + end
        scan(text, &automaton)
        // Every further byte goes a way that is known.
        #expect(automaton.simulation.steps < 500, "`\(pattern)`: \(automaton.simulation.steps) steps")
    }

    @Test func `a text that needs too many states costs one step a byte and is still searched`() throws {
        // The automaton remembers the last 18 letters: 2^18 states.
        var automaton = try automaton(["(?:a|b)*a(?:a|b){17}c"])
        var source = PatternSource(seed: 5)
        let text = (0..<20_000).map { _ in Bool.random(using: &source) ? "a" : "b" }.joined()
        automaton.begin()
        scan(text, &automaton)
        #expect(automaton.found == [0])
        // Four quarters, each read again at most once with its first reading beside it, then all by simulation.
        #expect(automaton.simulation.steps <= text.utf8.count * 4)
        scan(text + "a" + String(repeating: "b", count: 17) + "c", &automaton)
        #expect(automaton.found == [1])
    }

    @Test func `a text searched before takes no step again`() throws {
        var automaton = try automaton(["rm\\s+-rf", "curl.*\\|.*bash", "\\bsudo\\b"])
        let text = String(repeating: "please curl the report | sudoku and rm nothing\n", count: 20)
        scan(text, &automaton)
        let steps = automaton.simulation.steps
        scan(text, &automaton)
        #expect(automaton.simulation.steps == steps)
    }

    @Test func `threads share a set`() async throws {
        let set = try PatternSet((0..<70).map { "word\($0)\\b" }, caseInsensitive: true)
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<200 {
                group.addTask { set.matches(in: Array("a WORD\(number % 70) and x\(number)".utf8)) == [number % 70] }
            }
            for await right in group { #expect(right) }
        }
    }

    @Test(arguments: [
        ("rm", ["x RM", "x rm"]), ("RM", ["x rm", "x RM"]), ("(?-i:RM)", ["x rm", "x RM"]),
        ("(?-i:[M-Q])", ["x l", "x m", "x M"]), ("@", ["`", "@"]), ("\\{", ["x[", "x{"]), ("é", ["E", "É"]),
        ("rm$", ["rmx", "rm"]), ("y", ["ab", "AB", "ay"]),
    ])
    func `a text is searched that differs little from the one before`(pattern: String, texts: [String]) throws {
        let set = try PatternSet(["unlikely", pattern], caseInsensitive: true)
        // Searched in quarters, and in what is left of them.
        for padding in [0, 61, 130] {
            let bytes = texts.map { [UInt8](repeating: 0x2d, count: padding) + Array($0.utf8) }
            #expect(set.firstMatch(in: bytes) == 1, "`\(pattern)` in \(texts) behind \(padding)")
        }
    }

    @Test func `ill-formed UTF-8 hides nothing`() throws {
        let set = try PatternSet(["rm -rf", "\\bx\\b", "\u{fffd}"], caseInsensitive: false)
        for bad in [[0xff], [0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98], [0x80], [0xed, 0xa0, 0x80], [0xc0, 0xaf]] as [[UInt8]] {
            #expect(set.matches(in: bad + Array("rm -rf".utf8) + bad + Array("x".utf8) + bad) == [0, 1, 2])
        }
    }

    @Test func `no patterns and no text are no trouble`() throws {
        #expect(try PatternSet([], caseInsensitive: true).firstMatch(in: Array("a".utf8)) == nil)
        #expect(try PatternSet(["a", ""], caseInsensitive: true).matches(in: []) == [1])
    }
}
