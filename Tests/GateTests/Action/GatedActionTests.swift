import ChanceryGate
import ChanceryWire
import TestKit
import Testing

/// One canonical text for what is evaluated, approved and executed.
struct GatedActionTests {
    private let payload = JSONObject([.init(name: "b", value: 2), .init(name: "a", value: ["x", nil, true])])

    @Test func `the canonical text is as documented, whatever the order in which things were said`() throws {
        let action = try GatedAction(
            "pay", payload: payload, target: "Bank.Example", labels: ["untrusted", "batch"],
            tool: .init(upstream: "ledger", pin: [UInt8](repeating: 0xab, count: 32)))
        let golden =
            #"{"action":"pay","labels":["batch","untrusted"],"payload":{"a":["x",null,true],"b":2},"target":"bank.example","#
            + #""tool":{"pin":"\#(String(repeating: "ab", count: 32))","upstream":"ledger"}}"#
        #expect(String(decoding: action.bytes, as: UTF8.self) == golden)
        let turned = JSONObject(payload.members.reversed())
        #expect(
            try GatedAction(
                "pay", payload: turned, target: "bank.example", labels: ["batch", "untrusted"], tool: action.tool
            ).hash == action.hash)
        #expect(try GatedAction(JSONParser.parse(action.bytes)) == action)
    }

    @Test func `whatever differs has another hash`() throws {
        let pin = [UInt8](repeating: 1, count: 32)
        let actions = try [
            GatedAction("pay", payload: payload), GatedAction("Pay", payload: payload),
            GatedAction("pay", payload: Sample.object([:])),
            GatedAction("pay", payload: payload, target: "a.example"), GatedAction("pay", payload: payload, labels: ["a"]),
            GatedAction("pay", payload: payload, tool: .init(upstream: "a", pin: nil)),
            GatedAction("pay", payload: payload, tool: .init(upstream: "b", pin: nil)),
            GatedAction("pay", payload: payload, tool: .init(upstream: "a", pin: pin)),
            // One letter in two spellings that compare as equal.
            GatedAction("caf\u{e9}", payload: payload), GatedAction("cafe\u{301}", payload: payload),
        ]
        #expect(Set(actions.map(\.hash)).count == actions.count)
    }

    @Test(
        arguments: [
            ("", [], nil), (String(repeating: "a", count: 257), [], nil), ("pa\ny", [], nil), ("pa\u{7f}y", [], nil),
            ("pay\u{202e}gnp", [], nil), ("pay\u{200b}", [], nil), ("pay\u{3164}", [], nil), ("pay", ["a\u{2066}b"], nil),
            ("pay", [], "bank\u{ad}.example"),
            ("pay", [""], nil), ("pay", ["a\tb"], nil), ("pay", [String(repeating: "l", count: 65)], nil),
            ("pay", (0..<17).map { "label-\($0)" }, nil), ("pay", [], ""), ("pay", [], "host\u{0}"),
            ("pay", [], String(repeating: "h", count: 260)),
        ] as [(String, [String], String?)])
    func `names, labels and targets out of bounds are refused`(name: String, labels: [String], target: String?) {
        #expect(
            code { _ = try GatedAction(name, payload: payload, target: target, labels: Set(labels)) } == "gate.action_malformed"
        )
    }

    @Test func `a target that grows in lower case is measured afterwards, so that it can be read again`() throws {
        // `İ` has two bytes, and three in lower case.
        let longest = try GatedAction("pay", payload: payload, target: String(repeating: "\u{130}", count: 86))
        #expect(longest.target?.utf8.count == 258)
        #expect(try GatedAction(JSONParser.parse(longest.bytes)) == longest)
        for count in [87, 129] {
            let target = String(repeating: "\u{130}", count: count)
            #expect(target.utf8.count <= GatedAction.targetBytes)
            #expect(
                code { _ = try GatedAction("pay", payload: payload, target: target) } == "gate.action_malformed", "\(count)")
        }
    }

    @Test(arguments: [
        JSONValue.bigInteger("9007199254740993"), .integer(9_007_199_254_740_992), .double(1e20), .double(.nan),
        .double(.infinity), .double(0x1p53),
    ])
    func `a number that another reader takes for another one is refused`(number: JSONValue) {
        #expect(
            code { _ = try GatedAction("pay", payload: Sample.object(["amount": ["nested": number]])) }
                == "gate.action_malformed")
    }

    @Test(arguments: [
        JSONValue.double(1e21), .double(0.1), .double(-0.0), .integer(-9_007_199_254_740_991), .double(.leastNonzeroMagnitude),
    ])
    func `any other number reads back as the same action`(number: JSONValue) throws {
        let action = try GatedAction("pay", payload: Sample.object(["amount": number]))
        #expect(try GatedAction(JSONParser.parse(action.bytes)).bytes == action.bytes)
    }

    @Test func `a payload too deep or too long is refused`() throws {
        func nested(_ levels: Int) -> JSONObject {
            (1..<levels).reduce(JSONObject()) { inner, _ in Sample.object(["a": .object(inner)]) }
        }
        _ = try GatedAction("pay", payload: nested(GatedAction.maximumDepth))
        #expect(code { _ = try GatedAction("pay", payload: nested(GatedAction.maximumDepth + 1)) } == "gate.action_too_long")
        #expect(code { _ = try GatedAction("pay", payload: nested(5000)) } == "gate.action_too_long")
        let long = JSONValue.string(String(repeating: "x", count: GatedAction.maximumBytes))
        #expect(code { _ = try GatedAction("pay", payload: Sample.object(["a": long])) } == "gate.action_too_long")
    }

    @Test func `a stored action with a member missing, added or of another type is refused`() throws {
        let action = try GatedAction(
            "pay", payload: payload, target: "a.example", labels: ["a"], tool: .init(upstream: "u", pin: nil))
        for path in [[], ["tool"]] {
            Damaged.each(of: action.json, at: path) { damaged, what in
                #expect(throws: (any Error).self, "\(what)") { try GatedAction(damaged) }
            }
        }
        #expect(throws: (any Error).self) {
            var object = action.json.object!
            object["labels"] = ["a", 5]
            _ = try GatedAction(.object(object))
        }
    }
}
