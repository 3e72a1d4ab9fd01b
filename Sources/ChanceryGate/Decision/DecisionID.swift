public import ChanceryWire

/// The name of a decision: the hash of the event that states it, so that who names a decision names all that it says.
public struct DecisionID: Sendable, Hashable {
    public static let byteCount = 64
    public let bytes: [UInt8]

    public var text: String { Hex.encode(bytes) }
    /// The beginning, for people.
    public var short: String { String(text.prefix(16)) }

    public init(_ bytes: [UInt8]) throws(WireError) {
        guard bytes.count == Self.byteCount else { throw WireError(.invalidValue, "a decision's id has 64 bytes") }
        self.bytes = bytes
    }

    public init(_ text: String) throws(WireError) { try self.init(Hex.decode(text, count: Self.byteCount)) }
}
