import ChanceryMCP
import ChanceryWire
import Testing

/// Calls that wait for a person.
struct ApprovalTests {
    /// A call in the era of envelopes that was told to come again, and the state that it got.
    private func asked() throws -> (Scene, CallState) {
        var scene = Scene()
        scene.openCall(envelope: true)
        scene.answer(.person)
        let state = try #require(scene.sealed)
        scene.run { $0.sealed(1, "sealed-1", at: $1) }
        return (scene, state)
    }

    private func retry(
        _ id: Int = 2, tool: String = "pay", arguments: String = #"{"to":"a","sum":1.50}"#
    ) -> String {
        Scene.call(
            id, tool, arguments: arguments, envelope: true,
            more: #","requestState":"sealed-1","inputResponses":{"q":{"action":"accept"}}"#)
    }

    @Test func `a call that waits for a person tells a client of the new era to come again`() throws {
        let (scene, state) = try asked()
        #expect(try scene.last()["result"]?["resultType"] == "input_required")
        #expect(try scene.last()["result"]?["requestState"] == "sealed-1")
        #expect(state.principal == "did:agent:1" && state.upstream == "bank" && state.name == "pay")
        #expect(state.receipt == Scene.receipt && state.pin?.utf8.count == 64)
        #expect(scene.calls.isEmpty && scene.session.waiting.isEmpty)
    }

    @Test func `an approved retry is redeemed and forwarded without the state`() throws {
        let (first, state) = try asked()
        var scene = first
        scene.client(retry())
        #expect(scene.steps == [.unseal(2, "sealed-1")])
        scene.run { $0.unsealed(2, state, at: $1) }
        #expect(scene.steps == [.wait(2, decision: "d-1", until: Scene.start.advanced(bySeconds: 20))])
        scene.wait(.approved, key: 2)
        #expect(scene.calls.isEmpty)
        scene.redeem(key: 2)
        #expect(scene.calls.count == 1)
        #expect(scene.calls.first?.contains("requestState") == false)
        #expect(scene.calls.first?.contains("inputResponses") == false)
        scene.client(retry(3))
        scene.run { $0.unsealed(3, state, at: $1) }
        #expect(try scene.last()["error"]?["code"] == -32602, "a state comes back once")
        #expect(scene.calls.count == 1)
    }

    @Test func `an answer to an elicitation approves nothing`() throws {
        let (first, state) = try asked()
        var scene = first
        scene.client(retry())
        scene.run { $0.unsealed(2, state, at: $1) }
        scene.wait(.pending, key: 2)
        let next = try #require(scene.sealed)
        #expect(next.serial != state.serial && next.expires == state.expires)
        scene.run { $0.sealed(2, "sealed-2", at: $1) }
        #expect(try scene.last()["result"]?["requestState"] == "sealed-2")
        #expect(scene.calls.isEmpty)
    }

    @Test(arguments: 0..<9)
    func `a state is good for its own call only`(change: Int) throws {
        let (first, state) = try asked()
        var scene = first
        var line = retry()
        var opened: CallState? = state
        func changed(
            principal: String? = nil, upstream: String? = nil, method: GatedAction.Method? = nil, name: String? = nil,
            pin: String? = nil, arguments: String? = nil
        ) -> CallState {
            CallState(
                serial: state.serial, receipt: state.receipt, principal: principal ?? state.principal,
                upstream: upstream ?? state.upstream, method: method ?? state.method, name: name ?? state.name,
                pin: pin ?? state.pin, argumentsHash: arguments ?? state.argumentsHash, expires: state.expires)
        }
        switch change {
        case 0: line = retry(arguments: #"{"to":"b","sum":1.50}"#)
        case 1: line = retry(arguments: #"{"to":"a","sum":1.5,"x":null}"#)
        case 2: opened = nil
        case 3: scene.now = scene.now.advanced(bySeconds: 3600)
        case 4: opened = changed(principal: "did:agent:2")
        case 5: opened = changed(upstream: "other")
        case 6: opened = changed(name: "erase")
        case 7: opened = changed(pin: String(repeating: "0", count: 64))
        default: opened = changed(method: .getPrompt)
        }
        scene.client(line)
        scene.run { $0.unsealed(2, opened, at: $1) }
        #expect(try scene.last()["error"]?["code"] == -32602)
        #expect(try scene.last()["error"]?["data"] == ["reason": "invalid_request_state"])
        scene.wait(.approved, key: 2)
        scene.redeem(key: 2)
        #expect(scene.calls.isEmpty)
    }

    @Test func `a tool that changed while the call waited voids the approval`() throws {
        let (first, state) = try asked()
        var scene = first
        scene.client(retry())
        scene.run { $0.unsealed(2, state, at: $1) }
        scene.server(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
        scene.wait(.approved, key: 2)
        #expect(!scene.steps.contains { if case .redeem = $0 { true } else { false } })
        scene.listTools(Scene.tools.replacing("pays", with: "pays twice"))
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.tool_changed")
        #expect(scene.calls.isEmpty)
    }

    @Test func `an approval of the tool as it was is void when an operator accepts it as it is`() throws {
        let (first, state) = try asked()
        var scene = first
        scene.client(retry())
        scene.run { $0.unsealed(2, state, at: $1) }
        scene.server(#"{"jsonrpc":"2.0","method":"notifications/tools/list_changed"}"#)
        scene.wait(.approved, key: 2)
        scene.session.pins.forget("bank")
        scene.listTools(Scene.tools.replacing("pays", with: "pays twice"))
        #expect(scene.session.pins.tool("pay", of: "bank")?.state == .pinned)
        #expect(try scene.last()["result"]?["structuredContent"]?["code"] == "mcp.tool_changed")
        #expect(!scene.steps.contains { if case .redeem = $0 { true } else { false } })
    }

    @Test func `a call of the old era is held, other messages flow, and approval lets it out`() throws {
        var scene = Scene.handshaken()
        scene.openCall(envelope: false)
        let key = try #require(scene.decided).0
        scene.answer(.person, key: key)
        #expect(scene.steps == [.wait(key, decision: "d-1", until: Scene.start.advanced(bySeconds: 600))])
        let before = scene.client.count
        scene.client(#"{"jsonrpc":"2.0","id":50,"method":"ping"}"#)
        scene.server(#"{"jsonrpc":"2.0","id":50,"result":{}}"#)
        #expect(scene.client.count == before + 1)
        scene.wait(.approved, key: key)
        scene.redeem(key: key)
        #expect(scene.calls.count == 1)
    }

    @Test func `a held call is denied by a person, by time and by an error`() throws {
        let ends: [(MCPError.Reason, (inout Scene, Int) -> Void)] = [
            (.approvalDenied, { $0.wait(.denied(reason: "no"), key: $1) }),
            (.approvalTimeout, { $0.wait(.pending, key: $1) }),
            (.approvalTimeout, { scene, _ in scene.pass(600) }),
            (.gateFailed, { $0.wait(nil, key: $1) }),
        ]
        for (reason, end) in ends {
            var scene = Scene.handshaken()
            scene.openCall(envelope: false)
            let key = try #require(scene.decided).0
            scene.answer(.person, key: key)
            end(&scene, key)
            #expect(try scene.last()["result"]?["structuredContent"]?["code"] == .string(reason.rawValue))
            scene.wait(.approved, key: key)
            scene.redeem(key: key)
            #expect(scene.calls.isEmpty)
        }
    }

    @Test func `a client that goes away takes its held calls along`() throws {
        var scene = Scene.handshaken()
        scene.openCall(envelope: false)
        let key = try #require(scene.decided).0
        scene.answer(.person, key: key)
        scene.run { $0.clientClosed(at: $1) }
        #expect(scene.steps.last == .end)
        scene.wait(.approved, key: key)
        #expect(scene.calls.isEmpty && scene.steps.isEmpty)
    }

    @Test func `the old era knows no state`() throws {
        var scene = Scene.handshaken()
        scene.client(Scene.call(1, envelope: false, more: #","requestState":"sealed-1""#))
        #expect(try scene.last()["error"]?["code"] == -32602)
    }

    @Test func `a state reads back as it was written, and no other way`() throws {
        let (_, state) = try asked()
        let bytes = try state.encoded()
        #expect(try CallState(decoding: bytes) == state)
        #expect(throws: WireError.self) { try CallState(decoding: bytes + [0x20]) }
        #expect(throws: WireError.self) { try CallState(decoding: Array("{}".utf8)) }
    }
}
