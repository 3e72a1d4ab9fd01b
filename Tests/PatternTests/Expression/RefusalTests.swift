import ChanceryPatterns
import Testing

@Suite struct RefusalTests {
    @Test(arguments: [
        ("(", 1), ("a(b", 2), ("a)", 2), ("[a", 1), ("*a", 1), ("a**", 3), ("a|?", 3), ("a{2}{3}", 5), ("a{3,2}", 2), ("^*", 2),
        ("\\", 1),
        ("ab\\", 3), ("[b-a]", 2), ("[\\w-a]", 2), ("[a-\\d]", 2), ("\\q", 1), ("\\x4", 4), ("\\u12", 5), ("\\ud800", 1),
        ("\\x{110000}", 1),
        ("\\U00110000", 1), ("(?P<1a>b)", 5), ("(?P<a", 5), ("é(", 2), ("😀*+?(", 3), ("(?#a", 1), ("[\\B]", 2), ("{2}", 1),
        ("a|)", 3),
    ])
    func `what is no expression is refused at its column`(pattern: String, column: Int) {
        let error = #expect(throws: PatternSetError.self, "\(pattern)") {
            try PatternSet(["ok", pattern], caseInsensitive: true)
        }
        #expect(error?.index == 1)
        #expect(
            error?.code == (pattern.contains("*+") ? "pattern.unsupported" : "pattern.syntax"), "\(pattern): \(error as Any)")
        #expect(error?.error.column == column, "\(pattern): \(error as Any)")
    }

    @Test(arguments: [
        ("(a)\\1", 4), ("(?P<n>a)(?P=n)", 9), ("a(?=b)", 2), ("(?!a)", 1), ("(?<=a)b", 1), ("(?<!a)b", 1), ("(?>a)", 1),
        ("(a)(?(1)b|c)", 4),
        ("a*+", 3), ("a{1,2}+", 7), ("\\p{L}", 1), ("\\N{DIGIT ONE}", 1), ("[[:alpha:]]", 2), ("\\Qa\\E", 1), ("(?x)a", 1),
        ("(?a:b)", 1),
        ("\\k<n>", 1), ("\\X", 1), ("(?R)", 1), ("\\8", 1),
    ])
    func `what only backtracking can decide is refused at its column`(pattern: String, column: Int) {
        let error = #expect(throws: PatternSetError.self, "\(pattern)") { try PatternSet([pattern], caseInsensitive: false) }
        #expect(error?.code == "pattern.unsupported", "\(pattern): \(error as Any)")
        #expect(error?.error.column == column, "\(pattern): \(error as Any)")
    }

    @Test(arguments: [
        ("a{1001}", 2), ("a{0,99999999999999999999}", 2), ("(?:a{200}){200}", 5), ("(?:(?:(?:a?){1000}){1000}){1000}", 11),
        ("(?:(?:(?:a|b){1000}){1000}){1000}", 14), ("(?:(?:(?:|){1000}){1000}){1000}", 12),
    ])
    func `what grows too large is refused`(pattern: String, column: Int) {
        let error = #expect(throws: PatternSetError.self, "\(pattern)") { try PatternSet([pattern], caseInsensitive: false) }
        #expect(error?.code == "pattern.too_large", "\(pattern): \(error as Any)")
        #expect(error?.error.column == column, "\(pattern): \(error as Any)")
    }

    @Test func `empty repetitions cost nothing`() throws {
        let nested = (0..<90).reduce("") { inner, _ in "(?:\(inner)){1000}" }
        #expect(try PatternSet([nested], caseInsensitive: false).matches(in: []) == [0])
    }

    @Test func `a set is bounded as a whole`() {
        let patterns = (0..<30).map { "x\($0)a{900}" }
        let error = #expect(throws: PatternSetError.self) { try PatternSet(patterns, caseInsensitive: false) }
        #expect(error?.code == "pattern.too_large")
        #expect(error?.index == 22)
    }

    @Test func `too many kinds of characters are refused`() {
        let letters = String(String.UnicodeScalarView((0x4e00..<0x4e00 + 1300).compactMap(Unicode.Scalar.init)))
        let more = String(String.UnicodeScalarView((0x6000..<0x6000 + 1300).compactMap(Unicode.Scalar.init)))
        #expect(throws: Never.self) { try PatternSet([letters], caseInsensitive: false) }
        let error = #expect(throws: PatternSetError.self) { try PatternSet([letters, more], caseInsensitive: false) }
        #expect(error?.code == "pattern.too_large")
    }

    @Test func `a pattern beyond its limit is refused`() {
        let error = #expect(throws: PatternSetError.self) {
            try PatternSet([String(repeating: "é", count: 2049)], caseInsensitive: false)
        }
        #expect(error?.code == "pattern.too_long")
    }

    @Test func `deep groups are refused, not followed`() {
        let error = #expect(throws: PatternSetError.self) {
            try PatternSet([String(repeating: "(", count: 4000)], caseInsensitive: false)
        }
        #expect(error?.code == "pattern.too_deep")
        #expect(error?.error.column == 101)
    }

    @Test func `no short text of special characters traps`() {
        let characters = [
            "(", ")", "[", "]", "{", "}", "?", "*", "+", "\\", "|", "^", "$", "-", "1", ",", "x", "b", ":", "<", "P", "é",
        ]
        var state: UInt64 = 9
        for _ in 0..<4_000 {
            var pattern = ""
            for _ in 0..<6 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                pattern += characters[Int(state >> 33) % characters.count]
            }
            if let set = try? PatternSet([pattern], caseInsensitive: true) { _ = set.firstMatch(in: Array("xb1".utf8)) }
        }
    }
}
