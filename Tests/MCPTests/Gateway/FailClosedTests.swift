import ChanceryMCP
import ChanceryWire
import Testing

/// Whatever goes wrong, the server sees nothing.
struct FailClosedTests {
    @Test(arguments: [true, false])
    func `a gate that throws blocks`(envelope: Bool) throws {
        var scene = envelope ? Scene() : .handshaken()
        scene.openCall(envelope: envelope)
        scene.answer(nil, key: try #require(scene.decided).0)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
        #expect(scene.calls.isEmpty)
        #expect(scene.refusals.first?.reason == .gateFailed)
    }

    @Test func `a redemption that throws, is refused or comes late blocks`() throws {
        for redemption in [nil, Redemption.refused(reason: "policy changed")] {
            var scene = Scene()
            scene.openCall(envelope: true)
            scene.answer(.yes)
            scene.redeem(redemption)
            #expect(scene.calls.isEmpty)
            #expect(scene.outcomes.map(\.status) == (redemption == nil ? [.notForwarded] : []))
            #expect(try scene.last()["result"]?["isError"] == true)
        }
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.pass(10)
        #expect(scene.outcomes.map(\.status) == [.notForwarded])
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
        scene.redeem()
        #expect(scene.calls.isEmpty && scene.steps.isEmpty)
    }

    @Test func `no answer in time blocks, and a late answer changes nothing`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.pass(9)
        #expect(scene.client.isEmpty)
        scene.pass(1)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
        scene.answer(.yes)
        scene.redeem()
        #expect(scene.calls.isEmpty && scene.client.count == 1)
    }

