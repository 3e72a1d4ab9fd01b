/// Something that the gateway refused without asking the gate, or that went wrong on the way.
public struct GatewayRefusal: Sendable, Equatable {
    public enum Side: String, Sendable { case client, server }

    public let upstream: String
    /// Who sent what was refused.
    public let side: Side
    public let reason: MCPError.Reason
    /// The method, at most 64 bytes; empty where there is none.
    public let method: String
    /// The tool, prompt or resource, at most 256 bytes; empty where there is none.
    public let name: String
    public let decision: String?
    public let detail: String

    init(
        upstream: String, side: Side, error: MCPError, method: String = "", name: String = "", decision: String? = nil
    ) {
        self.upstream = upstream
        self.side = side
        reason = error.reason
        self.method = method.cut(to: 64)
        self.name = name.cut(to: 256)
        self.decision = decision
        detail = error.detail
    }
}

extension String {
    /// The longest prefix of whole characters within `limit` bytes of UTF-8.
    fileprivate func cut(to limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var scalars = String.UnicodeScalarView()
        var length = 0
        for scalar in unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= limit else { break }
            scalars.append(scalar)
        }
        return String(scalars)
    }
}
