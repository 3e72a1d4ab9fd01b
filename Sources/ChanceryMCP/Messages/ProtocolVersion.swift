import ChanceryWire

/// The two ways to speak MCP: a handshake once, or an envelope with every request.
public enum ProtocolEra: Sendable, Equatable {
    /// 2024-11-05 to 2025-11-25: `initialize` opens the connection.
    case handshake
    /// 2026-07-28: no connection state; each request says version and capabilities in `_meta`.
    case envelope
}

/// The revisions that gateway and server speak.
public enum ProtocolVersion {
    public static let handshake = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]
    public static let envelope = ["2026-07-28"]
    public static var newestHandshake: String { "2025-11-25" }
    public static var newestEnvelope: String { "2026-07-28" }

    static func isHandshake(_ text: String) -> Bool { handshake.contains { $0.utf8.elementsEqual(text.utf8) } }
    static func isEnvelope(_ text: String) -> Bool { envelope.contains { $0.utf8.elementsEqual(text.utf8) } }

    /// The data of the error −32022.
    static func unsupported(_ requested: String) -> JSONObject {
        ["supported": .array(envelope.map(JSONValue.string)), "requested": .string(String(requested.prefix(64)))]
    }
}
