import ChanceryWire

/// What a request says about itself in `_meta`, reduced to what may travel on.
///
/// `_meta` reaches the server and no rule looks at it, so only members of known meaning and small size pass: the
/// version, the name of the client, the log level, the progress token and the trace parent. Capabilities are always
/// written as none: a server that believes it can ask the client for sampling, elicitation or roots would try.
struct RequestEnvelope: Sendable, Equatable {
    static let versionKey = "io.modelcontextprotocol/protocolVersion"
    static let capabilitiesKey = "io.modelcontextprotocol/clientCapabilities"
    static let clientKey = "io.modelcontextprotocol/clientInfo"
    static let logKey = "io.modelcontextprotocol/logLevel"
    static let serverKey = "io.modelcontextprotocol/serverInfo"
    static let logLevels = ["alert", "critical", "debug", "emergency", "error", "info", "notice", "warning"]

    let era: ProtocolEra
    /// What the server gets in place of the client's `_meta`.
    let forwarded: JSONObject?

    /// Reads `params._meta`.
    ///
    /// - Throws: `mcp.params_invalid` for members of the wrong type, `mcp.version_unsupported` for an unknown version.
    init(of params: JSONObject?) throws(MCPError) {
        guard let value = params?["_meta"] else {
            era = .handshake
            forwarded = nil
            return
        }
        guard let meta = value.object else { throw MCPError(.paramsInvalid, "`_meta` must be an object") }
        var kept = JSONObject()
        if let token = meta["progressToken"] {
            guard let token = MessageID(token) else { throw MCPError(.paramsInvalid, "`progressToken` is of the wrong type") }
            kept["progressToken"] = token.value
        }
        if let trace = meta["traceparent"]?.string, Self.isTraceParent(trace) { kept["traceparent"] = .string(trace) }
        guard let version = meta[Self.versionKey] else {
            era = .handshake
            forwarded = kept.isEmpty ? nil : kept
            return
        }
        guard let version = version.string else { throw MCPError(.paramsInvalid, "the protocol version must be a string") }
        guard ProtocolVersion.isEnvelope(version) else {
            throw MCPError(.versionUnsupported, "Unsupported protocol version")
        }
        guard meta[Self.capabilitiesKey]?.object != nil else {
            throw MCPError(.paramsInvalid, "`_meta` lacks `\(Self.capabilitiesKey)`")
        }
        kept[Self.versionKey] = .string(version)
        kept[Self.capabilitiesKey] = [:]
        kept[Self.clientKey] = meta[Self.clientKey].flatMap(Self.implementation)
        if let level = meta[Self.logKey]?.string, Self.logLevels.contains(level) { kept[Self.logKey] = .string(level) }
        era = .envelope
        forwarded = kept
    }

    /// The version that a request claims, for the error that refuses it.
    static func claimedVersion(_ params: JSONObject?) -> String { params?["_meta"]?[versionKey]?.string ?? "" }

    /// The same envelope without what belongs to one request.
    var withoutProgress: JSONObject? { forwarded?.removing(["progressToken", "traceparent"]) }

    /// Name, title and version of a program, at most 256 bytes each; nil for anything else.
    static func implementation(_ value: JSONValue) -> JSONValue? {
        guard let name = value["name"]?.string, name.utf8.count <= 256 else { return nil }
        var kept: JSONObject = ["name": .string(name), "version": ""]
        for key in ["version", "title"] {
            if let text = value[key]?.string, text.utf8.count <= 256 { kept[key] = .string(text) }
        }
        return .object(kept)
    }

    /// W3C Trace Context §3.2: version, trace id, parent id and flags, in lower-case hexadecimal.
    private static func isTraceParent(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: 0x2d, omittingEmptySubsequences: false)
        return parts.map(\.count) == [2, 32, 16, 2]
            && parts.allSatisfy { $0.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) } }
    }
}
