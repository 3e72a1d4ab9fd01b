import ChanceryMCP
import ChanceryWire
import Testing

/// What a client may not send.
struct RefusalTests {
    @Test(arguments: [
        (#""method":"completion/complete","params":{}"#, -32601), (#""method":"tasks/list""#, -32601),
        (#""method":"sampling/createMessage","params":{}"#, -32601), (#""method":"x""#, -32601),
        (#""method":"Tools/call","params":{"name":"pay"}"#, -32601), (#""method":"server/discover""#, -32601),
        (
            #""method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}"#,
            -32600
        ),
        (#""method":"tools/call","params":{"arguments":{}}"#, -32602), (#""method":"tools/call","params":{"name":7}"#, -32602),
        (#""method":"tools/call","params":{"name":"pay","arguments":[1]}"#, -32602),
        (#""method":"tools/call","params":{"name":"pay","x":1}"#, -32602),
        (#""method":"tools/call","params":{"name":"pay","_meta":1}"#, -32602),
        (#""method":"resources/read","params":{"uri":"a:b","name":"x"}"#, -32602),
        (#""method":"tools/list","params":{"cursor":1}"#, -32602),
        (#""method":"logging/setLevel","params":{"level":"loud"}"#, -32602),
        (#""method":"resources/unsubscribe","params":{"uri":"a:b"}"#, -32602),
        (#""method":"tools/list","params":{"_meta":{"progressToken":[]}}"#, -32602),
        (#""method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2027-01-01"}}"#, -32022),
        (#""method":"tools/list","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28"}}"#, -32602),
        (
            #""method":"ping","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}"#,
            -32601
        ),
    ])
    func `a request that is not in the table is refused, recorded and never forwarded`(request: String, code: Int64) throws {
        var scene = Scene.handshaken()
        let before = scene.server.count
        scene.client(#"{"jsonrpc":"2.0","id":1,\#(request)}"#)
        #expect(scene.server.count == before)
        #expect(try scene.last()["error"]?["code"] == .integer(code))
        #expect(scene.refusals.count == 1)
        #expect(scene.session.waiting.isEmpty)
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"method":"ping"}"#, #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{"cursor":"c"}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"resources/templates/list"}"#, #"{"jsonrpc":"2.0","id":1,"method":"prompts/list"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"logging/setLevel","params":{"level":"info"}}"#,
    ])
    func `what passes goes out in one form and comes back`(line: String) throws {
        var scene = Scene.handshaken()
        let before = scene.client.count
        scene.client(line)
        scene.listTools()
        #expect(scene.decided == nil)
        #expect(try JSONParser.parse(try #require(scene.server.last)) == JSONParser.parse(line))
        scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"x":1}}"#)
        #expect(scene.client[before...] == [#"{"id":1,"jsonrpc":"2.0","result":{"x":1}}"#])
        scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"x":1}}"#)
        #expect(scene.client.count == before + 1, "a second answer")
    }

    @Test func `nothing but the handshake comes before it`() throws {
        for line in [
            Scene.call(1, envelope: false), #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#,
            #"{"jsonrpc":"2.0","method":"notifications/initialized"}"#,
        ] {
            var scene = Scene()
            scene.client(line)
            #expect(scene.server.isEmpty)
        }
    }

    @Test func `a line that is no message is answered without an id`() throws {
        var scene = Scene()
        scene.client("{")
        #expect(try scene.last()["id"]?.isNull == true)
        #expect(try scene.last()["error"]?["code"] == -32700)
        scene.run { $0.received(fromClient: .overlong, at: $1) }
        #expect(try scene.last()["error"]?["code"] == -32700)
        scene.client(#"{"jsonrpc":"2.0","id":1,"method":"a","method":"b"}"#)
        #expect(try scene.last()["error"]?["data"]?["code"] == "mcp.malformed")
    }

    @Test func `an id in use, a reserved id and too many requests are refused`() throws {
        var scene = Scene { $0.pendingLimit = 2 }
        let list = { (id: String) in #"{"jsonrpc":"2.0","id":\#(id),"method":"resources/list","params":{\#(Scene.envelope)}}"# }
        scene.client(list("1"))
        scene.client(list("1"))
        #expect(try scene.last()["error"]?["data"]?["code"] == "mcp.id_in_use")
        scene.client(list(#""chancery-1""#))
        #expect(try scene.last()["error"]?["data"]?["code"] == "mcp.invalid_request")
        scene.client(list(#""1""#))
        scene.client(list("2"))
        #expect(try scene.last()["error"]?["data"]?["code"] == "mcp.too_many_requests")
        #expect(scene.server.count == 2)
    }

    @Test func `a client answers nothing and announces nothing`() {
        for line in [
            #"{"jsonrpc":"2.0","id":1,"result":{}}"#, #"{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":""}}"#,
            #"{"jsonrpc":"2.0","method":"notifications/message","params":{}}"#,
            #"{"jsonrpc":"2.0","method":"tools/call","params":{"name":"pay"}}"#,
        ] {
            var scene = Scene.handshaken()
            let (before, sent) = (scene.client.count, scene.server.count)
            scene.client(line)
            #expect(scene.client.count == before && scene.server.count == sent && scene.refusals.count == 1, "\(line)")
        }
    }

    @Test func `a version that the gateway does not know is named with those that it does`() throws {
        var scene = Scene()
        scene.client(
            #"{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2099-01-01","io.modelcontextprotocol/clientCapabilities":{}}}}"#
        )
        #expect(try scene.last()["error"]?["data"] == ["supported": ["2026-07-28"], "requested": "2099-01-01"])
        scene.client(#"{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{\#(Scene.envelope)}}"#)
        scene.server(
            #"{"jsonrpc":"2.0","id":2,"result":{"supportedVersions":["2026-07-28","2099-01-01"],"capabilities":{"tools":{},"extensions":{}},"resultType":"complete","ttlMs":0,"cacheScope":"private"}}"#
        )
        #expect(try scene.last()["result"]?["supportedVersions"] == ["2026-07-28"])
        #expect(try scene.last()["result"]?["capabilities"] == ["tools": [:]])
    }
}
