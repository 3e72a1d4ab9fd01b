public import ChanceryWire

/// What is known of one tool of one server.
public struct PinnedTool: Sendable, Equatable {
    /// Whether the tool may be called, and why not.
    public enum State: String, Sendable, CaseIterable {
        /// Listed as it was accepted; the only state in which a tool can be called.
        case pinned
        /// Listed with another descriptor than the accepted one.
        case changed
        /// Listed since the server was first seen, and not accepted yet.
        case new
        /// Accepted, and missing from the server's last list.
        case unlisted
    }

    public let name: String
    /// The accepted descriptor, 64 hexadecimal digits; nil when nobody has accepted one.
    public internal(set) var pin: String?
    /// The descriptor in the server's last list; nil when it is not there.
    public internal(set) var seen: String?
    public let firstSeen: UTCTime

    public var state: State {
        guard let seen else { return .unlisted }
        guard let pin else { return .new }
        return pin == seen ? .pinned : .changed
    }
}
