/// What the reference implementation would answer: its error class and the event it names.
///
/// A type of its own on purpose (rule L7): it is for comparison and display, and nothing turns it into a
/// ``VerifiedChain`` or lets it reach a store, a gate or evidence.
public struct ReferenceVerdict: Sendable, Equatable {
    /// The reference's error class; nil when it accepts.
    public let error: String?
    /// The 0-based event that the error names, where it names one.
    public let eventIndex: Int?

    public var accepts: Bool { error == nil }

    public static let accepted = ReferenceVerdict(error: nil, eventIndex: nil)

    static func invalidChain(_ index: Int? = nil) -> ReferenceVerdict {
        ReferenceVerdict(error: "InvalidChainError", eventIndex: index)
    }

    static func error(_ name: String) -> ReferenceVerdict { ReferenceVerdict(error: name, eventIndex: nil) }
}

/// A list of facts, or the error class with which the reference stops.
public enum ReferenceFinding<Value: Sendable & Equatable>: Sendable, Equatable {
    case found(Value)
    case error(String)
}
