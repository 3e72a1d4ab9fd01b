import ChanceryWire

/// Our own MCP server over one line stream.
public actor ToolServer {
    private var session: ServerSession
    private let client: any LinePeer
    private let tools: any ChanceryTools
    private let output = LineQueue(limit: 64 << 20)
    private let jobs: AsyncStream<ServerSession.Step>
    private let newJob: AsyncStream<ServerSession.Step>.Continuation
    private var isStalled = false

    /// `version` is that of the product.
    public init(version: String, client: any LinePeer, tools: any ChanceryTools) {
        session = ServerSession(version: version)
        self.client = client
        self.tools = tools
        (jobs, newJob) = AsyncStream.makeStream()
    }

    /// Runs until the client has ended and every call that had begun is answered. Call it once.
    ///
    /// - Throws: `mcp.peer_stalled` when the client does not read what it is sent.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { parts in
            parts.addTask { await self.read() }
            parts.addTask { try? await self.output.drain(into: self.client) }
            await withDiscardingTaskGroup { work in
                for await case .run(let key, let tool, let arguments) in jobs {
                    work.addTask { await self.carryOut(key, tool, arguments) }
                }
                if isStalled { work.cancelAll() }
            }
            output.finish()
            if isStalled { parts.cancelAll() }
        }
        if isStalled { throw MCPError(.peerStalled, "the client does not read what it is sent") }
    }

    private func read() async {
        while let line = try? await client.receive() { perform(session.received(line)) }
        newJob.finish()
    }

    private func perform(_ steps: [ServerSession.Step]) {
        for step in steps {
            switch step {
            case .run: newJob.yield(step)
            case .send(let line):
                guard !output.push(line) else { continue }
                isStalled = true
                newJob.finish()
            }
        }
    }

    private func carryOut(_ key: Int, _ tool: ServerTool, _ arguments: JSONObject) async {
        let outcome: Result<JSONObject, ToolFailure>
        do {
            outcome = .success(try await tools.run(tool, arguments))
        } catch let error as any CodedError {
            outcome = .failure(ToolFailure(error))
        } catch {
            outcome = .failure(ToolFailure(MCPError(.toolFailed, "the tool failed")))
        }
        perform(session.finished(key, outcome))
    }
}
