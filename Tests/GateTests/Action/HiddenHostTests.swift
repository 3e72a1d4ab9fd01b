import ChanceryGate
import ChanceryPolicy
import ChanceryWire
import TestKit
import Testing

/// Spellings that one reader of URLs takes for a path, a name or nothing, and another one for a host (rule P2).
struct HiddenHostTests {
    private func hosts(_ payload: JSONValue) throws -> [String] {
        try GatedAction("fetch", payload: Sample.object(["input": payload])).hosts
    }

    @Test(arguments: [
        #"https://good.example\@evil.example/"#, #"https://good.example\x@evil.example"#,
        #"https:\\good.example\@evil.example"#,
    ])
    func `before a backslash and behind an at sign both hosts are looked at`(text: String) throws {
        #expect(try hosts(.string(text)) == ["evil.example", "good.example"], "\(text)")
    }

    @Test(arguments: [
        ("//evil.example/x", ["evil.example"]), (#"\\evil.example\share"#, ["evil.example"]),
        (#"/\evil.example"#, ["evil.example"]),
        (#"\/evil.example"#, ["evil.example"]), (" \t//evil.example", ["evil.example"]),
        ("//good.example@evil.example/", ["evil.example"]), ("///EVIL.example.", ["evil.example"]),
        ("//evil.example:8443/x", ["evil.example:8443"]), ("/etc/passwd", []), ("//", []), ("/", []), ("a//b.example", []),
    ])
    func `two slashes at the beginning name a host, whichever way they lean`(text: String, expected: [String]) throws {
        #expect(try hosts(.string(text)) == expected, "\(text)")
    }

    @Test(
        arguments: [
            (["url": "evil.example/path"], ["evil.example"]),
            (["hosts": ["a.example", "B.example."]], ["a.example", "b.example"]),
            (["urls": [["evil.example"]]], ["evil.example"]), (["Uri": "evil.example?x"], ["evil.example"]),
            (["address": "user@evil.example"], ["evil.example"]), (["server": "evil.example:443"], ["evil.example:443"]),
            (["endpoint": " evil.example "], ["evil.example"]), (["ip": "10.0.0.1"], ["10.0.0.1"]), (["url": "/path"], []),
            (["path": "evil.example"], []), (["url": "https://evil.example/x"], ["evil.example"]),
        ] as [(JSONValue, [String])])
    func `a member that is called after a host or a URL names one without a scheme too`(
        payload: JSONValue, expected: [String]
    ) throws {
        #expect(try hosts(payload) == expected)
    }

    @Test func `an authority that is too long to be read is a host that nobody allows`() throws {
        let long = String(repeating: "a", count: 2000)
        #expect(try hosts(.string("https://\(long)@evil.example/")) == ["evil.example", "invalid.invalid"])
        #expect(try hosts(.string("see https://\(long)@evil.example/")) == ["invalid.invalid"])
        #expect(try hosts(["url": .string(String(repeating: "a", count: 300) + ":x")]) == ["invalid.invalid"])
        // Up to there it is read.
        #expect(try hosts(.string("see https://\(long.prefix(1000))@evil.example/")) == ["evil.example"])
    }

    @Test func `of very many hosts in one text there are more than an action may name`() throws {
        let text = (0..<10_000).map { "https://h\($0).example " }.joined()
        #expect((17...64).contains(try hosts(.string(text)).count))
    }

    /// As long as an action may be.
    @Test(arguments: [
        "@", "/", ":", "\\", ".", "http:", "https://", "//@", "a@", "://", #"https:\\@"#, "http:/", "a:b@c/", "https://a@",
        "\u{130}:",
    ])
    func `a text is searched in a time that grows with its length only`(part: String) throws {
        let text = String(repeating: part, count: 120_000 / part.utf8.count)
        let words = JSONValue.array((0..<2000).map { _ in .string(String(repeating: part, count: 60 / part.utf8.count)) })
        let payloads: [JSONValue] = [
            .string(text), .string("https://" + text), ["url": .string(text)],
            .object(JSONObject([.init(name: text, value: 1)])),
            ["hosts": words],
        ]
        for payload in payloads {
            let action = try GatedAction("fetch", payload: Sample.object(["input": payload]))
            let start = ContinuousClock.now
            _ = action.hosts
            #expect(ContinuousClock.now - start < .seconds(2), "\(part)")
        }
    }

    @Test func `a target that is only claimed opens nothing`() throws {
        let policy = try Policy(
            parsing: Array(
                """
                language: chancery/policy/v2
                name: hosts
                rules:
                  - {id: ours, effect: allow, when: {target: a.example}}
                """.utf8))
        var facts = Facts(agent: "x", time: 0)
        (facts.authorized, facts.role, facts.risk, facts.stability) = (true, "clerk", .zero, .stable)
        func verdict(_ payload: JSONValue, _ target: String?) throws -> Verdict {
            Evaluation.verdict(of: policy, on: try GatedAction("fetch", payload: Sample.object(payload), target: target), facts)
        }
        #expect(try verdict(["url": "https://a.example"], nil).effect == .allow)
        #expect(try verdict(["url": "https://a.example"], "a.example").effect == .allow)
        for payload: JSONValue in [[:], ["path": "/x"], ["command": "run"]] {
            let claimed = try verdict(payload, "a.example")
            #expect(claimed.effect == .block && claimed.rule == "DEFAULT", "\(payload)")
        }
        #expect(try verdict(["url": "https://z.example"], "a.example").rule == "REQUEST_REFUSED")
    }
}
