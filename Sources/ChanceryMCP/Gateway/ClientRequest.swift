import ChanceryWire

/// A request of the client, checked member by member, with the params that may travel on.
///
/// Forwarded params hold nothing but what is named here: a member that nobody evaluates is refused, not copied.
struct ClientRequest: Sendable {
    let id: MessageID
    let method: ClientMethod
    let envelope: RequestEnvelope
    /// What is forwarded, without `_meta`.
    let params: JSONObject
    /// The `requestState` of a retry.
    let state: String?

    var era: ProtocolEra { envelope.era }

    /// The params as they are forwarded; nil when there are none.
    var forwardedParams: JSONObject? {
        var params = params
        params["_meta"] = envelope.forwarded.map(JSONValue.object)
        return params.isEmpty ? nil : params
    }

    init(_ id: MessageID, _ name: String, _ given: JSONObject?) throws(MCPError) {
        guard let method = ClientMethod(rawValue: name), method.rawValue.utf8.elementsEqual(name.utf8) else {
            throw MCPError(.methodUnknown, "method `\(name.prefix(64))` is not known to the gateway")
        }
        let envelope: RequestEnvelope
        if method == .initialize {
            // The handshake has no envelope, even where a client stamps one on it.
            envelope = try RequestEnvelope(of: nil)
        } else {
            envelope = try RequestEnvelope(of: given)
        }
        guard method.exists(in: envelope.era) else {
            throw MCPError(.methodUnknown, "method `\(name)` does not exist in this revision of the protocol")
        }
        let given = given ?? [:]
        for member in given.names where !member.utf8.elementsEqual("_meta".utf8) {
            guard method.parameters.contains(where: { $0.utf8.elementsEqual(member.utf8) }) else {
                throw MCPError(.paramsInvalid, "`\(name)` takes no `\(member.prefix(64))`")
            }
        }
        if envelope.era == .handshake, given["requestState"] != nil || given["inputResponses"] != nil {
            throw MCPError(.paramsInvalid, "`\(name)` takes no `requestState` in this revision of the protocol")
        }
        self.id = id
        self.method = method
        self.envelope = envelope
        state = try Self.optionalText("requestState", of: given, limit: 64 << 10)
        if let responses = given["inputResponses"], responses.object == nil, !responses.isNull {
            throw MCPError(.paramsInvalid, "`inputResponses` must be an object")
        }
        params = try Self.checked(method, given)
    }

    private static func checked(_ method: ClientMethod, _ given: JSONObject) throws(MCPError) -> JSONObject {
        switch method {
        case .ping, .discover: return [:]
        case .initialize:
            guard given["capabilities"]?.object != nil, let client = given["clientInfo"].flatMap(RequestEnvelope.implementation)
            else { throw MCPError(.paramsInvalid, "`initialize` needs `capabilities` and `clientInfo`") }
            let version = try text("protocolVersion", of: given, limit: 32)
            return ["protocolVersion": .string(version), "capabilities": [:], "clientInfo": client]
        case .listTools, .listResources, .listTemplates, .listPrompts:
            return try optionalText("cursor", of: given, limit: 4096).map { ["cursor": .string($0)] } ?? [:]
        case .callTool, .getPrompt:
            let name = try text("name", of: given, limit: 256)
            let arguments = given["arguments"] ?? [:]
            guard let arguments = arguments.isNull ? [:] : arguments.object else {
                throw MCPError(.paramsInvalid, "`arguments` must be an object")
            }
            return ["name": .string(name), "arguments": .object(arguments)]
        case .readResource, .subscribe, .unsubscribe:
            return ["uri": .string(try text("uri", of: given, limit: 8192))]
        case .listen: return ["notifications": .object(try subscriptions(given["notifications"]))]
        case .setLevel:
            let level = try text("level", of: given, limit: 16)
            guard RequestEnvelope.logLevels.contains(level) else { throw MCPError(.paramsInvalid, "`level` is no log level") }
            return ["level": .string(level)]
        }
    }

    private static func subscriptions(_ value: JSONValue?) throws(MCPError) -> JSONObject {
        guard let filter = value?.object else { throw MCPError(.paramsInvalid, "`notifications` must be an object") }
        var kept = JSONObject()
        for member in filter.members {
            switch member.name {
            case "promptsListChanged", "resourcesListChanged", "toolsListChanged":
                guard member.value.bool != nil else { throw MCPError(.paramsInvalid, "`\(member.name)` must be a boolean") }
            case "resourceSubscriptions":
                guard let uris = member.value.array, uris.count <= 256,
                    uris.allSatisfy({ ($0.string?.utf8.count ?? .max) <= 8192 })
                else { throw MCPError(.paramsInvalid, "`resourceSubscriptions` must hold at most 256 URIs") }
            default: throw MCPError(.paramsInvalid, "`notifications` has no `\(member.name.prefix(64))`")
            }
            kept[member.name] = member.value
        }
        return kept
    }

    private static func text(_ name: String, of params: JSONObject, limit: Int) throws(MCPError) -> String {
        guard let text = try optionalText(name, of: params, limit: limit) else {
            throw MCPError(.paramsInvalid, "`\(name)` is missing")
        }
        return text
    }

    private static func optionalText(_ name: String, of params: JSONObject, limit: Int) throws(MCPError) -> String? {
        guard let value = params[name], !value.isNull else { return nil }
        guard let text = value.string, text.utf8.count <= limit else {
            throw MCPError(.paramsInvalid, "`\(name)` must be a string of at most \(limit) bytes")
        }
        return text
    }
}

extension ClientRequest {
    /// How the gate calls the request, or nil for one that passes without a decision.
    var gatedMethod: GatedAction.Method? {
        switch method {
        case .callTool: .callTool
        case .readResource: .readResource
        case .getPrompt: .getPrompt
        case .subscribe: .subscribe
        case .listen: params["notifications"]?["resourceSubscriptions"]?.array?.isEmpty == false ? .listen : nil
        default: nil
        }
    }

    /// What the gate decides about. Nil where the arguments have no portable text; the request is refused then.
    func action(_ method: GatedAction.Method, upstream: String, pin: String?, digest: any HashProvider) -> GatedAction? {
        let name: String
        let arguments: JSONValue
        switch method {
        case .callTool, .getPrompt:
            name = params["name"]?.string ?? ""
            arguments = params["arguments"] ?? [:]
        case .readResource, .subscribe:
            name = params["uri"]?.string ?? ""
            arguments = .object(params)
        case .listen:
            name = ""
            arguments = ["uris": params["notifications"]?["resourceSubscriptions"] ?? []]
        }
        guard let hash = HashedText.arguments.hex(of: arguments, with: digest) else { return nil }
        return GatedAction(
            upstream: upstream, method: method, name: name, arguments: arguments, argumentsHash: hash, pin: pin)
    }
}
