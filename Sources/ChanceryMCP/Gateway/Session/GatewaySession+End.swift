package import ChanceryWire

extension GatewaySession {
    /// Time passed: whoever waited too long gets an answer. Called a few times a second.
    package mutating func tick(at now: UTCTime) -> [GatewayStep] {
        handling { session in
            if let closing = session.closing, closing <= now {
                session.failEverything(MCPError(.upstreamGone, "the gateway ends"))
            }
            if case .asking(let fetch) = session.tools, fetch.deadline <= now {
                session.failListing(MCPError(.toolUnlisted, "the server did not list its tools in time"))
            }
            for (key, call) in session.calls.sorted(by: { $0.key < $1.key }) where call.deadline <= now {
                session.expire(key, call, at: now)
            }
            for entry in session.passing where entry.deadline <= now {
                session.answer(entry, MCPError(.upstreamTimeout, "the server gave no answer in time"))
            }
        }
    }

    private mutating func expire(_ key: Int, _ call: GatewayCall, at now: UTCTime) {
        switch call.phase {
        case .listing: refuse(key, MCPError(.toolUnlisted, "the server did not list its tools in time"))
        case .unsealing, .deciding, .sealing: fail(key, "the gate gave no answer in time")
        case .recording: fail(key, "the outcome could not be recorded in time")
        case .waiting: endWaiting(key, at: now)
        case .redeeming:
            record(.notForwarded, of: call, key: nil)
            fail(key, "the gate gave no answer in time")
        case .forwarded:
            record(.unknown, of: call, key: nil)
            endForwarded(key, MCPError(.upstreamTimeout, "the server gave no answer in time; it may have happened"))
        }
    }

    /// The client went away: what is under way has a second to end, and what waits for a person never happens.
    package mutating func clientClosed(at now: UTCTime) -> [GatewayStep] {
        handling { session in
            session.closing = now.advanced(bySeconds: 1)
            for (key, call) in session.calls.sorted(by: { $0.key < $1.key }) where call.phase == .waiting {
                session.drop(key, MCPError(.cancelled, "the client went away"))
            }
        }
    }

    /// The server went away: every request gets an error, and the gateway ends.
    package mutating func serverClosed(at now: UTCTime) -> [GatewayStep] {
        handling { session in
            session.closing = now.advanced(bySeconds: session.configuration.gateSeconds)
            session.failEverything(MCPError(.upstreamGone, "the server went away"))
        }
    }

    private mutating func failEverything(_ error: MCPError) {
        failForwarded(error)
        for (key, call) in calls.sorted(by: { $0.key < $1.key }) {
            if case .recording = call.phase { continue }
            if call.phase == .redeeming { record(.notForwarded, of: call, key: nil) }
            refuse(key, error)
        }
        for entry in passing { answer(entry, error) }
    }

    /// Everything that waits for the server gets an error; what was decided may have happened.
    mutating func failForwarded(_ error: MCPError) {
        for (key, call) in calls.sorted(by: { $0.key < $1.key }) where call.phase == .forwarded {
            record(.unknown, of: call, key: nil)
            endForwarded(key, error)
        }
        for entry in passing where entry.isForwarded { answer(entry, error) }
    }

    private mutating func endForwarded(_ key: Int, _ error: MCPError) {
        guard let id = calls[key]?.request.id else { return }
        lost.insert(id)
        refuse(key, error)
    }

    private mutating func answer(_ passing: PassingRequest, _ error: MCPError) {
        waiting[passing.request.id] = nil
        if passing.isForwarded { lost.insert(passing.request.id) }
        if passing.request.method == .initialize { handshake = .none }
        note(.server, error, method: passing.request.method.rawValue)
        if !passing.isCancelled { toClient(MessageText.failure(passing.request.id, error)) }
    }

    mutating func endIfDone() {
        guard closing != nil, waiting.isEmpty, calls.isEmpty, !isEnded else { return }
        isEnded = true
        steps.append(.end)
    }
}
