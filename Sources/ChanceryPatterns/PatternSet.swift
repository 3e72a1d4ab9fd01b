/// Regular expressions that are looked for together, anywhere in a text, in time linear in the text.
///
/// The expressions are those of RE2 and of Python's `re` that a finite automaton can decide; `docs/spec/text-views.md`
/// lists them. Back-references and look-around are refused when the set is made. `^` and `$` tie a pattern to the ends
/// of the text. Threads may share a set; each search takes an automaton of its own from a pool.
public struct PatternSet: Sendable {
    /// The most instructions that the patterns of one set may compile to, all together.
    public static let instructionLimit = 20_000
    /// The most classes of characters that the patterns of one set may tell apart.
    public static let symbolLimit = 2048

    /// How many patterns there are.
    public let count: Int
    private let pool: AutomatonPool
    private let ignoresCaseOfASCII: Bool

    /// Compiles `sources`. Throws `pattern.syntax`, `pattern.unsupported`, `pattern.too_long` (beyond 4096 bytes),
    /// `pattern.too_large` (the limits above, repetition beyond 1000) or `pattern.too_deep`, with the index of the pattern.
    public init(_ sources: [String], caseInsensitive: Bool) throws(PatternSetError) {
        var trees: [SyntaxTree] = []
        for (index, source) in sources.enumerated() {
            do throws(PatternError) {
                trees.append(try ExpressionParser.parse(source, caseInsensitive: caseInsensitive))
            } catch {
                throw PatternSetError(index: index, error: error)
            }
        }
        count = sources.count
        let program = try ProgramBuilder.build(trees)
        ignoresCaseOfASCII = program.symbols.ignoresCaseOfASCII
        pool = AutomatonPool(program)
    }

    /// The lowest index of a pattern that occurs in `text`, UTF-8 whose ill-formed parts count as U+FFFD.
    public func firstMatch(in text: [UInt8]) -> Int? { firstMatch(in: [text]) }

    /// The lowest index of a pattern that occurs in one of `texts`; cheaper than to ask for each.
    public func firstMatch(in texts: [[UInt8]]) -> Int? {
        guard count > 0 else { return nil }
        return scan(texts) { found in
            for (word, bits) in found.enumerated() where bits != 0 { return word * 64 + bits.trailingZeroBitCount }
            return nil
        }
    }

    /// The indices of all patterns that occur in `text`, ascending.
    public func matches(in text: [UInt8]) -> [Int] {
        guard count > 0 else { return [] }
        return scan([text]) { found in
            (0..<count).filter { found[$0 >> 6] & 1 << UInt64($0 & 63) != 0 }
        }
    }

    private func scan<Answer>(_ texts: [[UInt8]], answer: ([UInt64]) -> Answer) -> Answer {
        pool.withAutomaton { automaton in
            automaton.begin()
            for (index, text) in texts.enumerated() {
                // Where the patterns ignore case, a text that differs from the one before by nothing else says the same to them.
                if index > 0, ignoresCaseOfASCII, Self.differOnlyByCase(text, texts[index - 1]) { continue }
                Self.scan(text, &automaton)
            }
            return answer(automaton.found)
        }
    }

    /// Whether both texts have the same bytes but for the case of ASCII letters.
    private static func differOnlyByCase(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        // Without an early end, so that the compiler compares many bytes at a time.
        var different: UInt8 = 0
        for (a, b) in zip(left, right) {
            let isLetter = (a | 0x20) &- 0x61 < 26
            different |= (a ^ b) & (isLetter ? ~0x20 : 0xff)
        }
        return different == 0
    }

    private static func scan(_ text: [UInt8], _ automaton: inout LazyAutomaton) {
        // Only where the bytes above ASCII are not UTF-8 is another text made.
        let union = text.reduce(0, |)
        unsafe text.withUnsafeBufferPointer { bytes in
            guard union >= 0x80 else { return unsafe automaton.scan(bytes, isASCII: true) }
            var repaired = String(decoding: text, as: UTF8.self)
            repaired.withUTF8 { unsafe automaton.scan($0, isASCII: false) }
        }
    }
}