    @Test func `an answer that no call waits for changes nothing`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        let asked = scene.steps
        #expect(asked.count == 1)
        scene.redeem()
        scene.wait(.approved)
        scene.record()
        scene.redeem(key: 99)
        #expect(scene.calls.isEmpty && scene.client.isEmpty && scene.steps.isEmpty)
    }

    @Test func `a list that asks for input is withheld`() throws {
        var scene = Scene()
        scene.client(#"{"jsonrpc":"2.0","id":1,"method":"resources/list","params":{\#(Scene.envelope)}}"#)
        scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","requestState":"x"}}"#)
        #expect(try scene.last()["error"]?["code"] == 4007)
    }

    @Test func `a seal that fails blocks`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.person)
        scene.run { $0.sealed(1, nil, at: $1) }
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
    }

    @Test func `a result goes out before its outcome is on record, and nothing is called after one that is lost`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"resultType":"complete"}}"#)
        #expect(scene.outcomes.map(\.status) == [.completed])
        #expect(try scene.last()["result"]?["content"] == [])
        scene.run { $0.recorded(nil, true, at: $1) }
        scene.openCall(2, envelope: true)
        #expect(scene.decided != nil)
        scene.run { $0.recorded(nil, false, at: $1) }
        scene.client(Scene.call(3, envelope: true))
        #expect(scene.decided == nil)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
        #expect(scene.calls.count == 1)
    }

    @Test(arguments: 0..<4)
    func `what waits for a person, a list or a redemption is not called after an outcome that is lost`(stage: Int) throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        if stage < 2 {
            scene.answer(.person)
            let sealed = try #require(scene.sealed)
            scene.run { $0.sealed(1, "state", at: $1) }
            scene.client(Scene.call(2, envelope: true, more: #","requestState":"state""#))
            scene.run { $0.unsealed(2, sealed, at: $1) }
        }
        let key = stage < 2 ? 2 : 1
        if stage == 0 { scene.run { $0.recorded(nil, false, at: $1) } }
        if stage < 2 { scene.wait(.approved, key: key) }
        if stage == 2 { scene.run { $0.recorded(nil, false, at: $1) } }
        if stage >= 2 { scene.answer(.yes, key: key) }
        if stage % 2 == 1 {
            scene.run { $0.recorded(nil, false, at: $1) }
            scene.redeem(key: key)
            #expect(scene.outcomes.map(\.status) == [.notForwarded])
        }
        #expect(scene.calls.isEmpty)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.gate_failed")
    }

    @Test func `where results are held, one whose outcome is not on record is withheld`() throws {
        var scene = Scene { $0.holdsResults = true }
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.server(
            #"{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"secret"}],"resultType":"complete"}}"#)
        scene.record(false)
        #expect(try scene.last()["result"]?["isError"] == true)
        #expect(!scene.client.contains { $0.contains("secret") })
    }

    @Test func `a call cancelled before it was forwarded never is, whatever the gate says then`() throws {
        let cancel = #"{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}"#
        for stage in 0..<4 {
            var scene = Scene.handshaken { $0.holdsResults = true }
            scene.openCall(envelope: false)
            let key = try #require(scene.decided).0
            if stage == 1 { scene.answer(.person, key: key) }
            if stage >= 2 { scene.answer(.yes, key: key) }
            if stage == 3 {
                scene.redeem(key: key)
                scene.client(cancel)
                #expect(scene.server.last == cancel)
                scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#)
                #expect(scene.outcomes.first?.isDelivered == false)
                let before = scene.client.count
                scene.record(key: key)
                #expect(scene.client.count == before)
                continue
            }
            scene.client(cancel)
            #expect(scene.outcomes.map(\.status) == (stage == 2 ? [.notForwarded] : []))
            #expect(scene.refusals.map(\.reason) == [.cancelled])
            scene.answer(.yes, key: key)
            scene.wait(.approved, key: key)
            scene.redeem(key: key)
            #expect(scene.calls.isEmpty, "stage \(stage)")
        }
    }

    @Test func `when the server dies every call is answered and what was forwarded is unknown`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.client(Scene.call(2, envelope: true))
        scene.client(#"{"jsonrpc":"2.0","id":3,"method":"resources/list","params":{\#(Scene.envelope)}}"#)
        scene.run { $0.serverClosed(at: $1) }
        #expect(scene.outcomes.map(\.status) == [.unknown])
        #expect(scene.client.count == 3)
        #expect(scene.client.allSatisfy { $0.contains("mcp.upstream_gone") })
        #expect(scene.steps.last == .end)
        scene.client(Scene.call(4, envelope: true))
        #expect(scene.steps.isEmpty)
    }

    @Test func `a server that never answers loses the call, and its late answer`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.pass(300)
        #expect(scene.outcomes.map(\.status) == [.unknown])
        scene.client(Scene.call(1, envelope: true))
        #expect(try scene.last()["error"]?["code"] == -32600, "its id is not free yet")
        let before = scene.client.count
        scene.server(#"{"jsonrpc":"2.0","id":1,"result":{"content":[]}}"#)
        #expect(scene.client.count == before)
        #expect(scene.refusals.map(\.reason) == [.responseUnsolicited])
    }

    @Test(arguments: [
        (
            #""result":{"resultType":"input_required","inputRequests":{"a":{"method":"elicitation/create"}},"requestState":"x"}"#,
            MCPError.Reason.resultRefused
        ),
        (#""result":{"resultType":"task","content":[]}"#, .resultRefused), (#""result":{"resultType":7}"#, .resultRefused),
        (
            #""result":{"content":[{"type":"text","text":"0123456789012345678901234567890123456789012345678901234567890123456789"}],"resultType":"complete"}"#,
            .resultTooLong
        ),
        (
            #""error":{"code":1,"message":"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"}"#,
            .resultTooLong
        ),
    ])
    func `a result that is too long or asks for input is withheld`(answer: String, reason: MCPError.Reason) throws {
        var scene = Scene { $0.resultLimit = 110 }
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.server(#"{"jsonrpc":"2.0","id":1,\#(answer)}"#)
        #expect(scene.outcomes.map(\.status) == [.withheld])
        scene.record()
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == .string(reason.rawValue))
    }

    @Test func `a line of the server beyond the limit fails what waits for it`() throws {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.yes)
        scene.redeem()
        scene.run { $0.received(fromServer: .overlong, at: $1) }
        #expect(scene.outcomes.map(\.status) == [.unknown])
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.result_too_long")
    }

    @Test(arguments: ["sampling/createMessage", "elicitation/create", "roots/list", "tools/call", "x"])
    func `a server asks for nothing`(method: String) throws {
        var scene = Scene.handshaken()
        let before = scene.client.count
        scene.server(#"{"jsonrpc":"2.0","id":"s","method":"\#(method)","params":{}}"#)
        #expect(scene.client.count == before)
        #expect(try JSONParser.parse(try #require(scene.server.last))["error"]?["code"] == -32601)
        #expect(scene.refusals.map(\.reason) == [.serverRequest])
        scene.server(#"{"jsonrpc":"2.0","id":7,"method":"ping"}"#)
        #expect(scene.server.last == #"{"id":7,"jsonrpc":"2.0","result":{}}"#)
    }

    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":77,"result":{}}"#, #"{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":""}}"#,
        #"{"jsonrpc":"2.0","method":"notifications/elicitation/complete","params":{}}"#, "log line", "{}",
        #"{"jsonrpc":"2.0","id":0,"result":{"again":true}}"#, #"{"jsonrpc":"2.0","id":"chancery-1","result":{"tools":[]}}"#,
    ])
    func `what the server sends unasked is dropped and recorded`(line: String) {
        var scene = Scene.handshaken()
        let before = scene.client.count
        scene.server(line)
        #expect(scene.client.count == before && scene.refusals.count == 1)
    }
}
