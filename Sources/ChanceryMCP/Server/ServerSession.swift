package import ChanceryWire

/// Our own MCP server for one client, in either era: lines in, steps out.
package struct ServerSession: Sendable {
    package enum Step: Sendable, Equatable {
        case send([UInt8])
        /// Answered with ``ServerSession/finished(_:_:)``.
        case run(Int, ServerTool, JSONObject)
    }

    private struct Call: Sendable {
        let id: MessageID
        let era: ProtocolEra
        var isCancelled = false
    }

    package static let pendingLimit = 64
    private let version: String
    private let limits: Message.Limits
    private var calls: [Int: Call] = [:]
    private var count = 0
    private var isInitialized = false

    package init(version: String, limits: Message.Limits = Message.Limits()) {
        self.version = version
        self.limits = limits
    }

    package mutating func received(_ line: InboundLine) -> [Step] {
        do throws(MessageFault) {
            guard case .text(let bytes) = line else {
                throw MessageFault(error: MCPError(.tooLong, "a message longer than the limit"), id: nil)
            }
            switch try Message.read(bytes, limits: limits) {
            case .request(let id, let method, let params): return answer(id, method, params)
            case .notification(let method, let params):
                guard method == "notifications/cancelled" else { return [] }
                let id = params?["requestId"].flatMap(MessageID.init)
                for (key, call) in calls where call.id == id { calls[key]?.isCancelled = true }
                return []
            case .result, .failure: return []
            }
        } catch {
            return send(MessageText.failure(error.id, error.error))
        }
    }

    /// What a tool gave, or the error that it ended with.
    package mutating func finished(_ key: Int, _ outcome: Result<JSONObject, ToolFailure>) -> [Step] {
        guard let call = calls.removeValue(forKey: key), !call.isCancelled else { return [] }
        return send(MessageText.result(call.id, Self.toolResult(outcome, in: call.era)))
    }

    private mutating func answer(_ id: MessageID, _ method: String, _ params: JSONObject?) -> [Step] {
        do throws(MCPError) {
            let envelope = try method == "initialize" ? RequestEnvelope(of: nil) : RequestEnvelope(of: params)
            switch (method, envelope.era) {
            case ("initialize", _): return send(MessageText.result(id, try initialize(params)))
            case ("ping", .handshake): return send(MessageText.result(id, [:]))
            case ("server/discover", .envelope): return send(MessageText.result(id, complete(discovery)))
            case ("tools/list", _), ("tools/call", _):
                guard isInitialized || envelope.era == .envelope else {
                    throw MCPError(.notInitialized, "`initialize` comes first, or `_meta` with the protocol version")
                }
                if method == "tools/call" { return try call(id, params, envelope.era) }
                let list: JSONObject = ["tools": .array(ServerTool.allCases.map(\.descriptor))]
                return send(MessageText.result(id, envelope.era == .envelope ? complete(cacheable(list)) : list))
            default: throw MCPError(.methodUnknown, "method `\(method.prefix(64))` is not known")
            }
        } catch {
            let data =
                error.reason == .versionUnsupported
                ? ProtocolVersion.unsupported(RequestEnvelope.claimedVersion(params)) : nil
            return send(MessageText.failure(id, error, data: data))
        }
    }

    private mutating func call(_ id: MessageID, _ params: JSONObject?, _ era: ProtocolEra) throws(MCPError) -> [Step] {
        guard let name = params?["name"]?.string else { throw MCPError(.paramsInvalid, "`name` must be a string") }
        guard !calls.values.contains(where: { $0.id == id }) else {
            throw MCPError(.idInUse, "a request with this `id` has no answer yet")
        }
        guard calls.count < Self.pendingLimit else { throw MCPError(.tooManyRequests, "too many calls have no answer yet") }
        do throws(MCPError) {
            guard let tool = ServerTool(rawValue: name), tool.rawValue.utf8.elementsEqual(name.utf8) else {
                throw MCPError(.toolUnknown, "there is no tool `\(name.prefix(64))`")
            }
            guard let arguments = (params?["arguments"] ?? [:]).object else {
                throw MCPError(.argumentsInvalid, "`arguments` must be an object")
            }
            try tool.check(arguments)
            count += 1
            calls[count] = Call(id: id, era: era)
            return [.run(count, tool, arguments)]
        } catch {
            return send(MessageText.result(id, Self.toolResult(.failure(ToolFailure(error)), in: era)))
        }
    }

    private func send(_ message: JSONValue) -> [Step] { MessageText.bytes(message).map { [.send($0)] } ?? [] }
}

extension ServerSession {
    private var implementation: JSONValue { ["name": "chancery", "version": .string(version)] }

    private mutating func initialize(_ params: JSONObject?) throws(MCPError) -> JSONObject {
        guard let requested = params?["protocolVersion"]?.string else {
            throw MCPError(.paramsInvalid, "`protocolVersion` must be a string")
        }
        isInitialized = true
        return [
            "protocolVersion": .string(
                ProtocolVersion.isHandshake(requested) ? requested : ProtocolVersion.newestHandshake),
            "capabilities": ["tools": [:]], "serverInfo": implementation,
        ]
    }

    private var discovery: JSONObject {
        cacheable([
            "supportedVersions": .array(ProtocolVersion.envelope.map(JSONValue.string)), "capabilities": ["tools": [:]],
        ])
    }

    /// The list of tools is the same for everybody as long as the program runs.
    private func cacheable(_ result: JSONObject) -> JSONObject {
        var result = result
        result["ttlMs"] = 60_000
        result["cacheScope"] = "public"
        return result
    }

    private func complete(_ result: JSONObject) -> JSONObject {
        var result = result
        result["resultType"] = "complete"
        result["_meta"] = [RequestEnvelope.serverKey: implementation]
        return result
    }

    private static func toolResult(_ outcome: Result<JSONObject, ToolFailure>, in era: ProtocolEra) -> JSONObject {
        var result: JSONObject
        switch outcome {
        case .success(let value):
            let text = MessageText.bytes(.object(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            result = [
                "content": [["type": "text", "text": .string(text)]], "structuredContent": .object(value), "isError": false,
            ]
        case .failure(let error):
            let facts: JSONValue = ["code": .string(error.code), "detail": .string(error.detail)]
            result = [
                "content": [["type": "text", "text": .string("\(error.code): \(error.detail)")]], "structuredContent": facts,
                "isError": true,
            ]
        }
        if era == .envelope { result["resultType"] = "complete" }
        return result
    }
}
