public import ChanceryWire

/// What a gate decides about: one call of one server, as it would be forwarded.
public struct GatedAction: Sendable, Equatable {
    /// The methods that are decided.
    public enum Method: String, Sendable, CaseIterable {
        case callTool = "tools/call"
        case readResource = "resources/read"
        case getPrompt = "prompts/get"
        case subscribe = "resources/subscribe"
        case listen = "subscriptions/listen"
    }

    /// The operator's name of the server.
    public let upstream: String
    public let method: Method
    /// The tool or prompt, or the URI of the resource; empty for a subscription of several resources.
    public let name: String
    /// Always an object. The tool's or prompt's arguments; `uri` of a resource; `uris` of a subscription.
    ///
    /// Exactly this value is forwarded: no other part of a request carries content of the caller.
    public let arguments: JSONValue
    /// SHA-256 of the arguments under the label `chancery/mcp-arguments/v1`, 64 hexadecimal digits.
    public let argumentsHash: String
    /// The accepted descriptor of the tool, 64 hexadecimal digits; nil for anything but a tool.
    public let pin: String?

    package init(
        upstream: String, method: Method, name: String, arguments: JSONValue, argumentsHash: String, pin: String?
    ) {
        self.upstream = upstream
        self.method = method
        self.name = name
        self.arguments = arguments
        self.argumentsHash = argumentsHash
        self.pin = pin
    }
}
