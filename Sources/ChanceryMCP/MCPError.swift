public import ChanceryWire

/// Why a message, a tool or a result of the Model Context Protocol was refused.
public struct MCPError: CodedError, Equatable {
    /// The closed list of reasons; the raw value is the stable code.
    public enum Reason: String, Sendable, CaseIterable {
        // What a peer sent.
        case malformed = "mcp.malformed"
        case tooLong = "mcp.too_long"
        case invalidRequest = "mcp.invalid_request"
        case methodUnknown = "mcp.method_unknown"
        case paramsInvalid = "mcp.params_invalid"
        case versionUnsupported = "mcp.version_unsupported"
        case notInitialized = "mcp.not_initialized"
        case idInUse = "mcp.id_in_use"
        case tooManyRequests = "mcp.too_many_requests"
        case notificationUnknown = "mcp.notification_unknown"
        case responseUnsolicited = "mcp.response_unsolicited"
        case serverRequest = "mcp.server_request"

        // What the gate said.
        case blocked = "mcp.blocked"
        case gateFailed = "mcp.gate_failed"
        case redeemRefused = "mcp.redeem_refused"
        case approvalDenied = "mcp.approval_denied"
        case approvalTimeout = "mcp.approval_timeout"
        case stateInvalid = "mcp.state_invalid"
        case cancelled = "mcp.cancelled"

        // Tools and their pins.
        case toolUnlisted = "mcp.tool_unlisted"
        case toolChanged = "mcp.tool_changed"
        case toolNew = "mcp.tool_new"
        case pinsInvalid = "mcp.pins_invalid"
        case pinsUnavailable = "mcp.pins_unavailable"

        // Results.
        case resultTooLong = "mcp.result_too_long"
        case resultRefused = "mcp.result_refused"
        case upstreamTimeout = "mcp.upstream_timeout"
        case upstreamGone = "mcp.upstream_gone"
        case peerStalled = "mcp.peer_stalled"
        case outcomeLost = "mcp.outcome_lost"

        // Our own server.
        case toolUnknown = "mcp.tool_unknown"
        case argumentsInvalid = "mcp.arguments_invalid"
        case toolFailed = "mcp.tool_failed"
    }

    public let reason: Reason
    public let detail: String
    public var code: String { reason.rawValue }

    public init(_ reason: Reason, _ detail: String) {
        self.reason = reason
        self.detail = detail.asErrorDetail
    }
}

extension MCPError.Reason {
    /// The JSON-RPC error code that says this to a peer.
    ///
    /// What JSON-RPC 2.0 §5.1 and MCP 2026-07-28 name has their codes; what only this gateway says lies outside
    /// −32768…−32000, the range that both reserve.
    public var rpcCode: Int64 {
        switch self {
        case .malformed, .tooLong: -32700
        case .invalidRequest, .notInitialized, .idInUse: -32600
        case .methodUnknown, .serverRequest: -32601
        case .paramsInvalid, .stateInvalid: -32602
        case .versionUnsupported: -32022
        case .blocked: 4001
        case .gateFailed: 4002
        case .redeemRefused: 4003
        case .approvalDenied: 4004
        case .approvalTimeout: 4005
        case .toolUnlisted, .toolChanged, .toolNew, .pinsInvalid, .pinsUnavailable: 4006
        case .resultTooLong, .resultRefused: 4007
        case .upstreamTimeout, .upstreamGone, .peerStalled, .outcomeLost: 4008
        case .tooManyRequests: 4009
        case .notificationUnknown, .responseUnsolicited, .cancelled: 4010
        case .toolUnknown, .argumentsInvalid, .toolFailed: 4011
        }
    }
}
