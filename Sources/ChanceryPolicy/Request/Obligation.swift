public import ChanceryWire

/// What whoever carries a decision out owes besides. One that it does not know must be refused, so the list is closed.
public struct Obligation: Sendable, Hashable {
    public enum Name: String, Sendable, CaseIterable {
        /// Write the action to the log that people read.
        case log
        /// Keep the whole payload with the decision.
        case logPayload = "log_payload"
        /// Write down where the call goes.
        case logExternalCall = "log_external_call"
        /// Log at this level: `debug`, `info`, `warning` or `error`.
        case logLevel = "log_level"
        /// Tell this channel.
        case notify
        /// The person who approves gives a reason.
        case justify
    }

    public let name: Name
    /// Which level or channel; nil where the name says everything.
    public let value: String?

    public init(_ name: Name, _ value: String? = nil) {
        self.name = name
        self.value = value
    }

    package static let levels: Set<String> = ["debug", "info", "warning", "error"]

    /// Whether the name needs a value.
    package static func takesValue(_ name: Name) -> Bool { name == .logLevel || name == .notify }

    /// The name as a string, or an object of name and value.
    public func json() -> JSONValue {
        guard let value else { return .string(name.rawValue) }
        return ["name": .string(name.rawValue), "value": .string(value)]
    }
}
