import ChanceryPatterns
import Testing

@Suite struct GlobTests {
    @Test(arguments: [
        ("*_write", "file_write", true), ("*_write", "file_write_all", false), ("*", "", true), ("?", "", false),
        ("?", "é", true),
        ("a?c", "abc", true), ("a?c", "ac", false), ("a\\*c", "a*c", true), ("a\\*c", "abc", false), ("", "", true),
        ("", "a", false),
        ("a*b*c", "a1b2b3c", true), ("a*b*c", "acb", false), ("**a", "a", true), ("*.exe", "x.EXE", false),
        ("[a]", "[a]", true),
    ])
    func `a glob fits the whole name`(source: String, text: String, expected: Bool) throws {
        #expect(try Glob(source).matches(text) == expected, "\(source) on \(text)")
    }

    @Test func `names that only look alike do not fit`() throws {
        #expect(try !Glob("\u{e9}").matches("e\u{301}"))
        #expect(try Glob("?").matches("e\u{301}") == false)
        #expect(try Glob("\u{e9}") != Glob("e\u{301}"))
    }

    @Test func `a trailing backslash is refused at its column`() {
        let error = #expect(throws: PatternError.self) { try Glob("ab\\") }
        #expect(error?.code == "pattern.syntax")
        #expect(error?.column == 3)
    }

    @Test func `a glob beyond its limit is refused`() {
        let error = #expect(throws: PatternError.self) { try Glob(String(repeating: "a", count: 4097)) }
        #expect(error?.code == "pattern.too_long")
    }

    @Test func `many stars over a long name end soon`() throws {
        let glob = try Glob(String(repeating: "*a", count: 200) + "*b")
        #expect(!glob.matches(String(repeating: "a", count: 5_000)))
    }
}
