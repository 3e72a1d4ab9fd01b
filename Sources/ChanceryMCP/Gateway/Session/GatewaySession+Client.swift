package import ChanceryWire

extension GatewaySession {
    /// A line of the client.
    package mutating func received(fromClient line: InboundLine, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard session.closing == nil else { return }
            let message: Message
            do throws(MessageFault) {
                guard case .text(let bytes) = line else {
                    throw MessageFault(error: MCPError(.tooLong, "a message longer than the limit"), id: nil)
                }
                message = try Message.read(bytes, limits: session.configuration.messageLimits)
            } catch {
                session.note(.client, error.error)
                session.toClient(MessageText.failure(error.id, error.error))
                return
            }
            switch message {
            case .request(let id, let method, let params): session.accept(id, method, params, at: now)
            case .notification(let method, let params): session.accept(method, params)
            case .result, .failure:
                session.note(.client, MCPError(.responseUnsolicited, "the gateway asks the client for nothing"))
            }
        }
    }

    private mutating func accept(_ id: MessageID, _ method: String, _ params: JSONObject?, at now: UTCTime) {
        do throws(MCPError) {
            guard waiting[id] == nil, !lost.contains(id) else {
                throw MCPError(.idInUse, "a request with this `id` has no answer yet")
            }
            guard !id.isReserved else { throw MCPError(.invalidRequest, "`id` begins with `\(MessageID.ownPrefix)`") }
            guard waiting.count < configuration.pendingLimit, lost.count < 1024 else {
                throw MCPError(.tooManyRequests, "too many requests have no answer yet")
            }
            let request = try ClientRequest(id, method, params)
            try checkHandshake(request)
            if let gated = request.gatedMethod {
                open(request, gated, at: now)
            } else {
                try pass(request, at: now)
            }
        } catch {
            note(.client, error, method: method)
            let data =
                error.reason == .versionUnsupported
                ? ProtocolVersion.unsupported(RequestEnvelope.claimedVersion(params)) : nil
            toClient(MessageText.failure(id, error, data: data))
        }
    }

    private mutating func checkHandshake(_ request: ClientRequest) throws(MCPError) {
        switch request.method {
        case .initialize:
            guard handshake == .none else { throw MCPError(.invalidRequest, "`initialize` came already") }
            handshake = .asked
        case .ping: break
        default:
            guard request.era == .envelope || handshake == .done else {
                throw MCPError(.notInitialized, "`initialize` comes first, or `_meta` with the protocol version")
            }
        }
    }

    private mutating func pass(_ request: ClientRequest, at now: UTCTime) throws(MCPError) {
        let uri = ExactText(request.params["uri"]?.string ?? "")
        if request.method == .unsubscribe, subscriptions.remove(uri) == nil {
            throw MCPError(.paramsInvalid, "there is no subscription of this resource")
        }
        callCount += 1
        var passing = PassingRequest(
            order: callCount, request: request, deadline: deadline(for: request, at: now), isForwarded: true)
        if request.method == .listTools, !toolsAreKnown {
            passing.isForwarded = false
            askForTools(like: request, at: now)
        }
        waiting[request.id] = .passing(passing)
        if passing.isForwarded { forward(request) }
    }

    mutating func forward(_ request: ClientRequest) {
        toServer(MessageText.request(request.id, request.method.rawValue, request.forwardedParams))
    }

    /// A subscription answers when it ends, anything else in the time that the server has.
    func deadline(for request: ClientRequest, at now: UTCTime) -> UTCTime {
        request.method == .listen ? UTCTime(milliseconds: .max) : now.advanced(bySeconds: configuration.serverSeconds)
    }

    private mutating func accept(_ method: String, _ params: JSONObject?) {
        switch method {
        case "notifications/initialized" where handshake == .done:
            toServer(MessageText.notification("notifications/initialized", nil))
        case "notifications/cancelled":
            if let id = params?["requestId"].flatMap(MessageID.init) { cancel(id) }
        // The roots of the client are nobody's business behind a gateway, and no request of a server makes progress.
        case "notifications/roots/list_changed", "notifications/progress": break
        default: note(.client, MCPError(.notificationUnknown, "notification `\(method.prefix(64))` is dropped"), method: method)
        }
    }

    /// The client does not want an answer. What was not forwarded never will be.
    private mutating func cancel(_ id: MessageID) {
        switch waiting[id] {
        case nil: break
        case .passing(var passing):
            guard passing.request.method != .initialize else { return }
            guard passing.isForwarded else {
                waiting[id] = nil
                return
            }
            if !passing.isCancelled { tellServer(toCancel: id) }
            passing.isCancelled = true
            waiting[id] = .passing(passing)
        case .call(let key):
            guard let call = calls[key] else { return }
            switch call.phase {
            case .forwarded:
                if !call.isCancelled { tellServer(toCancel: id) }
                calls[key]?.isCancelled = true
            case .recording: calls[key]?.isCancelled = true
            default: drop(key, MCPError(.cancelled, "cancelled by the client before it was forwarded"))
            }
        }
    }

    private mutating func tellServer(toCancel id: MessageID) {
        toServer(MessageText.notification("notifications/cancelled", ["requestId": id.value]))
    }

    /// Forgets a call that was not forwarded, without an answer.
    mutating func drop(_ key: Int, _ error: MCPError) {
        guard let call = calls.removeValue(forKey: key) else { return }
        waiting[call.request.id] = nil
        // The decision may be spent by now; it never happened.
        if call.phase == .redeeming { record(.notForwarded, of: call, key: nil) }
        note(.client, error, method: call.method.rawValue, name: call.name, decision: call.receipt?.id)
    }
}
