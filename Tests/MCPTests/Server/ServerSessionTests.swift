import ChanceryMCP
import ChanceryWire
import Testing

struct ServerSessionTests {
    private let envelope = Scene.envelope

    private func ask(_ session: inout ServerSession, _ line: String) throws -> JSONValue {
        guard case .send(let bytes)? = session.received(.text(Array(line.utf8))).first else { return .null }
        return try JSONParser.parse(bytes)
    }

    private func handshaken() -> ServerSession {
        var session = ServerSession(version: "0.1")
        _ = session.received(
            .text(
                Array(
                    #"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"c","version":"1"}}}"#
                        .utf8)))
        return session
    }

    @Test func `both eras list the five tools`() throws {
        let names: [JSONValue] = ["stamp_event", "verify_chain", "export_audit", "search_events", "explain_decision"]
        var old = handshaken()
        let listed = try ask(&old, #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)["result"]
        #expect(listed?["tools"]?.array?.compactMap { $0["name"] } == names)
        #expect(listed?["resultType"] == nil)
        var new = ServerSession(version: "0.1")
        let modern = try ask(&new, #"{"jsonrpc":"2.0","id":1,"method":"tools/list","params":{\#(envelope)}}"#)["result"]
        #expect(modern?["tools"] == listed?["tools"])
        #expect(modern?["resultType"] == "complete" && modern?["cacheScope"] == "public")
        let discovered = try ask(&new, #"{"jsonrpc":"2.0","id":2,"method":"server/discover","params":{\#(envelope)}}"#)[
            "result"]
        #expect(discovered?["supportedVersions"] == ["2026-07-28"])
    }

    @Test(arguments: [("2025-06-18", "2025-06-18"), ("2099-01-01", "2025-11-25")])
    func `the handshake agrees on a version`(asked: String, agreed: String) throws {
        var session = ServerSession(version: "0.1")
        let answer = try ask(
            &session,
            #"{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"\#(asked)","capabilities":{},"clientInfo":{}}}"#
        )
        #expect(answer["result"]?["protocolVersion"] == .string(agreed))
    }

    @Test func `a call runs with its arguments and its result is structured`() throws {
        var session = ServerSession(version: "0.1")
        let steps = session.received(
            .text(
                Array(
                    #"{"jsonrpc":"2.0","id":"x","method":"tools/call","params":{"name":"stamp_event","arguments":{"agent_id":"a","payload":{"q":"'; rm -rf /"}},\#(envelope)}}"#
                        .utf8)))
        #expect(steps == [.run(1, .stampEvent, ["agent_id": "a", "payload": ["q": "'; rm -rf /"]])])
        guard case .send(let bytes)? = session.finished(1, .success(["hash": "h"])).first else {
            Issue.record("no answer")
            return
        }
        let result = try JSONParser.parse(bytes)["result"]
        #expect(result?["structuredContent"] == ["hash": "h"] && result?["isError"] == false)
        #expect(session.finished(1, .success([:])).isEmpty, "a call is answered once")
    }

    @Test(arguments: [
        ("stamp_event", #"{"agent_id":"a"}"#), ("stamp_event", #"{"payload":{}}"#),
        ("stamp_event", #"{"agent_id":"","payload":{}}"#),
        ("stamp_event", #"{"agent_id":"a","payload":"x"}"#),
        ("stamp_event", #"{"agent_id":"a","payload":{},"previous_hash":"AB"}"#),
        ("stamp_event", #"{"agent_id":"a","payload":{},"x":1}"#), ("verify_chain", #"{"events":[1]}"#), ("verify_chain", "{}"),
        ("export_audit", #"{"agent_id":"a","output_format":"exe"}"#), ("export_audit", #"{"agent_id":"a","certified":"yes"}"#),
        ("search_events", #"{"limit":0}"#), ("search_events", #"{"limit":1.5}"#), ("search_events", #"{"from_timestamp":-1}"#),
        ("explain_decision", #"{"decision_id":7}"#), ("explain_decision", "[]"), ("nothing", "{}"), ("Stamp_event", "{}"),
    ])
    func `arguments outside the schema are a tool error and nothing runs`(tool: String, arguments: String) throws {
        var session = handshaken()
        let answer = try ask(
            &session, #"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"\#(tool)","arguments":\#(arguments)}}"#)
        #expect(answer["result"]?["isError"] == true)
    }

    @Test func `a failure says its code`() throws {
        var session = handshaken()
        _ = session.received(
            .text(Array(#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"search_events"}}"#.utf8)))
        let failure = ToolFailure(MCPError(.toolFailed, "the tool failed"))
        guard case .send(let bytes)? = session.finished(1, .failure(failure)).first else {
            Issue.record("no answer")
            return
        }
        #expect(try JSONParser.parse(bytes)["result"]?["structuredContent"]?["code"] == "mcp.tool_failed")
    }

    @Test(arguments: [
        (#"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#, -32600),
        (#"{"jsonrpc":"2.0","id":1,"method":"resources/list"}"#, -32601),
        (#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#, -32601), ("{", -32700), ("[]", -32600),
    ])
    func `what the server does not offer is refused`(line: String, code: Int64) throws {
        var session = ServerSession(version: "0.1")
        #expect(try ask(&session, line)["error"]?["code"] == .integer(code))
    }

    @Test func `calls beyond the limit are refused`() throws {
        var session = handshaken()
        for id in 1...ServerSession.pendingLimit {
            let line = #"{"jsonrpc":"2.0","id":\#(id),"method":"tools/call","params":{"name":"search_events"}}"#
            #expect(session.received(.text(Array(line.utf8))) == [.run(id, .searchEvents, [:])])
        }
        let answer = try ask(&session, #"{"jsonrpc":"2.0","id":999,"method":"tools/call","params":{"name":"search_events"}}"#)
        #expect(answer["error"]?["code"] == 4009)
    }
}
