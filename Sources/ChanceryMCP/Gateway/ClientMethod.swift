/// Every method that a client of the gateway may use, and what happens with it. Anything else is −32601.
enum ClientMethod: String, CaseIterable {
    case initialize
    case ping
    case discover = "server/discover"
    case listTools = "tools/list"
    case callTool = "tools/call"
    case listResources = "resources/list"
    case listTemplates = "resources/templates/list"
    case readResource = "resources/read"
    case subscribe = "resources/subscribe"
    case unsubscribe = "resources/unsubscribe"
    case listen = "subscriptions/listen"
    case listPrompts = "prompts/list"
    case getPrompt = "prompts/get"
    case setLevel = "logging/setLevel"

    /// Whether the era knows the method.
    func exists(in era: ProtocolEra) -> Bool {
        switch self {
        case .initialize, .ping, .subscribe, .unsubscribe, .setLevel: era == .handshake
        case .discover, .listen: era == .envelope
        default: true
        }
    }

    /// The members that `params` may have beside `_meta`.
    var parameters: [String] {
        switch self {
        case .initialize: ["protocolVersion", "capabilities", "clientInfo"]
        case .ping, .discover: []
        case .listTools, .listResources, .listTemplates, .listPrompts: ["cursor"]
        case .callTool, .getPrompt: ["name", "arguments", "requestState", "inputResponses"]
        case .readResource: ["uri", "requestState", "inputResponses"]
        case .subscribe, .unsubscribe: ["uri"]
        case .listen: ["notifications"]
        case .setLevel: ["level"]
        }
    }
}

/// Notifications of a server that reach the client.
enum ServerNotification: String, CaseIterable {
    case progress = "notifications/progress"
    case message = "notifications/message"
    case toolsChanged = "notifications/tools/list_changed"
    case promptsChanged = "notifications/prompts/list_changed"
    case resourcesChanged = "notifications/resources/list_changed"
    case resourceUpdated = "notifications/resources/updated"
    case acknowledged = "notifications/subscriptions/acknowledged"
}
