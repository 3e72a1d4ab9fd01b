package import ChanceryWire

extension GatewaySession {
    /// A line of the server.
    package mutating func received(fromServer line: InboundLine, at now: UTCTime) -> [GatewayStep] {
        handling { session in
            guard case .text(let bytes) = line else { return session.failAllForwarded() }
            let message: Message
            do throws(MessageFault) {
                message = try Message.read(bytes, limits: session.configuration.serverLimits)
            } catch {
                return session.note(.server, error.error)
            }
            switch message {
            case .request(let id, let method, _): session.deny(id, method)
            case .notification(let method, let params): session.relay(method, params, size: bytes.count)
            case .result(let id, let result): session.answered(id, .success(result), at: now)
            case .failure(let id?, let error): session.answered(id, .failure(ServerFailure(error: error)), at: now)
            case .failure(nil, _): session.note(.server, MCPError(.responseUnsolicited, "an error without an id"))
            }
        }
    }

    struct ServerFailure: Error { let error: JSONObject }

    /// A server asks for nothing: neither sampling nor elicitation nor roots (rule P4). Only `ping` is answered.
    private mutating func deny(_ id: MessageID, _ method: String) {
        if method == "ping" { return toServer(MessageText.result(id, [:])) }
        let error = MCPError(.serverRequest, "the client of this gateway takes no requests")
        note(.server, error, method: method)
        toServer(MessageText.failure(id, error))
    }

    private mutating func relay(_ method: String, _ params: JSONObject?, size: Int) {
        guard let known = ServerNotification(rawValue: method), size <= configuration.notificationLimit else {
            return note(
                .server, MCPError(.notificationUnknown, "notification `\(method.prefix(64))` is dropped"), method: method)
        }
        if known == .toolsChanged { forgetTools() }
        toClient(MessageText.notification(known.rawValue, params))
    }

    private mutating func answered(_ id: MessageID, _ answer: Result<JSONObject, ServerFailure>, at now: UTCTime) {
        if case .asking(let fetch) = tools, fetch.id == id, fetch.stage == .asking { return listed(answer, at: now) }
        switch waiting[id] {
        case .call(let key)? where calls[key]?.phase == .forwarded: conclude(key, answer, at: now)
        case .passing(let passing)? where passing.isForwarded:
            waiting[id] = nil
            deliver(passing, answer)
        default:
            lost.remove(id)
            note(.server, MCPError(.responseUnsolicited, "a response that no request waits for"))
        }
    }

    /// The answer of a decided call: measured and hashed, and on its way to the record before the client sees it.
    private mutating func conclude(_ key: Int, _ answer: Result<JSONObject, ServerFailure>, at now: UTCTime) {
        guard let call = calls[key] else { return }
        let (value, status): (JSONObject, ActionOutcome.Status) =
            switch answer {
            case .success(let result): (result, result["isError"] == true ? .toolError : .completed)
            case .failure(let failure): (failure.error, .serverError)
            }
        guard let bytes = MessageText.bytes(.object(value)) else { return }
        let hash = HashedText.result.hex(of: bytes, with: digest)
        var fault: MCPError?
        if bytes.count > configuration.resultLimit {
            fault = MCPError(.resultTooLong, "the result of \(bytes.count) bytes exceeds \(configuration.resultLimit)")
        } else if case .success = answer {
            fault = Self.fault(ofResult: value)
        }
        let text =
            fault.map { RefusedCall(error: $0, receipt: call.receipt).answer(to: call.request) }
            ?? (status == .serverError
                ? MessageText.failure(call.request.id, value) : MessageText.result(call.request.id, value))
        if configuration.holdsResults { move(key, to: .recording(answer: text), at: now) }
        if let fault {
            note(.server, fault, method: call.method.rawValue, name: call.name, decision: call.receipt?.id)
        }
        record(
            fault == nil ? status : .withheld, of: call, key: configuration.holdsResults ? key : nil, hash: hash,
            count: bytes.count, isDelivered: fault == nil && !call.isCancelled)
        if !configuration.holdsResults { finish(key, with: text) }
    }

    /// A result is complete or it is not passed on: a server that asks for input would ask past the gate.
    private static func fault(ofResult result: JSONObject) -> MCPError? {
        guard let type = result["resultType"], type != "complete" else { return nil }
        return MCPError(.resultRefused, "the server asked for input or gave an unknown kind of result")
    }

    private mutating func deliver(_ passing: PassingRequest, _ answer: Result<JSONObject, ServerFailure>) {
        let request = passing.request
        switch answer {
        case .failure(let failure):
            if request.method == .initialize { handshake = .none }
            if !passing.isCancelled { toClient(MessageText.failure(request.id, failure.error)) }
        case .success(let result):
            do {
                let result = try filtered(result, for: request)
                if !passing.isCancelled { toClient(MessageText.result(request.id, result)) }
            } catch {
                if request.method == .initialize { handshake = .none }
                note(.server, error, method: request.method.rawValue)
                if !passing.isCancelled { toClient(MessageText.failure(request.id, error)) }
            }
        }
    }

    private mutating func filtered(_ result: JSONObject, for request: ClientRequest) throws(MCPError) -> JSONObject {
        if let fault = Self.fault(ofResult: result) { throw fault }
        switch request.method {
        case .initialize:
            guard let version = result["protocolVersion"]?.string, ProtocolVersion.isHandshake(version) else {
                throw MCPError(.resultRefused, "the server speaks no revision that the gateway knows")
            }
            handshake = .done
            return ServerOffer.reduced(result)
        case .discover:
            guard let reduced = ServerOffer.reducedDiscovery(result) else {
                throw MCPError(.resultRefused, "the server speaks no revision that the gateway knows")
            }
            return reduced
        case .listTools: return filteredTools(result)
        default: return result
        }
    }

    /// A line too long to keep may have been the answer to any request: each gets an error.
    private mutating func failAllForwarded() {
        let error = MCPError(.resultTooLong, "the server sent a line longer than the limit")
        note(.server, error)
        failForwarded(error)
    }
}
