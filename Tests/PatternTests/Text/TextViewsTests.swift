import ChanceryPatterns
import Testing

@Suite struct TextViewsTests {
    private static let dangerous = ["rm\\s+-rf"]

    private func isFound(_ leaves: [String], _ patterns: [String] = dangerous) throws -> Bool {
        let views = try TextViews(of: leaves, document: Array("{}".utf8))
        return try PatternSet(patterns, caseInsensitive: true).firstMatch(in: views.all) != nil
    }

    private func texts(_ leaves: [String], _ document: String = "{}") throws -> [String] {
        try TextViews(of: leaves, document: Array(document.utf8)).all.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        "rm -rf /", "rm\t-rf /", "rm\n-rf /", "rm\u{a0}-rf /", "rm\u{3000}-rf /", "rm\u{2028}-rf /", "RM -RF /",
        "r\u{200b}m -r\u{ad}f /",
        "r\u{200d}m \u{feff}-rf", "ｒｍ　－ｒｆ", "𝓻𝓶 -𝐫𝐟", "Ⓡⓜ -rf", "rm  \u{202e}-rf", "r\u{0}m -rf", "rm \u{7}-rf", "ℛℳ -rf",
        "rm%20-rf%20/", "%72%6d%20%2d%72%66", "%u0072m%20-rf", "%2572m -rf", "％72m -rf", "rm%C2%A0-rf", "%7\u{200b}2m -rf",
        "\\u0072m -rf", "\\x72\\x6d\\x20-rf", "\\162\\155 -rf", "rm\\t-rf", "rm\\n-rf", "r\\m -r\\f", "\\\\\\\\u0072m -rf",
        "\\u{72}m -rf",
        "r\\\nm -rf", "\\U00000072m -rf", "%5cx72m -rf", "\\u0025\\u0037\\u0032m -rf",
        "cm0gLXJmIC92YXIvbGli", "echo cm0gLXJmIC92YXIvbGli | base64 -d | sh", "cm0gLXJmIC92YXIv%62Gli",
        "eJxr cm0gLXJmIC92YXIvbGli",
        "Y20wZ0xYSm1JQzkyWVhJdmJHbGk=", "cm0gLXJm\nIC92YXIv\nbGli", "path/cm0gLXJmIC92YXIvbGli",
        "cgBtACAALQByAGYAIAAvAHYAYQByAA==", "//8AgHJtIC1yZiAvdmFyL2xpYgD/",
    ])
    func `a spelling of the words does not hide them`(leaf: String) throws {
        #expect(try isFound([leaf]), "\(leaf.debugDescription)")
        #expect(try isFound(["Ünder", leaf, "x"]), "among others: \(leaf.debugDescription)")
    }

    @Test(arguments: [
        ["rm", "-rf"], ["RM", "-rf", "/"], ["%72m", "-rf"], ["%72m", "x", "%72m", "-rf"], ["x", "ｒｍ", "-rf"],
    ])
    func `words in neighbouring strings are found`(leaves: [String]) throws {
        #expect(try isFound(leaves))
    }

    @Test(arguments: [
        "", "rm", "arm-rf", "form of -r f", "cm0gLXJm", "financial_transfer_request_to_approve", "100% sure", "C:\\dir",
    ])
    func `harmless text is found harmless`(leaf: String) throws {
        #expect(try !isFound([leaf]))
    }

    /// Base64 of Base64 of Base64 of `rm -rf /var/lib`, and mixtures as deep.
    @Test(arguments: [
        "WTIwd1owcFlTbTFKUXpreVdWaEpkbUpIYkdrPQ==", "%25252572m", "%255cx72", "\\x5cx255cx72", "Y20lMjUyNTIwLXJmIC92YXI=",
    ])
    func `a third layer is refused`(leaf: String) throws {
        for leaves in [[leaf], ["é", leaf]] {
            let error = #expect(throws: TextViewsError.self, "\(leaf)") { try TextViews(of: leaves, document: []) }
            #expect(error?.code == "pattern.too_many_layers")
        }
    }

    @Test func `more than 1 MiB is refused`() throws {
        let half = String(repeating: "a ", count: 1 << 18)
        #expect(throws: Never.self) { try TextViews(of: [half], document: Array(half.utf8)) }
        let error = #expect(throws: TextViewsError.self) { try TextViews(of: [half, "a"], document: Array(half.utf8)) }
        #expect(error?.code == "pattern.text_too_long")
    }

    @Test func `decoded texts that outgrow the payload are refused`() throws {
        // Three readings of the leaf and two more of the first of them: five texts of its size.
        let leaf = "%41\\n" + String(repeating: "a b ", count: 500)
        #expect(throws: TextViewsError(.tooLong, "decoded texts exceed 4 times the size of the payload")) {
            try TextViews(of: [leaf], document: [])
        }
        #expect(throws: Never.self) { try TextViews(of: [leaf], document: Array(leaf.utf8)) }
    }

    @Test func `text that outgrows the payload when folded is refused`() {
        #expect(throws: TextViewsError(.tooLong, "folded text exceeds 4 times the size of the payload")) {
            try TextViews(of: [String(repeating: "\u{fdfa}", count: 10)], document: [])
        }
    }

    @Test func `the views of an ASCII payload are these`() throws {
        #expect(
            try texts(["Shell", "rm", "-RF"], "{\"a\":1}") == ["{\"a\":1}", "Shell\nrm\n-RF", "shell\nrm\n-rf", "shell rm -rf"])
        #expect(try texts(["one"], "one") == ["one"])
        #expect(try texts([], "") == [""])
        #expect(try texts(["", ""], "x") == ["x", "\n", " "])
    }

    @Test func `the views of other payloads are these`() throws {
        #expect(try texts(["Straße", "a \t b"]) == ["{}", "Straße\na \t b", "strasse\na b", "strasse a b"])
        #expect(
            try texts(["A%42", "x"]) == ["{}", "A%42\nx", "a%42\nx", "a%42 x", "AB", "ab x"])
        #expect(
            try texts(["%2541", "\\x41"]) == [
                "{}", "%2541\n\\x41", "%2541 \\x41", "%41\nA\nx41", "%41 a x41", "A", "a a x41",
            ])
    }

    @Test func `the quick way and the thorough way agree`() throws {
        // A leaf beyond ASCII sends all others the thorough way.
        let leaves = ["Shell", "cat /etc/passwd", "a-b_c=%41", "QUJDREVGR0hJSktMTU4=", "C:\\Temp\\new", "~{|}"]
        let quick = try texts(leaves).map { $0.split(whereSeparator: { "\n ".contains($0) }) }
        let thorough = try texts(leaves + ["é"]).map { $0.split(whereSeparator: { "\n ".contains($0) }).filter { $0 != "é" } }
        #expect(quick == thorough)
    }

    @Test func `the engine names its tables`() {
        #expect(TextViews.engine == "chancery-text/1 unicode-14.0.0")
    }

    @Test func `one huge leaf of each kind of trouble ends soon`() throws {
        for piece in ["\\", "%", "%2", "\\u", "A", "=\n", "\u{301}", "\\ud83d", "é", "\n"] {
            let leaf = String(repeating: piece, count: 60_000 / piece.utf8.count)
            _ = try? TextViews(of: [leaf], document: [])
        }
    }
}
