import ChanceryMCP
import ChanceryWire
import Testing

/// What reaches the server, and when.
struct ForwardingTests {
    @Test(arguments: [true, false])
    func `an allowed call is redeemed, forwarded, recorded and, where results are held, answered last`(envelope: Bool)
        throws
    {
        var scene = envelope ? Scene { $0.holdsResults = true } : .handshaken { $0.holdsResults = true }
        scene.openCall(envelope: envelope)
        let (key, action) = try #require(scene.decided)
        #expect(action.arguments == ["to": "a", "sum": .double(1.5)])
        #expect(action.pin?.utf8.count == 64)
        scene.answer(.yes, key: key)
        #expect(scene.steps == [.redeem(key, decision: "d-1", action)])
        #expect(scene.calls.isEmpty)
        scene.redeem(key: key)
        #expect(scene.calls.count == 1)
        let before = scene.client.count
        scene.server(#"{"id":1,"result":{"content":[],"resultType":"complete"},"jsonrpc":"2.0"}"#)
        let outcome = try #require(scene.outcomes.first)
        #expect(outcome.status == .completed && outcome.isDelivered && outcome.decision == "d-1")
        #expect(scene.client.count == before)
        scene.record(key: key)
        #expect(scene.client.last == #"{"id":1,"jsonrpc":"2.0","result":{"content":[],"resultType":"complete"}}"#)
        let result = Array(#"{"content":[],"resultType":"complete"}"#.utf8)
        #expect(outcome.resultHash == Hex.encode(SlowDigest().sha256(Array("chancery/mcp-result/v1\0".utf8) + result)))
        #expect(outcome.resultBytes == result.count)
    }

    @Test func `the bytes evaluated are the bytes forwarded`() throws {
        let hostile =
            #"{"cmd":"'; rm -rf / #\"$(id)`\u0000\u2028\\","n":10000000000000000000000,"d":1.0,"z":{"b":1,"a":[true,null]}}"#
        var scene = Scene()
        scene.openCall(envelope: true, arguments: hostile)
        let (key, action) = try #require(scene.decided)
        scene.answer(.yes, key: key)
        scene.redeem(key: key)
        let sent = try JSONParser.parse(try #require(scene.calls.first))
        #expect(sent["params"]?["arguments"] == action.arguments)
        #expect(try sent["params"]?["arguments"] == JSONParser.parse(hostile))
        let text = String(decoding: try CanonicalForm.aiss1.encode(action.arguments), as: UTF8.self)
        #expect(scene.calls.first?.contains(text) == true)
    }

    // Readers with universal newlines, the official SDK among them, end a line at a carriage return.
    @Test func `a second message hidden between carriage returns never arrives as a line of its own`() throws {
        let smuggled = Scene.call(9, "erase", envelope: true)
        var scene = Scene()
        scene.client(
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"pay\",\(Scene.envelope),\"arguments\":{\"x\":\r\(smuggled)\r}}}"
        )
        scene.listTools()
        let (key, _) = try #require(scene.decided)
        scene.answer(.yes, key: key)
        scene.redeem(key: key)
        #expect(scene.calls.count == 1)
        #expect(scene.server.allSatisfy { line in !line.utf8.contains { $0 < 0x20 } })
    }

    @Test func `what no rule looks at does not travel`() throws {
        var scene = Scene()
        scene.client(
            #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"pay","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{"sampling":{}},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1","websiteUrl":"x"},"baggage":"secret","x/y":1,"progressToken":7}}}"#
        )
        scene.listTools()
        scene.answer(.yes)
        scene.redeem()
        #expect(
            scene.calls == [
                #"{"id":1,"jsonrpc":"2.0","method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/clientCapabilities":{},"io.modelcontextprotocol/clientInfo":{"name":"c","version":"1"},"io.modelcontextprotocol/protocolVersion":"2026-07-28","progressToken":7},"arguments":{},"name":"pay"}}"#
            ])
        scene.client(Scene.call(2, envelope: true, more: #","task":{"ttl":1}"#))
        #expect(try scene.last()["error"]?["code"] == -32602)
    }

    @Test func `the server learns of no capability of the client, the client of none that is not carried`() throws {
        var scene = Scene()
        scene.client(
            #"{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"sampling":{},"tasks":{}},"clientInfo":{"name":"c","version":"1"}}}"#
        )
        #expect(try JSONParser.parse(try #require(scene.server.last))["params"]?["capabilities"] == [:])
        scene.server(
            #"{"jsonrpc":"2.0","id":"i","result":{"protocolVersion":"2025-06-18","capabilities":{"tools":{"listChanged":true,"x":1},"tasks":{},"completions":{},"experimental":{}},"serverInfo":{"name":"s","version":"1"}}}"#
        )
        #expect(try scene.last()["result"]?["capabilities"] == ["tools": ["listChanged": true]])
    }

    @Test(arguments: [
        ("resources/read", #""uri":"file:///a""#, "file:///a"), ("prompts/get", #""name":"p","arguments":{"x":"1"}"#, "p"),
    ])
    func `resources and prompts are decided, and blocked with an error`(method: String, params: String, name: String) throws {
        var scene = Scene()
        let line = #"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":{\#(params),\#(Scene.envelope)}}"#
        scene.client(line)
        let (key, action) = try #require(scene.decided)
        #expect(action.name == name && action.method.rawValue == method && action.pin == nil)
        scene.answer(.block(Scene.receipt), key: key)
        #expect(scene.server.isEmpty)
        #expect(try scene.last()["error"]?["code"] == 4001)
        #expect(try scene.last()["error"]?["data"]?["decision_id"] == "d-1")
    }

    @Test func `a blocked call is a tool error that the model can read`() throws {
        for envelope in [true, false] {
            var scene = envelope ? Scene() : .handshaken()
            scene.openCall(envelope: envelope)
            scene.answer(.block(Scene.receipt), key: try #require(scene.decided).0)
            #expect(scene.calls.isEmpty)
            let result = try #require(try scene.last()["result"])
            #expect(result["isError"] == true)
            #expect(result["resultType"] == (envelope ? "complete" : nil))
            #expect(
                result["structuredContent"] == [
                    "code": "mcp.blocked", "decision_id": "d-1", "outcome": "REQUIRE_HUMAN", "rule": "payments",
                    "reason": "a person decides", "policy_hash": "p-1",
                ])
        }
    }

    @Test(arguments: ["tools/list", "tools/call", "initialize", "ping", "notifications/cancelled"])
    func `a tool that is called like a method is decided as a tool`(name: String) throws {
        var scene = Scene()
        scene.client(Scene.call(1, name, envelope: true))
        scene.listTools(#"{"name":"\#(name)","inputSchema":{"type":"object"}}"#)
        let (key, action) = try #require(scene.decided)
        #expect(action.method == .callTool && action.name == name && action.pin?.utf8.count == 64)
        #expect(scene.calls.isEmpty)
        scene.answer(.block(Scene.receipt), key: key)
        #expect(scene.calls.isEmpty)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.blocked")
    }

    @Test func `subscriptions to resources are decided, other notifications pass`() throws {
        var scene = Scene()
        scene.client(
            #"{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{"notifications":{"toolsListChanged":true},\#(Scene.envelope)}}"#
        )
        #expect(scene.decided == nil && scene.server.count == 1)
        scene.client(
            #"{"jsonrpc":"2.0","id":2,"method":"subscriptions/listen","params":{"notifications":{"resourceSubscriptions":["a:b"]},\#(Scene.envelope)}}"#
        )
        #expect(scene.decided?.1.arguments == ["uris": ["a:b"]])
        #expect(scene.server.count == 1)
        scene.pass(100_000)
        #expect(!scene.client.contains { $0.contains(#""id":1"#) })
    }
}
