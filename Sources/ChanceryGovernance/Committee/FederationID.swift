public import ChanceryWire

/// Which federation a record belongs to: the SHA3-256 of its genesis. Whoever pins it pins the first committee.
public struct FederationID: Sendable, Hashable, CustomStringConvertible {
    public let bytes: [UInt8]
    public var text: String { Hex.encode(bytes) }
    public var description: String { text }

    package init(hash: [UInt8]) { bytes = hash }

    /// From 64 lower-case hexadecimal digits.
    public init(_ text: String) throws(WireError) { bytes = try Hex.decode(text, count: 32) }
}
