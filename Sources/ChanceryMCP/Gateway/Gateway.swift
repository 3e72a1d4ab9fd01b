import ChanceryWire

/// Holds one MCP server behind the gate: every call is decided before the server sees it.
///
/// Lines come from and go to two ``LinePeer``s; starting and ending the server's process is the owner's affair.
public actor Gateway {
    private enum Part { case reader, writer, clock, patience }

    private var session: GatewaySession
    private let gate: any ActionGate
    private let store: any PinStore
    private let environment: GatewayEnvironment
    private let client: any LinePeer
    private let server: any LinePeer
    private let toClient: LineQueue
    private let toServer: LineQueue
    private let jobs: AsyncStream<GatewayStep>
    private let newJob: AsyncStream<GatewayStep>.Continuation
    /// Records that are not durable yet; the gateway does not end before them.
    private var unfinishedRecords = 0
    private var isEnding = false
    private var isStalled = false
    private var lostOutcome: ActionOutcome?

    public init(
        _ configuration: GatewayConfiguration, client: any LinePeer, server: any LinePeer, gate: any ActionGate,
        pins store: any PinStore, environment: GatewayEnvironment
    ) {
        session = GatewaySession(configuration, digest: environment.digest)
        self.gate = gate
        self.store = store
        self.environment = environment
        self.client = client
        self.server = server
        toClient = LineQueue(limit: configuration.queueLimit)
        toServer = LineQueue(limit: configuration.queueLimit)
        (jobs, newJob) = AsyncStream.makeStream()
    }

    /// Runs until the client or the server has ended and all outcomes are on record. Call it once.
    ///
    /// - Throws: `mcp.outcome_lost` when what came of a call could not be put on record, `mcp.peer_stalled` when a peer does not
    ///   read what it is sent.
    public func run() async throws {
        await withTaskGroup(of: Part.self) { parts in
            parts.addTask { await self.readClient() }
            parts.addTask { await self.readServer() }
            parts.addTask { await self.drain(self.toClient, into: self.client) { await self.clientClosed() } }
            parts.addTask { await self.drain(self.toServer, into: self.server) { await self.serverClosed() } }
            parts.addTask { await self.keepTime() }
            await withDiscardingTaskGroup { work in
                for await job in jobs { work.addTask { await self.carryOut(job) } }
                work.cancelAll()
            }
            // What is queued goes out; a peer that does not read has two seconds.
            toClient.finish()
            toServer.finish()
            let patience = isStalled ? Duration.zero : .seconds(2)
            parts.addTask { [environment] in
                try? await environment.sleep(patience)
                return .patience
            }
            var writers = 2
            while writers > 0, let part = await parts.next(), part != .patience {
                if part == .writer { writers -= 1 }
            }
            parts.cancelAll()
        }
        if let lost = lostOutcome {
            throw MCPError(.outcomeLost, "what came of `\(lost.action.name)`, decision \(lost.decision), is not on record")
        }
        if isStalled { throw MCPError(.peerStalled, "a peer does not read what it is sent") }
    }

    /// Ends as if the client had gone: what is under way has a second.
    public func stop() { clientClosed() }

    private func readClient() async -> Part {
        while let line = try? await client.receive() {
            perform(session.received(fromClient: line, at: environment.now()))
        }
        clientClosed()
        return .reader
    }

    private func readServer() async -> Part {
        while let line = try? await server.receive() {
            perform(session.received(fromServer: line, at: environment.now()))
        }
        serverClosed()
        return .reader
    }

    private nonisolated func drain(
        _ queue: LineQueue, into peer: any LinePeer, onFailure: @Sendable () async -> Void
    ) async -> Part {
        do { try await queue.drain(into: peer) } catch { await onFailure() }
        return .writer
    }

    private func clientClosed() { perform(session.clientClosed(at: environment.now())) }
    private func serverClosed() { perform(session.serverClosed(at: environment.now())) }

    private func keepTime() async -> Part {
        while (try? await environment.sleep(.milliseconds(100))) != nil {
            perform(session.tick(at: environment.now()))
        }
        return .clock
    }
}

extension Gateway {
    /// Lines go out in the order of the steps; everything else is work of its own.
    private func perform(_ steps: [GatewayStep]) {
        var isTaken = true
        for step in steps {
            switch step {
            case .toClient(let line): isTaken = toClient.push(line) && isTaken
            case .toServer(let line): isTaken = toServer.push(line) && isTaken
            case .end:
                isEnding = true
                endIfRecorded()
            case .record, .refuse:
                unfinishedRecords += 1
                newJob.yield(step)
            case .decide, .wait, .redeem, .seal, .unseal, .loadPins, .savePins: newJob.yield(step)
            }
        }
        if !isTaken { stall() }
    }

    /// Ends as if the server had gone: what it may have done is put on record first.
    private func stall() {
        guard !isStalled else { return }
        isStalled = true
        serverClosed()
    }

    private func endIfRecorded() {
        if isEnding, unfinishedRecords == 0 { newJob.finish() }
    }

    /// Does one piece of work and tells the session. Whatever is thrown counts as no answer.
    private func carryOut(_ job: GatewayStep) async {
        switch job {
        case .decide(let call, let action):
            let answer = try? await gate.decide(action)
            perform(session.decided(call, answer, at: environment.now()))
        case .wait(let call, let decision, let until):
            let verdict = try? await gate.wait(for: decision, until: until)
            perform(session.waited(call, verdict, at: environment.now()))
        case .redeem(let call, let decision, let action):
            let redemption = try? await gate.redeem(decision, action)
            perform(session.redeemed(call, redemption, at: environment.now()))
        case .seal(let call, let state):
            let text = try? await gate.seal(state)
            perform(session.sealed(call, text, at: environment.now()))
        case .unseal(let call, let text):
            let state = try? await gate.unseal(text)
            perform(session.unsealed(call, state, at: environment.now()))
        case .record(let outcome, let call):
            let isDurable = (try? await gate.record(outcome)) != nil
            if !isDurable { lostOutcome = lostOutcome ?? outcome }
            unfinishedRecords -= 1
            perform(session.recorded(call, isDurable, at: environment.now()))
        case .refuse(let refusal):
            await gate.record(refusal)
            unfinishedRecords -= 1
        case .loadPins:
            let bytes: [UInt8]??
            do { bytes = .some(try await store.load()) } catch { bytes = nil }
            perform(session.pinsLoaded(bytes, at: environment.now()))
        case .savePins(let bytes):
            let isDurable = (try? await store.save(bytes)) != nil
            perform(session.pinsSaved(isDurable, at: environment.now()))
        case .toClient, .toServer, .end: break
        }
        endIfRecorded()
    }
}
