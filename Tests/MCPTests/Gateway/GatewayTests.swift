import ChanceryMCP
import ChanceryWire
import Testing

/// The gateway over two line streams, with a gate that answers by script.
struct GatewayTests {
    private let client = Pipe()
    private let server = Pipe()
    private let gate = ScriptedGate()

    private func gateway(
        client: Pipe? = nil, _ change: (inout GatewayConfiguration) -> Void = { _ in }
    ) -> Gateway {
        var configuration = GatewayConfiguration(upstream: "bank", principal: "did:agent:1", instance: "run")
        change(&configuration)
        let clock = ContinuousClock()
        let start = clock.now
        let environment = GatewayEnvironment(
            now: { UTCTime(milliseconds: Int64((clock.now - start) / .milliseconds(1))) },
            sleep: { try await Task.sleep(for: $0) }, digest: SlowDigest())
        return Gateway(
            configuration, client: client ?? self.client, server: server, gate: gate, pins: MemoryPins(),
            environment: environment)
    }

    /// Answers every request of the gateway, as a server of a few tools.
    private func serve() async {
        while let line = await server.heard() {
            guard let message = try? JSONParser.parse(line), let id = message["id"] else { continue }
            let result: JSONValue
            switch message["method"]?.string {
            case "tools/list":
                result = [
                    "tools": .array(
                        ["add", "deny", "ask", "fail", "hang", "die", "silent", "lose"].map {
                            ["name": .string($0), "inputSchema": ["type": "object"]]
                        })
                ]
            case "tools/call" where message["params"]?["name"] == "die":
                server.close()
                return
            case "tools/call" where message["params"]?["name"] == "silent": continue
            default: result = ["content": [], "structuredContent": message["params"]?["arguments"] ?? [:]]
            }
            guard let bytes = try? CanonicalForm.jcs.encode(["id": id, "jsonrpc": "2.0", "result": result] as JSONObject) else {
                continue
            }
            server.say(String(decoding: bytes, as: UTF8.self))
        }
    }

    private func running(
        _ change: (inout GatewayConfiguration) -> Void = { _ in }, _ body: () async throws -> Void
    ) async throws {
        let gateway = gateway(change)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gateway.run() }
            group.addTask { await self.serve() }
            try await body()
            client.close()
            try await group.next()
            group.cancelAll()
        }
    }

    private func call(_ id: Int, _ tool: String, more: String = "") -> String {
        Scene.call(id, tool, envelope: true, more: more)
    }

    private func answer() async throws -> JSONValue { try JSONParser.parse(await client.heard() ?? "") }

    @Test(.timeLimit(.minutes(1)))
    func `calls are allowed, blocked and failed one beside the other`() async throws {
        try await running({ $0.gateSeconds = 1 }) {
            for (id, tool) in ["hang", "add", "deny", "fail"].enumerated() { client.say(call(id, tool)) }
            var answers: [Int64: JSONValue] = [:]
            for _ in 0..<4 {
                let message = try await answer()
                answers[try #require(message["id"]?.integer)] = message["result"]
            }
            #expect(answers[1]?["structuredContent"] == ["to": "a", "sum": .double(1.5)])
            #expect(answers[2]?["structuredContent"]?["code"] == "mcp.blocked")
            #expect(answers[3]?["structuredContent"]?["code"] == "mcp.gate_failed")
            #expect(answers[0]?["structuredContent"]?["code"] == "mcp.gate_failed")
        }
        #expect(gate.outcomes.map(\.status) == [.completed])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a person approves once, and a second use of the state fails`() async throws {
        try await running {
            client.say(call(1, "ask"))
            let first = try await answer()
            let state = try #require(first["result"]?["requestState"]?.string)
            gate.approve("d-1")
            client.say(call(2, "ask", more: #","requestState":"\#(state)""#))
            let last = try await answer()
            #expect(last["result"]?["structuredContent"]?["to"] == "a")
            client.say(call(3, "ask", more: #","requestState":"\#(state)""#))
            let second = try await answer()
            #expect(second["error"]?["code"] == -32602)
        }
        #expect(gate.outcomes.count == 1)
    }

    @Test(.timeLimit(.minutes(1)))
    func `a server that dies ends the gateway, and the outcome is on record`() async throws {
        try await running {
            client.say(call(1, "die"))
            let last = try await answer()
            #expect(last["result"]?["structuredContent"]?["code"] == "mcp.upstream_gone")
        }
        #expect(gate.outcomes.map(\.status) == [.unknown])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a gateway that lost an outcome says so when it ends`() async throws {
        let error = await #expect(throws: MCPError.self) {
            try await running {
                client.say(call(1, "lose"))
                let last = try await answer()
                #expect(last["result"]?["structuredContent"]?["to"] == "a")
            }
        }
        #expect(error?.reason == .outcomeLost)
    }

    @Test(.timeLimit(.minutes(1)))
    func `when the client does not read, what the server may have done is still put on record`() async throws {
        let stuck = Pipe(isStuck: true)
        let gateway = gateway(client: stuck) { $0.queueLimit = 1000 }
        let serving = Task { await serve() }
        let running = Task { try await gateway.run() }
        stuck.say(call(1, "silent"))
        while gate.redeemed == 0 { try await Task.sleep(for: .milliseconds(5)) }
        let long = #"{"to":"\#(String(repeating: "a", count: 2000))"}"#
        for id in 2..<6 { stuck.say(Scene.call(id, "add", arguments: long, envelope: true)) }
        let error = await #expect(throws: MCPError.self) { try await running.value }
        serving.cancel()
        #expect(error?.reason == .peerStalled)
        let silent = gate.outcomes.filter { $0.action.name == "silent" }
        #expect(silent.map(\.status) == [.unknown])
    }

    @Test(.timeLimit(.minutes(1)))
    func `a client that says its say and leaves still gets the answer`() async throws {
        try await running {
            client.say(call(1, "add"))
            client.close()
            let last = try await answer()
            #expect(last["result"]?["isError"] == nil)
        }
    }
}

private struct EchoTools: ChanceryTools {
    func run(_ tool: ServerTool, _ arguments: JSONObject) async throws -> JSONObject {
        if tool == .verifyChain { throw WireError(.truncated, "too short") }
        if tool == .exportAudit { throw ScriptedGate.Failure() }
        return ["tool": .string(tool.rawValue), "arguments": .object(arguments)]
    }
}

struct ToolServerTests {
    @Test(.timeLimit(.minutes(1)))
    func `tools run, and of an error without a code the client learns nothing`() async throws {
        let client = Pipe()
        let server = ToolServer(version: "0.1", client: client, tools: EchoTools())
        for (tool, arguments) in [
            ("search_events", #"{"limit":5}"#), ("verify_chain", #"{"events":[]}"#), ("export_audit", #"{"agent_id":"a"}"#),
        ] {
            client.say(
                Scene.call(1, tool, arguments: arguments, envelope: true).replacing(#""id":1"#, with: #""id":"\#(tool)""#))
        }
        client.close()
        try await server.run()
        var answers: [String: JSONValue] = [:]
        for _ in 0..<3 {
            let message = try JSONParser.parse(await client.heard() ?? "")
            answers[try #require(message["id"]?.string)] = message["result"]?["structuredContent"]
        }
        #expect(answers["search_events"] == ["tool": "search_events", "arguments": ["limit": 5]])
        #expect(answers["verify_chain"]?["code"] == "wire.truncated")
        #expect(answers["export_audit"] == ["code": "mcp.tool_failed", "detail": "the tool failed"])
    }
}
